"""Ids: dense whole numbers inside, opaque names outside.

An offer's id is `source_id << 32 | ordinal`: ordinals are dense per source and never reused, so
that bitmaps, insert locality and the event key come for free.
"""

from typing import Final, NewType

SourceId = NewType("SourceId", int)
MerchantId = NewType("MerchantId", int)
RunId = NewType("RunId", int)
OfferId = NewType("OfferId", int)

MAX_ORDINAL: Final = 2**32 - 1
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH: Final = 13  # 13 * 5 bits hold 64
_ROUND_KEYS: Final = (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F)


def offer_id(source: int, ordinal: int) -> OfferId:
    return OfferId(source << 32 | ordinal)


def source_of(offer: int) -> SourceId:
    return SourceId(offer >> 32)


def ordinal_of(offer: int) -> int:
    return offer & MAX_ORDINAL


def _round(half: int, key: int) -> int:
    half = (half ^ key) * 0x45D9F3B & MAX_ORDINAL
    half = (half ^ half >> 16) * 0x45D9F3B & MAX_ORDINAL
    return half ^ half >> 16


def public_id(number: int) -> str:
    """A name of 13 letters for a 64-bit number, so that neighbours do not look alike.

    A four-round Feistel network: reversible, not secret. Whoever reads it learns no order and no
    count by looking; it is no protection and none is needed, since offers are public.
    """
    left, right = number >> 32 & MAX_ORDINAL, number & MAX_ORDINAL
    for key in _ROUND_KEYS:
        left, right = right, left ^ _round(right, key)
    mixed = left << 32 | right
    return "".join(_ALPHABET[mixed >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def from_public_id(name: str) -> int | None:
    """The number behind a public id, or None when the text is none."""
    if len(name) != _LENGTH or any(letter not in _VALUES for letter in name):
        return None
    mixed = 0
    for letter in name:
        mixed = mixed << 5 | _VALUES[letter]
    if mixed >= 1 << 64:
        return None
    left, right = mixed >> 32, mixed & MAX_ORDINAL
    for key in reversed(_ROUND_KEYS):
        left, right = right ^ _round(left, key), left
    return left << 32 | right
