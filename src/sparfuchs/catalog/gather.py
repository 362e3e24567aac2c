"""Gathering a run: what a reading gives is laid aside on disk until the whole run is judged.

Nothing of a run may be visible before it is weighed as a whole (R-F-2), and a feed may be larger
than memory: so offers go to a folder piece by piece, and only an index of hashes stays in memory.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.effective import effective
from sparfuchs.catalog.state import LIVE, NO_ROW, Rows, SourceState
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    REF_KIND,
    REJECTION,
    HashArray,
    Schema,
    conform,
    empty,
    hash_rows,
)
from sparfuchs.kernel.money import NUMERIC
from sparfuchs.kernel.outcome import Reason

IDENTITY_COLUMNS: Final = [
    "title",
    "brand",
    "gtin14",
    "mpn",
    "condition",
    "colour",
    "size",
    "material",
    "category_path",
    "product_type",
    "item_group_id",
    "seller_id",
    "unit_amount",
    "unit",
    "perishable",
]
PRICE_COLUMNS: Final = [
    "currency",
    "regular_minor",
    "sale_minor",
    "sale_from",
    "sale_to",
    "ref_price_minor",
    "ref_kind",
    "claim_percent",
    "availability",
    "audience",
    "expires_at",
]
DISPLAY_COLUMNS: Final = [
    "description",
    "landing_url",
    "affiliate_url",
    "image_urls",
    "promotion_ids",
    "attributes",
    "flags",
    "shipping_minor",
    "deposit_minor",
]

# Attributes that tell when and how many, not what: they differ with every reading, and a change of
# nothing else is no change of the offer. They are stored with the next change that is one.
_VOLATILE: Final = (
    r'"(?:last_updated|last_modified|updated_at|modified|timestamp|date|time|stock|stock_quantity|'
    r"stock_amount|size_stock_amount|quantity|qty|inventory|inventory_quantity|number_available|"
    r'sell_on_google_quantity|reviews|rating|average_rating|popularity)":"(?:[^"\\]|\\.)*",?'
)

# One row a parsed offer of the run. `state_row` is its place in the state (NO_ROW: new); the id is
# kept for new offers alone, since the state has the others'. `piece` and `row` say where the whole
# row lies; they mean nothing for an offer that is as the state has it. `same_bytes`: the
# record is the same as before, and only our reading of it changed (R-RUN-5).
INDEX: Final[Schema] = {
    "piece": pl.UInt32(),
    "row": pl.UInt32(),
    "line": pl.UInt32(),
    "state_row": pl.Int64(),
    "key": pl.UInt64(),
    "raw": pl.UInt64(),
    "identity": pl.UInt64(),
    "price": pl.UInt64(),
    "display": pl.UInt64(),
    "price_minor": pl.Int64(),
    "currency": pl.UInt16(),
    "stock": AVAILABILITY,
    "wake": pl.Int64(),
    "claim_ref_minor": pl.Int64(),
    "claim_kind": REF_KIND,
    "claim_percent": pl.Int16(),
    "same_bytes": pl.Boolean(),
    "source_offer_id": pl.String(),
}

_NUMERIC: Final = pl.DataFrame(
    {"currency": list(NUMERIC), "number": list(NUMERIC.values())},
    schema={"currency": pl.String(), "number": pl.UInt16()},
)


@dataclass
class Gathering:
    """Everything a run read, before it is identified. `at` is the run's time."""

    state: SourceState
    folder: Path
    at: datetime
    index: list[pl.DataFrame] = field(default_factory=list)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    pieces: int = 0
    mojibake: int = 0
    member_prices: bool = False
    seen: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.seen = np.zeros(len(self.state), dtype=np.bool_)

    def piece(self, number: int) -> pl.DataFrame:
        """The offers of one piece: OFFER with the columns that `effective` adds."""
        return pl.read_ipc(self.folder / f"{number:06}.arrow")

    def add(self, offers: pl.DataFrame) -> None:
        """Lays parsed offers (OFFER) aside and looks them up in the state."""
        if not offers.height:
            return
        self.member_prices |= offers["member_minor"].null_count() < offers.height
        priced = effective(offers, self.at)
        state_row, key = self.state.find(offers["source_offer_id"])
        known = pl.Series(state_row != NO_ROW)
        rows = priced.select(
            "line",
            pl.Series("state_row", state_row),
            pl.Series("key", key),
            pl.col("raw_hash").alias("raw"),
            pl.Series("identity", hash_rows(offers, IDENTITY_COLUMNS)),
            pl.Series("price", _price_hash(offers)),
            pl.Series("display", hash_rows(_lasting(offers), DISPLAY_COLUMNS)),
            "price_minor",
            numeric_currency(offers["currency"]),
            "stock",
            "wake",
            "claim_ref_minor",
            "claim_kind",
            "claim_percent",
            pl.Series("same_bytes", self._same_bytes(offers["raw_before"], state_row)),
            pl.when(~known).then(pl.col("source_offer_id")).alias("source_offer_id"),
        )
        # What is as the state has it will not be written, so it need not be laid aside.
        differs = ~known | self.differs(rows)
        self.index.append(
            rows.with_columns(
                piece=pl.lit(self.pieces, dtype=pl.UInt32),
                row=(differs.cum_sum() - 1).cast(pl.UInt32),
            ).select(list(INDEX))
        )
        if differs.any():
            priced.filter(differs).write_ipc(self.folder / f"{self.pieces:06}.arrow")
        self.pieces += 1

    def _same_bytes(self, before: pl.Series, state_row: Rows) -> pl.Series:
        if not len(self.state) or before.null_count() == len(before):
            return pl.repeat(value=False, n=len(before), dtype=pl.Boolean, eager=True)
        raw = self.state.frame["raw"].gather(np.maximum(state_row, 0))
        known = pl.Series(state_row != NO_ROW) & (raw != 0)
        return ((before == raw) & known).fill_null(value=False)

    def differs(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows of the index are not as the state has them, those of gone offers included."""
        if not len(self.state):
            return pl.repeat(value=True, n=rows.height, dtype=pl.Boolean, eager=True)
        old = self.state.frame[np.maximum(rows["state_row"].to_numpy(), 0)]
        differs: pl.Series = old["status"] != LIVE
        for name in ("identity", "price", "display"):
            differs |= rows[name] != old[name]
        for name in ("price_minor", "currency"):
            differs |= rows[name].ne_missing(old[name])
        differs |= rows["stock"] != old["availability"]
        return differs

    def saw(self, raw: HashArray, lines: NDArray[np.uint32]) -> None:
        """Marks the offers of records whose raw hash is known; a record met twice is rejected."""
        rows, record = self.state.rows_of_raw(raw)
        fresh = np.zeros(len(rows), dtype=np.bool_)
        _, first = np.unique(rows, return_index=True)
        fresh[first] = True
        fresh &= ~self.seen[rows]
        self.seen[rows] = True
        if not fresh.all():
            ids = self.state.frame["source_offer_id"].gather(rows[~fresh])
            self.reject(duplicates(ids, lines[record[~fresh]]))

    def reject(self, rejections: pl.DataFrame) -> None:
        if rejections.height:
            self.rejected.append(rejections)

    def indexed(self) -> pl.DataFrame:
        return pl.concat(self.index) if self.index else empty(INDEX)

    def replace_index(self, index: pl.DataFrame) -> None:
        self.index = [index]

    def rejections(self) -> pl.DataFrame:
        return pl.concat(self.rejected) if self.rejected else empty(REJECTION)

    def rejected_rows(self) -> Rows:
        """State rows of offers whose record was rejected although its id could be read."""
        ids = self.rejections()["source_offer_id"].drop_nulls().unique()
        rows, _ = self.state.find(ids)
        known: Rows = rows[rows != NO_ROW]
        return known

    def offers_of(self, wanted: pl.DataFrame) -> "list[tuple[int, pl.DataFrame]]":
        """Groups `wanted` (with `piece` and `row`) by piece, to be read piece by piece."""
        return [
            (int(number), part)
            for (number,), part in wanted.sort("piece", "row").group_by(
                "piece", maintain_order=True
            )
        ]


def _price_hash(offers: pl.DataFrame) -> HashArray:
    """The hash of what an offer costs and whom. Few offers have a price for members, and what the
    others have is hashed as it always was.
    """
    plain = hash_rows(offers, PRICE_COLUMNS)
    members = offers["member_minor"].is_not_null()
    if members.any():
        plain[members.to_numpy()] = hash_rows(
            offers.filter(members), [*PRICE_COLUMNS, "member_minor"]
        )
    return plain


def _lasting(offers: pl.DataFrame) -> pl.DataFrame:
    if offers["attributes"].null_count() == offers.height:
        return offers
    return offers.with_columns(pl.col("attributes").str.replace_all(_VOLATILE, ""))


def numeric_currency(codes: pl.Series) -> pl.Series:
    """ISO 4217 numbers of currency codes, the form they have in the state."""
    return (
        codes.to_frame("currency").join(_NUMERIC, on="currency", how="left", maintain_order="left")
    )["number"].alias("currency")


def duplicates(ids: pl.Series, lines: NDArray[np.uint32]) -> pl.DataFrame:
    """Rejections of rows whose id another row of the run has (R-RUN-4)."""
    return conform(
        pl.DataFrame({"line": lines, "source_offer_id": ids}).with_columns(
            field=pl.lit("id"),
            value=pl.col("source_offer_id"),
            reason=pl.lit(Reason.ID_DUPLICATE.value),
            rule=pl.lit("R-RUN-4"),
        ),
        REJECTION,
    )
