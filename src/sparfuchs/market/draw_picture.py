# ruff: noqa: E501 - one shape is a few long lines
"""Pictures of the market's products, drawn by code: a shape by kind, in the colour of the variant.

What a shop calls a photograph is here a few plain shapes on white, different enough that a page of
them can be looked at: the kind says the shape, the colour its colour, the model its proportions.
"""

import io
import re
from functools import lru_cache
from typing import Final

import xxhash
from PIL import Image, ImageDraw

from sparfuchs.market.kinds import COLOURS

SIZE: Final = 480
# Drawn larger and shrunk: Pillow's edges are hard.
_OVER: Final = 2
_ADDRESS: Final = re.compile(r"/bild/(\d+)-.*?(?:-(\d+))?\.png$")

_PAINTS: Final = dict(
    zip(
        COLOURS,
        ("#2b2d31", "#e9e6df", "#8d9299", "#2f64ad", "#c0392f",
         "#2f8a57", "#d5be95", "#454b54", "#1f9aa0", "#7c1f33"),
        strict=True,
    )
)  # fmt: skip
# Of what comes in no colours: muted, so that no page shouts.
_PLAIN: Final = ("#c77b3d", "#5b7f4a", "#456b8f", "#a45a5a", "#7d6aa3", "#b99532", "#4d8b86")

# A shape is parts in the order in which they are painted, on a field of 100 by 100. A tone is how
# light the part is against the product's colour: 1 is the colour itself, 0 black, 2 white.
_Part = tuple[str, tuple[float, ...], float]

_SHAPES: Final[dict[str, tuple[_Part, ...]]] = {
    "headphones": (("arc", (22, 18, 78, 88, 180, 360, 7), 1), ("round", (17, 50, 33, 80, 8), 0.75),
                   ("round", (67, 50, 83, 80, 8), 0.75), ("round", (28, 53, 37, 77, 4), 0.4),
                   ("round", (63, 53, 72, 77, 4), 0.4)),
    "speaker": (("round", (30, 12, 70, 88, 10), 1), ("oval", (38, 46, 62, 70), 0.45),
                ("oval", (44, 52, 56, 64), 0.8), ("oval", (43, 22, 57, 36), 0.45)),
    "phone": (("round", (32, 10, 68, 90, 7), 0.6), ("round", (35, 14, 65, 86, 4), 1.75),
              ("round", (35, 14, 65, 50, 4), 1.2), ("oval", (47, 16, 53, 20), 0.4)),
    "tablet": (("round", (20, 16, 80, 84, 6), 0.6), ("round", (25, 21, 75, 79, 2), 1.75),
               ("poly", (25, 79, 45, 52, 58, 65, 66, 56, 75, 68, 75, 79), 1.1)),
    "screen": (("round", (10, 20, 90, 70, 3), 0.35), ("round", (13, 23, 87, 67, 2), 1.35),
               ("poly", (13, 67, 38, 40, 55, 58, 66, 48, 87, 67), 0.9), ("round", (34, 76, 66, 80, 2), 0.35),
               ("round", (47, 70, 53, 77, 1), 0.35)),
    "drive": (("round", (22, 34, 78, 66, 4), 0.55), ("round", (28, 40, 60, 60, 2), 1.5),
              ("round", (66, 42, 72, 58, 1), 0.9)),
    "machine": (("round", (26, 14, 74, 86, 5), 1), ("round", (34, 36, 66, 74, 3), 0.45),
                ("round", (44, 36, 56, 46, 1), 1.4), ("round", (43, 58, 57, 72, 3), 1.9),
                ("oval", (60, 20, 68, 28), 1.6), ("round", (32, 20, 52, 27, 2), 0.5)),
    "mixer": (("poly", (34, 14, 66, 14, 61, 62, 39, 62), 1.6), ("poly", (35, 34, 65, 34, 61, 62, 39, 62), 1.2),
              ("round", (36, 62, 64, 88, 5), 0.8), ("oval", (46, 70, 54, 78), 1.7), ("round", (33, 9, 67, 15, 2), 0.5)),
    "pan": (("round", (60, 46, 96, 54, 4), 0.45), ("oval", (10, 22, 66, 78), 0.7), ("oval", (16, 28, 60, 72), 1)),
    "pot": (("round", (12, 46, 88, 53, 3), 0.55), ("round", (22, 38, 78, 82, 8), 1), ("round", (20, 32, 80, 40, 3), 0.75),
            ("round", (45, 24, 55, 33, 3), 0.5)),
    "cleaner": (("line", (62, 12, 44, 72, 5), 0.6), ("round", (50, 24, 72, 48, 8), 1), ("round", (26, 72, 62, 84, 4), 0.7),
                ("round", (55, 29, 66, 40, 4), 1.5)),
    "cup": (("arc", (58, 36, 86, 66, 270, 90, 5), 0.8), ("round", (22, 28, 70, 76, 10), 1), ("oval", (22, 22, 70, 36), 1.5),
            ("oval", (26, 24, 66, 34), 0.5)),
    "coat": (("poly", (34, 14, 66, 14, 88, 40, 78, 50, 70, 42, 72, 90, 28, 90, 30, 42, 22, 50, 12, 40), 1),
             ("line", (50, 20, 50, 90, 1.2), 0.45), ("poly", (38, 14, 62, 14, 50, 32), 0.6),
             ("round", (34, 62, 45, 65, 1), 0.6), ("round", (55, 62, 66, 65, 1), 0.6)),
    "shirt": (("poly", (35, 16, 65, 16, 90, 34, 80, 50, 70, 44, 70, 88, 30, 88, 30, 44, 20, 50, 10, 34), 1),
              ("oval", (39, 10, 61, 26), 2), ("arc", (38, 9, 62, 27, 10, 170, 2), 0.6)),
    "shoe": (("poly", (12, 40, 26, 36, 36, 34, 52, 50, 74, 56, 90, 64, 90, 70, 12, 70), 1),
             ("round", (10, 68, 92, 78, 4), 1.8), ("line", (42, 44, 50, 38, 2), 1.8), ("line", (48, 50, 56, 44, 2), 1.8),
             ("poly", (12, 40, 26, 36, 26, 70, 12, 70), 0.75)),
    "bag": (("arc", (32, 12, 68, 60, 180, 360, 4), 0.6), ("round", (20, 36, 80, 86, 8), 1), ("poly", (20, 42, 80, 42, 74, 62, 26, 62), 0.8),
            ("round", (46, 58, 54, 66, 2), 1.7)),
    "rucksack": (("arc", (40, 6, 60, 30, 180, 360, 4), 0.5), ("round", (26, 16, 74, 88, 16), 1), ("round", (33, 52, 67, 80, 6), 0.75),
                 ("round", (33, 26, 67, 40, 6), 1.25), ("line", (38, 60, 62, 60, 1.5), 0.4)),
    "tent": (("poly", (50, 18, 92, 80, 8, 80), 1), ("poly", (50, 18, 66, 80, 34, 80), 0.55), ("line", (4, 81, 96, 81, 2), 0.4)),
    "weights": (("round", (12, 44, 88, 56, 3), 0.5), ("round", (16, 28, 30, 72, 4), 1), ("round", (70, 28, 84, 72, 4), 1),
                ("round", (8, 36, 16, 64, 3), 0.7), ("round", (84, 36, 92, 64, 3), 0.7)),
    "helmet": (("arc", (14, 24, 86, 96, 180, 360, 34), 1), ("round", (12, 58, 88, 66, 4), 0.6), ("line", (40, 30, 36, 56, 3), 0.5),
               ("line", (60, 30, 64, 56, 3), 0.5), ("line", (30, 66, 46, 84, 2), 0.4), ("line", (70, 66, 46, 84, 2), 0.4)),
    "bottle": (("round", (42, 10, 58, 22, 2), 0.5), ("round", (34, 22, 66, 90, 9), 1), ("round", (38, 44, 62, 74, 3), 1.8),
               ("line", (43, 54, 57, 54, 1.6), 0.7), ("line", (43, 60, 57, 60, 1.6), 1.2)),
    "jar": (("round", (28, 20, 72, 34, 4), 0.55), ("round", (24, 32, 76, 86, 9), 1), ("round", (24, 46, 76, 72, 0), 1.8),
            ("line", (36, 55, 64, 55, 2), 0.7), ("line", (36, 63, 56, 63, 2), 1.2)),
    "packet": (("poly", (28, 14, 72, 14, 76, 88, 24, 88), 1), ("poly", (28, 14, 72, 14, 73, 24, 27, 24), 0.65),
               ("oval", (36, 38, 64, 66), 1.75), ("oval", (44, 44, 56, 60), 0.7)),
    "lamp": (("poly", (34, 12, 66, 12, 76, 42, 24, 42), 1.3), ("line", (50, 42, 50, 84, 3), 0.4), ("round", (34, 82, 66, 88, 3), 0.5),
             ("oval", (44, 38, 56, 50), 1.9)),
    "pillow": (("poly", (14, 26, 50, 20, 86, 26, 82, 50, 86, 74, 50, 80, 14, 74, 18, 50), 1), ("line", (24, 36, 76, 36, 1.4), 1.4),
               ("line", (24, 50, 76, 50, 1.4), 0.7), ("line", (24, 64, 76, 64, 1.4), 1.4)),
    "shears": (("line", (18, 14, 58, 58, 6), 0.5), ("line", (82, 14, 42, 58, 6), 0.7), ("arc", (18, 54, 46, 88, 0, 360, 6), 1),
               ("arc", (54, 54, 82, 88, 0, 360, 6), 1), ("oval", (46, 44, 54, 52), 0.3)),
    "shelf": (("round", (22, 10, 78, 90, 2), 0.75), ("round", (27, 15, 73, 36, 1), 1.5), ("round", (27, 40, 73, 61, 1), 1.5),
              ("round", (27, 65, 73, 86, 1), 1.5), ("round", (31, 20, 35, 36, 0), 0.5), ("round", (37, 17, 42, 36, 0), 1),
              ("round", (55, 44, 59, 61, 0), 0.6), ("oval", (36, 74, 48, 86), 0.9)),
    "grill": (("line", (38, 60, 28, 90, 3), 0.4), ("line", (62, 60, 72, 90, 3), 0.4), ("arc", (20, 22, 80, 82, 180, 360, 30), 0.8),
              ("arc", (20, 22, 80, 82, 0, 180, 30), 1), ("round", (16, 50, 84, 55, 2), 0.35), ("round", (44, 14, 56, 22, 3), 0.4)),
    "bricks": (("round", (14, 56, 46, 86, 3), 1), ("round", (50, 56, 82, 86, 3), 0.7), ("round", (32, 24, 64, 54, 3), 1.35),
               ("oval", (40, 18, 56, 27), 1.2), ("oval", (22, 50, 38, 58), 0.9), ("oval", (58, 50, 74, 58), 0.6)),
    "box": (("poly", (14, 30, 50, 16, 86, 30, 50, 44), 1.4), ("poly", (14, 30, 50, 44, 50, 86, 14, 70), 1),
            ("poly", (86, 30, 50, 44, 50, 86, 86, 70), 0.7), ("oval", (24, 48, 38, 64), 1.6)),
    "pram": (("arc", (18, 16, 78, 76, 180, 360, 30), 0.8), ("poly", (18, 46, 78, 46, 66, 68, 30, 68), 1), ("line", (78, 46, 92, 24, 4), 0.4),
             ("arc", (24, 68, 42, 86, 0, 360, 4), 0.4), ("arc", (54, 68, 72, 86, 0, 360, 4), 0.4)),
}  # fmt: skip

# By Google's code of the kind (market/kinds.py).
_OF_KIND: Final = {
    543626: "headphones", 249: "speaker", 267: "phone", 4745: "tablet", 404: "screen", 376: "drive",
    736: "machine", 505666: "mixer", 662: "pan", 654: "pot", 619: "cleaner", 672: "cup",
    5598: "coat", 212: "shirt", 187: "shoe", 3032: "bag", 100: "rucksack", 1013: "tent",
    499795: "weights", 3214: "helmet", 5322: "shirt", 2441: "bottle", 474: "bottle", 2754: "bottle",
    2592: "jar", 1868: "packet", 2073: "packet", 433: "packet", 2660: "bottle", 5740: "jar",
    594: "lamp", 569: "pillow", 3173: "shears", 465: "shelf", 3702: "grill", 3287: "bricks",
    3793: "box", 547: "pram", 4011: "box",
}  # fmt: skip


@lru_cache(maxsize=512)
def draw_picture(path: str) -> bytes:
    """The picture at an address `/bild/KIND-MODEL[-COLOUR].png` as a PNG; COLOUR is its place in
    COLOURS. Any other address is that of a box.
    """
    found = _ADDRESS.search(path)
    shape = _SHAPES[_OF_KIND.get(int(found[1]) if found else 0, "box")]
    colour = int(found[2]) if found and found[2] else None
    drawn = xxhash.xxh3_64_intdigest(path.encode())
    paint = (
        _PAINTS[COLOURS[colour % len(COLOURS)]]
        if colour is not None
        else _PLAIN[drawn % len(_PLAIN)]
    )
    wide, tall = 0.86 + drawn // 7 % 15 / 100, 0.86 + drawn // 105 % 15 / 100
    side = SIZE * _OVER
    image = Image.new("RGB", (side, side), "#ffffff")
    pen = ImageDraw.Draw(image)
    pen.ellipse(_placed((16, 84, 84, 95), side, 1, 1), fill="#eeece7")  # what it stands on
    for what, numbers, tone in shape:
        fill = _toned(paint, tone)
        match what:
            case "line":
                *ends, thick = numbers
                pen.line(
                    _placed(ends, side, wide, tall), fill=fill, width=round(thick * side / 100)
                )
            case "arc":
                *box, start, end, thick = numbers
                pen.arc(_placed(box, side, wide, tall), start, end, fill, round(thick * side / 100))
            case "round":
                *box, radius = numbers
                pen.rounded_rectangle(_placed(box, side, wide, tall), radius * side / 100, fill)
            case "oval":
                pen.ellipse(_placed(numbers, side, wide, tall), fill)
            case _:
                pen.polygon(_placed(numbers, side, wide, tall), fill)
    small = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.quantize(48, Image.Quantize.FASTOCTREE).save(written, "PNG")
    return written.getvalue()


def _placed(
    numbers: tuple[float, ...] | list[float], side: int, wide: float, tall: float
) -> list[float]:
    """Numbers of the field as pixels; x and y by turns, stretched about the middle."""
    stretch = (wide, tall)
    return [(50 + (one - 50) * stretch[at % 2]) * side / 100 for at, one in enumerate(numbers)]


def _toned(paint: str, tone: float) -> tuple[int, int, int]:
    parts = [int(paint[at : at + 2], 16) for at in (1, 3, 5)]
    towards = 0 if tone < 1 else 255
    share = abs(tone - 1)
    red, green, blue = (round(part + (towards - part) * share) for part in parts)
    return red, green, blue
