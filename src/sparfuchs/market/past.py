"""A shop's year as the readings of it would have stated it, sparse: a row where something changed.

Prices are looked up at their turning points alone, so a year of a large shop takes a moment. They
are given as a reader of the shop's format would have understood them.
"""

from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.ingest.api import Format
from sparfuchs.kernel.frames import AVAILABILITY, REF_KIND, RefKind, conform
from sparfuchs.market.merchants import Storefront
from sparfuchs.market.prices import NOTHING, Asked, asked, turning_points
from sparfuchs.market.world import DAY, World

TOO_HIGH: Final = 100


# How long a reading of the past asserts its prices: shops were read once a day.
CARRY: Final = timedelta(hours=48)


def past(world: World, shop: Storefront) -> catalog.RecordedPast:
    """The recorded year of a shop; the reading at the opening is not part of it."""
    at, wrong = world.readings(shop)
    if not len(at):
        return catalog.RecordedPast(at, CARRY, pl.DataFrame(schema=catalog.RECORDED))
    own = world.whole(shop)
    days = (at - _micros(world)) / DAY
    points = turning_points(own.priced, float(world.days))
    reading = np.searchsorted(days, points["day"].to_numpy(), side="left")
    first = np.zeros(own.words.height, dtype=np.int64)
    spoiled = [] if wrong is None else [wrong, wrong + 1]
    every = np.arange(own.words.height, dtype=np.int64)
    rows = pl.DataFrame(
        {
            "row": np.concatenate([points["row"].to_numpy(), every, *(every for _ in spoiled)]),
            "reading": np.concatenate(
                [reading, first, *(np.full(len(every), place) for place in spoiled)]
            ),
        }
    )
    rows = rows.filter(pl.col("reading") < len(at)).unique().sort("row", "reading")
    row, place = rows["row"].to_numpy(), rows["reading"].to_numpy()
    prices = asked(own.priced.take(row), days[place])
    frame = rows.with_columns(*_understood(shop.format, prices))
    if wrong is not None:
        high = pl.when(pl.col("reading") == wrong).then(TOO_HIGH).otherwise(1)
        frame = frame.with_columns(pl.col("regular_minor", "sale_minor", "ref_price_minor") * high)
    state = ["regular_minor", "sale_minor", "ref_price_minor", "ref_kind", "availability"]
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift()) for name in ("row", *state)
    )
    frame = frame.filter(changed)
    ids = own.words["source_offer_id"].gather(frame["row"])
    stated = frame.with_columns(source_offer_id=ids, currency=pl.lit("EUR"))
    return catalog.RecordedPast(at, CARRY, conform(stated, catalog.RECORDED))


def _micros(world: World) -> int:
    return int(world.began.timestamp() * 1_000_000)


def _understood(format: Format, prices: Asked) -> list[pl.Series]:  # noqa: A002 - the word for it
    """What a reader of the format makes of prices: it has fields for some of them only."""

    def minor(values: NDArray[np.int64]) -> pl.Series:
        column = pl.Series(values)
        return column.set(column == NOTHING, None)

    stock = np.where(prices.available, "in_stock", "out_of_stock")
    frame = pl.DataFrame(
        {
            "regular": minor(prices.regular),
            "sale": minor(prices.sale),
            "ref": minor(prices.reference),
            "kind": prices.reference_kind,
        }
    )
    regular, sale, ref, kind = (pl.col(name) for name in ("regular", "sale", "ref", "kind"))
    nothing = pl.lit(None, dtype=pl.Int64)
    none = pl.lit(RefKind.NONE.value)
    paid = pl.coalesce(sale, regular)
    if format in (Format.GOOGLE_RSS, Format.GOOGLE_TSV, Format.GOOGLE_ATOM):
        lifted = (sale.is_null() & (ref > regular)).fill_null(value=False)
        stated = (
            pl.when(lifted).then(ref).otherwise(regular),
            pl.when(lifted).then(regular).otherwise(sale),
            nothing,
            none,
        )
    else:
        dearer = pl.when(regular > paid).then(regular)
        said = pl.coalesce(ref, dearer)
        uvp = (kind == 2) & pl.lit(value=format is Format.AWIN_CSV)  # noqa: PLR2004 - the maker's
        named = (
            pl.when(said.is_null() | (said <= paid))
            .then(none)
            .when(uvp)
            .then(pl.lit(RefKind.UVP.value))
            .otherwise(pl.lit(RefKind.PREVIOUS.value))
        )
        stated = (paid, nothing, pl.when(named != none).then(said), named)
    made = frame.select(
        regular_minor=stated[0],
        sale_minor=stated[1],
        ref_price_minor=stated[2],
        ref_kind=stated[3].cast(REF_KIND),
    )
    return [*made.get_columns(), pl.Series("availability", stock).cast(AVAILABILITY)]
