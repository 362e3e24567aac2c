"""Settle: which product each offer belongs to, from what was compared and what people answered."""

from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.matching.cluster import FACTS, cluster, facts_of
from sparfuchs.matching.group import seen_twice
from sparfuchs.matching.identify_products import keep_ids
from sparfuchs.matching.model import Band
from sparfuchs.matching.place import EDGE

# A person's answer outweighs everything computed that a group can hold.
_ANSWER: Final = 100_000
# So many offers stand for a product.
STANDING: Final = 3

# One row a pair that a person answered: whether the two are the same product. Left < right.
LABEL: Final[Schema] = {"left": pl.Int64(), "right": pl.Int64(), "same": pl.Boolean()}

# One row an offer: its product; the offer that stays where it is that one, seen twice (null: it
# stays itself); the link that is likeliest among those that hold it there (null: it stands alone);
# and whether it stands for its product.
SETTLED: Final[Schema] = {
    "offer": pl.Int64(),
    "product": pl.Int64(),
    "same_as": pl.Int64(),
    "how": pl.String(),
    "partner": pl.Int64(),
    "probability": pl.Float32(),
    "standing": pl.Boolean(),
}


def settle(
    rows: pl.DataFrame,
    edges: pl.DataFrame,
    labels: pl.DataFrame,
    before: pl.DataFrame,
    next_id: int,
    stood: pl.Series | None = None,
) -> pl.DataFrame:
    """SETTLED of KNOWN rows, given all EDGE and LABEL rows among them and their BELONGS of before.

    Offers in `stood` stood for their product before, and go on if they may. New products count
    from `next_id`. `how` is alone, key, likeness or person.
    """
    number = rows.select("offer", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    compared = _compared(number, edges, labels)
    facts = _forgiven(facts_of(rows), number, labels)
    groups = pl.Series(cluster(facts, compared))
    twice = seen_twice(rows, groups, compared)
    belongs = keep_ids(rows.select("offer", group=groups), before, next_id)
    told = belongs.with_columns(
        same_as=rows["offer"].gather(twice.cast(pl.UInt32)), standing=_standing(rows, groups, stood)
    ).with_columns(
        same_as=pl.when(pl.col("same_as") != pl.col("offer")).then("same_as"),
    )
    held = _held(rows, compared, groups)
    return conform(
        told.join(held, on="offer", how="left", maintain_order="left").with_columns(
            pl.col("how").fill_null("alone"),
            # What was seen twice stands for nothing.
            standing=pl.col("standing") & pl.col("same_as").is_null(),
        ),
        SETTLED,
    )


def _compared(number: pl.DataFrame, edges: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """left, right (rows), probability, linked, weight, how."""
    answered = labels.select(
        "left",
        "right",
        probability=pl.col("same").cast(pl.Float32),
        linked="same",
        weight=pl.lit(_ANSWER),
        how=pl.lit("person"),
    )
    judged = (
        conform(edges, EDGE)
        .join(labels, on=["left", "right"], how="anti")
        .select(
            "left",
            "right",
            "probability",
            linked=pl.col("band") == Band.AUTOMATIC.value,
            weight=pl.lit(1),
            how=pl.when(pl.col("key").is_null()).then(pl.lit("likeness")).otherwise(pl.lit("key")),
        )
    )
    every = pl.concat([judged, answered])
    for side in ("left", "right"):
        every = (
            every.rename({side: "offer"})
            .join(number, on="offer", how="inner", maintain_order="left")
            .drop("offer")
            .rename({"row": side})
        )
    return every


def _forgiven(facts: pl.DataFrame, number: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """What two offers state against each other counts no more where a person says they are one."""
    same = labels.filter("same")
    if same.is_empty():
        return facts
    ends = [
        same.select(offer=side).join(number, on="offer", how="left", maintain_order="left")["row"]
        for side in ("left", "right")
    ]
    there = pl.DataFrame({"one": ends[0], "two": ends[1]}).drop_nulls()
    kept = {}
    for name in FACTS:
        apart = there.filter(
            (facts[name].gather(there["one"]) != facts[name].gather(there["two"])).fill_null(
                value=False
            )
        )
        silent = np.zeros(facts.height, dtype=np.bool_)
        silent[apart["one"].to_numpy()] = True
        silent[apart["two"].to_numpy()] = True
        kept[name] = pl.when(~pl.Series(silent)).then(pl.col(name)).alias(name)
        if name == "gtin14":
            # The number of the one is a number of the other as well, wherever it is stated.
            one, two = (facts[name].gather(apart[side]) for side in ("one", "two"))
            kept[name] = pl.col(name).replace(two, one).alias(name)
    return facts.with_columns(**kept)


def _standing(rows: pl.DataFrame, groups: pl.Series, stood: pl.Series | None) -> pl.Series:
    """Those that say most stand for their product; who stood before comes first."""
    known = pl.Series(dtype=pl.Int64) if stood is None else stood
    ranked = rows.select(
        "offer",
        group=groups,
        before=pl.col("offer").is_in(known.implode()),
        numbers=pl.col("gtin14").is_not_null().cast(pl.Int8)
        + pl.col("mpn").is_not_null().cast(pl.Int8),
        words=pl.col("words").list.len(),
    ).with_row_index("row")
    ranked = ranked.sort(
        "group", "before", "numbers", "words", "offer",
        descending=[False, True, True, True, False],
    )  # fmt: skip
    place = pl.int_range(pl.len()).over("group")
    return ranked.with_columns(chosen=place < STANDING).sort("row")["chosen"]


def _held(rows: pl.DataFrame, compared: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """offer, how, partner, probability: the likeliest link inside its product."""
    links = compared.filter("linked")
    inside = groups.gather(links["left"]) == groups.gather(links["right"])
    links = links.filter(inside)
    both = pl.concat(
        [
            links.select(row="left", other="right", how="how", probability="probability"),
            links.select(row="right", other="left", how="how", probability="probability"),
        ]
    )
    best = both.sort("probability", "other", descending=[True, False]).unique(
        "row", keep="first", maintain_order=True
    )
    return best.select(
        "how",
        pl.col("probability").cast(pl.Float32),
        offer=rows["offer"].gather(best["row"]),
        partner=rows["offer"].gather(best["other"]),
    )
