"""What goes wrong at shops, as values: which fault a shop has at a moment, and what it does.

A plan says for a shop and a moment which fault holds. `scheduled` draws it from a seed, so that the
same market has the same bad days each time; `Switches` lets a person or a test set one by hand.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import polars as pl
import xxhash


class Fault(StrEnum):
    PRICES_TIMES_100 = (
        "prices_times_100"  # 19,99 read as 1999: every price a hundred times too high
    )
    HALF = "half"  # the export ended early: less than half of the offers are there
    NO_OFFERS = "no_offers"  # the frame of a feed with nothing in it
    HTML_PAGE = "html_page"  # an error page for people, with status 200
    SERVER_ERROR = "server_error"  # 500
    BUSY = "busy"  # 503 with Retry-After
    SLOW = "slow"  # the first byte comes late
    TRUNCATED = "truncated"  # the connection ends in the middle of the body
    BROKEN_GZIP = "broken_gzip"  # the compressed stream is damaged


# Faults of what is stated; the others are faults of how it is delivered.
OF_CONTENT: Final = frozenset({Fault.PRICES_TIMES_100, Fault.HALF, Fault.NO_OFFERS})

Plan = Callable[[str, datetime], Fault | None]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCALE: Final = float(1 << 64)


def never(_shop: str, _at: datetime) -> Fault | None:
    """The plan of shops in which nothing ever goes wrong."""
    return None


def scheduled(
    seed: int,
    *,
    rate: float,
    window: timedelta = timedelta(hours=6),
    kinds: tuple[Fault, ...] = tuple(Fault),
) -> Plan:
    """A plan in which each shop has a fault in a share `rate` of all windows of time."""

    def plan(shop: str, at: datetime) -> Fault | None:
        number = (at - _EPOCH) // window
        drawn = xxhash.xxh3_128_intdigest(f"fault|{seed}|{shop}|{number}".encode())
        if (drawn >> 64) / _SCALE >= rate:
            return None
        return kinds[(drawn & 0xFFFF_FFFF) % len(kinds)]

    return plan


class Switches:
    """A plan whose faults are switched by hand; what is not switched follows `otherwise`."""

    def __init__(self, otherwise: Plan = never) -> None:
        self._set: dict[str, Fault | None] = {}
        self._otherwise = otherwise

    def __call__(self, shop: str, at: datetime) -> Fault | None:
        return self._set[shop] if shop in self._set else self._otherwise(shop, at)

    def set(self, shop: str, fault: Fault | None) -> None:
        """From now on this shop has this fault, or none."""
        self._set[shop] = fault

    def clear(self, shop: str) -> None:
        """From now on this shop follows the plan again."""
        self._set.pop(shop, None)


def spoil(stated: pl.DataFrame, fault: Fault | None) -> pl.DataFrame:
    """What a shop states under a fault of content; the same frame under any other."""
    if fault is Fault.PRICES_TIMES_100:
        return stated.with_columns(
            pl.col("regular_minor", "sale_minor", "ref_price_minor", "shipping_minor") * 100
        )
    if fault is Fault.HALF:
        return stated.head(stated.height * 9 // 20)
    if fault is Fault.NO_OFFERS:
        return stated.clear()
    return stated
