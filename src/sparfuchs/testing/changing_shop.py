"""A shop whose feed changes from reading to reading, and what must be known after each of them.

The feed is drawn from a seed. What must be known is worked out here a second time, from the rules
(R-F-3) and not with the code under test: offers, prices, the whole price history, the counts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import ChangeKind

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

# What one history row must say: the offer by its number in the shop, microseconds, and the price.
HISTORY: Final = {
    "offer": pl.Int64(),
    "at": pl.Int64(),
    "kind": pl.String(),
    "price_minor": pl.Int64(),
}

# Rows without an id, in every feed: they are read, rejected, and nothing comes of them.
BROKEN: Final = 3
# Shares of offers that differ from one reading to the next.
_OTHER_PRICE: Final = 0.2
_OTHER_STOCK: Final = 0.03
_OTHER_TEXT: Final = 0.01
_AWAY: Final = 0.03
_NEW: Final = 0.02
# Every fifth reading finds the bytes of the one before.
_SAME_BYTES_EVERY: Final = 5


@dataclass(frozen=True)
class Stock:
    """What the shop says of each of its numbers: whether it is in the feed, cents, and the rest."""

    present: Flags
    price: Whole
    stock: Flags
    title: Whole


class ChangingShop:
    """Writes the feed of one shop, Google's delimited format or Awin's by its number."""

    def __init__(self, number: int, offers: int, seed: int) -> None:
        self.number = number
        self.google = number % 2 == 0
        self._draw = np.random.default_rng([seed, number])
        self._step = 0
        self._offers = offers
        capacity = 2 * offers
        self._base = self._draw.integers(500, 90_000, capacity)
        self.now = Stock(
            present=np.arange(capacity) < offers,
            price=self._base.copy(),
            stock=np.ones(capacity, dtype=np.bool_),
            title=np.zeros(capacity, dtype=np.int64),
        )
        self._away = np.zeros(capacity, dtype=np.bool_)

    def change(self) -> Stock:
        """Goes on to the next reading; the first is what the shop began with."""
        self._step += 1
        if self._step == 1 or self._step % _SAME_BYTES_EVERY == 0:
            return self.now
        draw, size = self._draw, len(self._base)
        other = draw.random(size) < _OTHER_PRICE
        price = np.where(other, self._base * draw.uniform(0.6, 1.4, size), self.now.price)
        if self._step % 2 == 0:
            # Away for two readings at least: the second of them ends an offer.
            self._away = draw.random(size) < _AWAY
        there = self._offers + int(self._offers * _NEW) * self._step
        self.now = Stock(
            present=(np.arange(size) < there) & ~self._away,
            price=price.astype(np.int64),
            stock=self.now.stock ^ (draw.random(size) < _OTHER_STOCK),
            title=self.now.title + (draw.random(size) < _OTHER_TEXT),
        )
        return self.now

    def write(self, path: Path) -> None:
        """The feed as it is now, some rows of which are of no use."""
        numbers = np.flatnonzero(self.now.present)
        frame = pl.DataFrame(
            {
                "n": numbers,
                "cents": self.now.price[numbers],
                "regular": np.where(numbers % 3 == 0, self._base[numbers] * 3, 0),
                "stock": self.now.stock[numbers],
                "title": self.now.title[numbers],
            }
        )
        price, regular = _euros("cents"), _euros("regular")
        named = pl.format("Artikel {} Ausgabe {}", "n", "title")
        link = pl.format("https://shop{}.example/p/{}", pl.lit(self.number), "n")
        has_regular = pl.col("regular") > 0
        if self.google:
            rows = frame.select(
                id=source_id(pl.col("n")),
                title=named,
                description=named + pl.lit(", wie beschrieben"),
                link=link,
                image_link=link + pl.lit(".jpg"),
                availability=pl.when("stock")
                .then(pl.lit("in_stock"))
                .otherwise(pl.lit("out_of_stock")),
                price=pl.when(has_regular).then(regular).otherwise(price) + pl.lit(" EUR"),
                sale_price=pl.when(has_regular).then(price + pl.lit(" EUR")).otherwise(pl.lit("")),
                brand=pl.format("Marke {}", pl.col("n") % 17),
            )
        else:
            rows = frame.select(
                aw_deep_link=link + pl.lit("?awc=1"),
                product_name=named,
                merchant_product_id=source_id(pl.col("n")),
                merchant_image_url=link + pl.lit(".jpg"),
                description=named + pl.lit(", wie beschrieben"),
                search_price=price,
                currency=pl.lit("EUR"),
                merchant_deep_link=link,
                brand_name=pl.format("Marke {}", pl.col("n") % 17),
                rrp_price=pl.when(has_regular).then(regular).otherwise(pl.lit("")),
                in_stock=pl.col("stock").cast(pl.Int8).cast(pl.String),
            )
        identity = "id" if self.google else "merchant_product_id"
        broken = rows.head(BROKEN).with_columns(pl.lit("").alias(identity))
        pl.concat([rows, broken]).write_csv(path, separator="\t" if self.google else ",")


def source_id(number: pl.Expr) -> pl.Expr:
    """The id under which the feed knows an offer."""
    return pl.format("N-{}", number)


def _euros(cents: str) -> pl.Expr:
    return pl.format(
        "{}.{}", pl.col(cents) // 100, (pl.col(cents) % 100).cast(pl.String).str.zfill(2)
    )


@dataclass(frozen=True)
class Expected:
    """The counts of a run as its report must give them, and the offers that must be judged."""

    read: int
    new: int
    unchanged: int
    changed: int
    gone: int
    judged: Whole
    has_segment: bool


@dataclass(frozen=True)
class Known:
    """What must be known of a shop after its published runs. `missed` holds the time of an offer's
    first miss in microseconds, 0 where it was seen last.
    """

    times: tuple[datetime, ...]
    ever: Flags
    gone: Flags
    missed: Whole
    says: Stock
    history: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HISTORY))

    @classmethod
    def nothing(cls, says: Stock) -> Self:
        none = np.zeros(len(says.present), dtype=np.bool_)
        return cls((), none, none, np.zeros(len(none), dtype=np.int64), says)

    def after(self, feed: Stock, at: datetime) -> tuple["Known", Expected]:
        """One more whole reading of the feed, published as of `at`."""
        now = to_micros(at)
        new = feed.present & ~self.ever
        back = feed.present & self.gone
        stays = feed.present & self.ever & ~self.gone
        price = stays & (feed.price != self.says.price)
        stock = stays & (feed.stock != self.says.stock)
        title = stays & (feed.title != self.says.title)
        away = self.ever & ~self.gone & ~feed.present
        ended = away & (self.missed > 0)
        changed = back | price | stock | title
        history = pl.concat(
            [
                self.history,
                _rows(ended, self.missed, ChangeKind.GONE, self.says.price),
                _rows(new, now, ChangeKind.FIRST, feed.price),
                _rows(back, now, ChangeKind.BACK, feed.price),
                _rows(price, now, ChangeKind.PRICE, feed.price),
                _rows(stock & ~price, now, ChangeKind.AVAILABILITY, feed.price),
            ]
        )
        judged = new | changed
        expected = Expected(
            read=int(feed.present.sum()) + BROKEN,
            new=int(new.sum()),
            unchanged=int((stays & ~changed).sum()),
            changed=int(changed.sum()),
            gone=int(ended.sum()),
            judged=np.flatnonzero(judged),
            has_segment=bool((judged | ended).any()),
        )
        known = Known(
            times=(*self.times, at),
            ever=self.ever | new,
            gone=(self.gone | ended) & ~feed.present,
            missed=np.where(feed.present | ended, 0, np.where(away, now, self.missed)),
            says=Stock(
                present=feed.present,
                price=np.where(feed.present, feed.price, self.says.price),
                stock=np.where(feed.present, feed.stock, self.says.stock),
                title=np.where(feed.present, feed.title, self.says.title),
            ),
            history=history,
        )
        return known, expected


def _rows(which: Flags, at: int | Whole, kind: ChangeKind, price: Whole) -> pl.DataFrame:
    offers = np.flatnonzero(which)
    moments = np.broadcast_to(np.asarray(at, dtype=np.int64), len(which))
    return pl.DataFrame(
        {"offer": offers, "at": moments[offers], "price_minor": price[offers]}
    ).select("offer", "at", pl.lit(kind.value).alias("kind"), "price_minor")
