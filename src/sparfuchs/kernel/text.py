"""Folding text: one spelling of the same words, for comparing, never for showing."""

import re
import unicodedata
from typing import Final

import xxhash

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_BLANKS: Final = re.compile(r"\s+")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case, umlauts written out, no accents, single blanks: "Größe  É" -> "groesse e"."""
    # Compatibility forms first ("𝑨" is a letter A), for they may hide a capital or an umlaut.
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", lowered)
        if not unicodedata.combining(letter)
    ).casefold()
    return _BLANKS.sub(" ", plain).strip()


def slug(text: str) -> str:
    """A name for addresses and folders: "Müller & Söhne" -> "mueller-soehne".

    A text without Latin letters or digits gives a short hash, so that two of them stay two.
    """
    plain = _NOT_WORD.sub("-", fold(text)).strip("-")
    return plain or f"x{xxhash.xxh3_64_hexdigest(text.strip().encode())[:8]}"
