"""Leap: a price more than ten times the last one, or less than a tenth, is not believed at once.

Such prices are mostly slips: cents for euros, a lost decimal sign, a price error of an hour. The
price is unknown until a run at least one interval later repeats it; before that it makes no change
of a price, no verdict and no alert (R-F-7). An operator may believe it earlier, or hold a price
that is no leap: such a hold has no time of its own and ends when the shop says something else.
"""

from typing import Final, NamedTuple

import polars as pl

from sparfuchs.kernel.frames import Schema

LEAP_FACTOR: Final = 10  # R-F-7

# What is remembered of a price that waits: the last one that was believed, the one that waits, and
# since when (microseconds; null beside a held price: held by hand).
HELD: Final[Schema] = {
    "last_minor": pl.Int64(),
    "held_minor": pl.Int64(),
    "held_at": pl.Int64(),
}


def leaps(price: pl.Expr, base: pl.Expr) -> pl.Expr:
    """Whether a price lies more than ten times above or below another; false where one is null."""
    above = price > base * LEAP_FACTOR
    return (above | (price * LEAP_FACTOR < base)).fill_null(value=False)


def believe(stated: pl.DataFrame, old: pl.DataFrame, at: int, interval: int) -> pl.DataFrame:
    """Prices as far as they are believed: `price_minor` (null: held) and HELD, a row a row.

    `stated` has the `price_minor` and `currency` of a run at `at`, `old` the same and HELD of the
    state before it, in the same order. `interval` is the source's; times in microseconds. Prices
    in another currency than before are not comparable and are believed.
    """
    rows = pl.DataFrame(
        {
            "price": stated["price_minor"],
            "same": stated["currency"].eq_missing(old["currency"]),
            "base": pl.select(pl.coalesce(old["price_minor"], old["last_minor"])).to_series(),
            "held": old["held_minor"],
            "since": old["held_at"],
        }
    )
    again = (pl.col("price") == pl.col("held")).fill_null(value=False)
    ripe = again & (pl.col("since") + interval <= at).fill_null(value=False)
    waits = pl.col("same") & (
        (leaps(pl.col("price"), pl.col("base")) & ~ripe) | (again & pl.col("since").is_null())
    )
    return (
        rows.with_columns(waits=waits, again=again)
        .with_columns(believed=pl.when(~pl.col("waits")).then("price"))
        .select(
            price_minor="believed",
            last_minor=pl.coalesce("believed", "base"),
            held_minor=pl.when("waits").then("price"),
            held_at=pl.when("waits")
            .then(pl.when("again").then("since").otherwise(pl.lit(at)))
            .cast(pl.Int64),
        )
    )


def wakes(wake: pl.Expr, interval: int) -> pl.Expr:
    """The next moment at which a price may change by time alone, a held one among them."""
    return pl.min_horizontal(wake, pl.col("held_at") + interval)


class Told(NamedTuple):
    """A history of prices as far as they are believed.

    `rows` are those given with `held` beside them and `price_minor` null where it is true; rows at
    which a held price was believed because a reading repeated it are `added`. `waiting` has HELD of
    the offers whose newest price still waits, by `offer_id`.
    """

    rows: pl.DataFrame
    waiting: pl.DataFrame


def believe_history(rows: pl.DataFrame, interval: int, moments: list[int] | None = None) -> Told:
    """The same for statements in order of time.

    `rows` are sorted by `offer_id` and `micros` and have `price_minor` (null: unknown), `currency`
    and `settled` (believed as it is). With `moments`, the rising times of all readings, a statement
    is repeated by each of them until the next row of the offer: where that ripens a held price, a
    row is added at that reading.
    """
    price, offer = pl.col("price_minor"), "offer_id"
    before = price.forward_fill().shift().over(offer)
    suspect = rows.filter(leaps(price, before))[offer].unique()
    rows = rows.with_columns(held=pl.lit(value=False))
    if suspect.is_empty():
        return Told(rows, pl.DataFrame(schema={offer: pl.Int64(), **HELD}))
    doubtful = rows.filter(pl.col(offer).is_in(suspect.implode()))
    kept, waiting = [], []
    # A loop over rows: whether a price is believed depends on what was believed before. Few offers
    # ever leap, and only theirs come here.
    for (number,), part in doubtful.group_by(offer, maintain_order=True):
        states = part.rows(named=True)  # one offer's, in order of time
        walk = _Walk(interval)
        for place, row in enumerate(states):
            until = states[place + 1]["micros"] if place + 1 < len(states) else None
            kept.extend(walk.step(row, until, moments or []))
        if walk.held is not None:
            waiting.append(
                {
                    offer: number,
                    "last_minor": walk.base,
                    "held_minor": walk.held,
                    "held_at": walk.since,
                }
            )
    told = pl.DataFrame(kept, schema=doubtful.schema)
    rest = rows.filter(~pl.col(offer).is_in(suspect.implode()))
    return Told(
        pl.concat([rest, told]).sort(offer, "micros", maintain_order=True),
        pl.DataFrame(waiting, schema={offer: pl.Int64(), **HELD}),
    )


class _Walk:
    """One offer gone through in order of time."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.base: int | None = None
        self.currency: str | None = None
        self.held: int | None = None
        self.since = 0

    def step(
        self, row: dict[str, object], until: int | None, moments: list[int]
    ) -> list[dict[str, object]]:
        price, at = row["price_minor"], row["micros"]
        assert isinstance(at, int)
        if not isinstance(price, int):
            return [row]
        if self._believed(price, row["currency"], at, settled=bool(row["settled"])):
            self.base, self.currency, self.held = price, str(row["currency"]), None
            return [row]
        if self.held != price:
            self.held, self.since = price, at
        made = [{**row, "price_minor": None, "held": True}]
        ripe = self._ripens(until, moments)
        if ripe is not None:
            self.base, self.held = price, None
            made.append({**row, "micros": ripe})
        return made

    def _believed(self, price: int, currency: object, at: int, *, settled: bool) -> bool:
        if settled or self.base is None or currency != self.currency:
            return True
        near = price <= self.base * LEAP_FACTOR and price * LEAP_FACTOR >= self.base
        return near or (self.held == price and self.since + self.interval <= at)

    def _ripens(self, until: int | None, moments: list[int]) -> int | None:
        """The first reading that repeats the held price late enough, before the next statement."""
        for moment in moments:
            if moment >= self.since + self.interval:
                return moment if until is None or moment < until else None
        return None
