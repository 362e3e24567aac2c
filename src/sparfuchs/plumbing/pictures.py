"""Strangers' pictures made ours: decoded within limits, turned upright, shrunk, written as WebP.

What is kept of a picture is its pixels alone: no place where it was taken, no second picture
behind the first, nothing that a decoder elsewhere could be told to do.
"""

import io
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

# Rasters that shops use. Drawings (SVG) are programs and stay outside.
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# What measures visitors is mostly 1 x 1.
LEAST_PIXELS: Final = 16
_QUALITY: Final = 78
# Whose pixels can be mixed; those of a palette are numbers of colours.
_SMOOTH: Final = frozenset({"L", "RGB", "RGBA", "CMYK"})
_WHITE: Final = (255, 255, 255)
# All that Pillow's decoders say of bytes that are no picture; they have no common root.
_BROKEN: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
)


class NoPicture(StrEnum):
    """Why a document is no picture to show."""

    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Square pictures by their width in pixels, each a WebP."""

    by_width: dict[int, bytes]


def shrink(path: Path, widths: tuple[int, ...], *, most_pixels: int) -> Shrunk | NoPicture:
    """The picture in a file as squares of these widths, on white where it is none or see-through.

    The number of pixels is judged by the head, before any of them is unpacked (domain.md 2.6).
    """
    try:
        with Image.open(path, formats=FORMATS) as found:
            width, height = found.size
            if width * height > most_pixels:
                return NoPicture.TOO_MANY_PIXELS
            if min(width, height) < LEAST_PIXELS:
                return NoPicture.TOO_SMALL
            most = max(widths)
            if found.mode in _SMOOTH:
                # Shrunk before anything is made of it: a second copy would be as large again. A
                # JPEG is unpacked small at once.
                found.thumbnail((most, most), Image.Resampling.LANCZOS, reducing_gap=3.0)
            upright = ImageOps.exif_transpose(found).convert("RGBA")
        upright.thumbnail((most, most), Image.Resampling.LANCZOS)
        square = Image.new("RGB", (most, most), _WHITE)
        square.paste(
            upright, ((most - upright.width) // 2, (most - upright.height) // 2), mask=upright
        )
        return Shrunk({wide: _webp(square, wide) for wide in widths})
    except Image.DecompressionBombError:  # Pillow's own limit, far above ours
        return NoPicture.TOO_MANY_PIXELS
    except _BROKEN:
        return NoPicture.UNREADABLE


def _webp(square: Image.Image, width: int) -> bytes:
    if square.width != width:
        square = square.resize((width, width), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    square.save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()


def blank() -> bytes:
    """A picture of nothing: one pixel that is seen through."""
    written = io.BytesIO()
    Image.new("RGBA", (1, 1), (0, 0, 0, 0)).save(written, "WEBP", lossless=True)
    return written.getvalue()
