"""What becomes of a stranger's picture: a square of ours, or a reason."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sparfuchs.plumbing.pictures import NoPicture, Shrunk, blank, shrink

MOST = 4_000_000
WIDTHS = (32, 64)


def written(image: Image.Image, kind: str, **more: object) -> bytes:
    into = io.BytesIO()
    image.save(into, kind, **more)
    return into.getvalue()


def at(content: bytes, x: int, y: int) -> tuple[int, int, int]:
    """Red, green and blue of one pixel."""
    with Image.open(io.BytesIO(content)) as image:
        found = image.convert("RGB").getpixel((x, y))
    assert isinstance(found, tuple)
    red, green, blue = found
    return red, green, blue


def made(content: bytes, folder: Path, *, most: int = MOST) -> Shrunk | NoPicture:
    path = folder / "picture"
    path.write_bytes(content)
    return shrink(path, WIDTHS, most_pixels=most)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_raster_becomes_a_square_webp_of_each_width(kind: str, tmp_path: Path) -> None:
    found = made(written(Image.new("RGB", (300, 100), "#c03020"), kind), tmp_path)
    assert isinstance(found, Shrunk)
    for width, content in found.by_width.items():
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size) == ("WEBP", (width, width))
        red, green, blue = at(content, width // 2, width // 2)
        assert red > 150
        assert max(green, blue) < 90
        assert min(at(content, width // 2, 1)) > 245  # above it: white


def test_what_is_seen_through_stands_on_white(tmp_path: Path) -> None:
    found = made(written(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"), tmp_path)
    assert isinstance(found, Shrunk)
    assert min(at(found.by_width[64], 32, 32)) > 250


def test_nothing_but_pixels_is_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Geheimnis"  # ImageDescription
    exif[0x0112] = 6  # lies on its side
    sideways = Image.new("RGB", (200, 100), "white")
    sideways.paste("#000000", (0, 0, 100, 100))
    content = written(sideways, "JPEG", exif=exif.tobytes())
    assert b"Geheimnis" in content
    found = made(content, tmp_path)
    assert isinstance(found, Shrunk)
    assert b"Geheimnis" not in found.by_width[64]
    with Image.open(io.BytesIO(found.by_width[64])) as image:
        assert not image.getexif()
    assert max(at(found.by_width[64], 32, 12)) < 60  # it was turned upright
    assert min(at(found.by_width[64], 32, 52)) > 200


def test_a_bomb_is_refused_by_its_head(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert made(bomb, tmp_path) is NoPicture.TOO_MANY_PIXELS
    small = written(Image.new("RGB", (100, 100)), "PNG")
    assert made(small, tmp_path, most=9_999) is NoPicture.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><title>404</title>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n",
        written(Image.new("RGB", (64, 64)), "BMP"),
    ],
    ids=["nothing", "a page", "a drawing", "a program", "a format that shops do not use"],
)
def test_what_is_no_raster_of_shops_is_unreadable(content: bytes, tmp_path: Path) -> None:
    assert made(content, tmp_path) is NoPicture.UNREADABLE


def test_what_counts_visitors_is_too_small(tmp_path: Path) -> None:
    assert made(written(Image.new("RGB", (1, 1)), "GIF"), tmp_path) is NoPicture.TOO_SMALL
    assert made(blank(), tmp_path) is NoPicture.TOO_SMALL


_WHOLE = [
    written(Image.effect_noise((40, 40), 60).convert("RGB"), kind)
    for kind in ("JPEG", "PNG", "WEBP", "GIF")
]


@given(st.sampled_from(_WHOLE), st.data())
def test_damaged_pictures_are_a_picture_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(content) - 1)), max_size=4)):
        if content:
            content[place] ^= data.draw(st.integers(1, 255))
    assert isinstance(made(bytes(content), tmp_path_factory.getbasetemp()), Shrunk | NoPicture)
