"""A market of shops whose rows a test sets, for the servers to serve."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from market.build import AT, many
from sparfuchs.ingest.api import Format
from sparfuchs.market.serve_stock import ShopFacts
from sparfuchs.market.write.feed import WRITTEN
from sparfuchs.market.write.promotions import GRANTED
from sparfuchs.market.write.style import Style

STYLES = {
    Format.GOOGLE_RSS: Style(decimal=","),
    Format.GOOGLE_TSV: Style(grouped=True),
    Format.AWIN_CSV: Style(delimiter=",", zipped=True),
    Format.SHOPIFY_JSON: Style(),
    Format.GOOGLE_ATOM: Style(nested_shipping=False),
    Format.WOOCOMMERCE_JSON: Style(),
}


@dataclass
class Rows:
    """A stock whose frames are set; `now` is what the shops' clock says."""

    formats: Sequence[Format] = WRITTEN
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    now: datetime = AT
    asked: list[str] = field(default_factory=list)
    latency: float = 0.0

    def shops(self) -> Sequence[ShopFacts]:
        return [
            ShopFacts(
                slug=each.value,
                name=f"Laden {each.value} & Söhne",
                format=each,
                style=STYLES[each],
                latency=self.latency,
            )
            for each in self.formats
        ]

    def stated(self, slug: str, at: datetime) -> pl.DataFrame:  # noqa: ARG002 - frames are set
        self.asked.append(slug)
        return self.frames[slug] if slug in self.frames else many(40)

    def granted(self, slug: str, at: datetime) -> pl.DataFrame:  # noqa: ARG002 - likewise
        return pl.DataFrame(schema=GRANTED)

    def clock(self) -> datetime:
        return self.now

    def moved(self, slug: str, offers: int = 3) -> None:
        """The first offers become a euro cheaper."""
        frame = self.frames.get(slug, many(40))
        cheaper = pl.int_range(pl.len()) < offers
        self.frames[slug] = frame.with_columns(
            pl.when(cheaper)
            .then(pl.col("regular_minor") - 100)
            .otherwise("regular_minor")
            .alias("regular_minor"),
            pl.when(cheaper).then(None).otherwise("sale_minor").alias("sale_minor"),
        )

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)
