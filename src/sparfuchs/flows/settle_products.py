"""Settled products are written: members, what stands for each, pairs to be asked, and who is told.

All in the transaction of the caller, so that a crash leaves whole products or those of before.
"""

from datetime import datetime

import polars as pl

from sparfuchs.events.offer import OffersMatched
from sparfuchs.flows.matcher import Matcher
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work

TOLD_AT_ONCE = 10_000  # offers named in one event


def write_settled(
    work: Work,
    matcher: Matcher,
    stated: pl.DataFrame,
    rows: pl.DataFrame,
    settled: pl.DataFrame,
    *,
    at: datetime,
    anew: bool = False,
    read_again: pl.Series | None = None,
) -> pl.Series:
    """Writes SETTLED of KNOWN `rows`, as `stated` has them. Gives the offers that moved.

    With `anew` these are all offers that there are, compared as a whole. `read_again` are offers
    whose words changed: what stands for a product is laid down again.
    """
    before = matching.members(work, settled["offer"])
    told = settled.join(
        before.select(
            offer="offer_id",
            product_before="product_id",
            since_before="since",
            partner_before="partner_id",
            how_before="how",
            reasons="reasons",
            same_before="same_as",
            run="run",
        ),
        on="offer",
        how="left",
        maintain_order="left",
    )
    again = pl.Series(dtype=pl.Int64) if read_again is None else read_again
    stayed = pl.col("product").eq_missing(pl.col("product_before"))
    explained = pl.col("partner").eq_missing(pl.col("partner_before")) & ~pl.col("offer").is_in(
        again.implode()
    )
    told = told.with_columns(
        since=pl.when(stayed).then("since_before").otherwise(pl.lit(at).cast(UTC_TIME)),
        moved=~(stayed & pl.col("same_as").eq_missing(pl.col("same_before"))),
        reasons=pl.when(explained & pl.col("partner").is_not_null()).then("reasons"),
        stands_anew=pl.col("standing")
        & (pl.col("run").is_null() | pl.col("offer").is_in(again.implode()) | pl.lit(anew)),
    ).with_columns(run=pl.when(pl.col("standing") & ~pl.col("stands_anew")).then("run"))
    told = _explained(told, rows, matcher.weights)
    told = told.hstack(
        [
            matching.signatures(stated).alias("signature"),
            matching.families(stated).alias("family"),
            matching.kin(rows).alias("kin"),
        ]
    )
    matching.keep_members(
        work,
        told.select(
            "since", "how", "probability", "reasons", "same_as", "signature", "family", "kin",
            "run", offer_id="offer", product_id="product", partner_id="partner",
            version=pl.lit(matcher.version, dtype=pl.Int32),
        ),
        none_there=anew,
    )  # fmt: skip
    fresh = rows.filter(told["stands_anew"])
    if fresh.height:
        matcher.add_run(work, fresh)
    moved = told.filter("moved")
    matching.touch(work, pl.concat([moved["product"], moved["product_before"].drop_nulls()]), at)
    matching.end_empty(work, at)
    tell_matched(work, moved["offer"], at)
    return moved["offer"]


def ask(
    work: Work,
    version: int,
    edges: pl.DataFrame,
    rows: pl.DataFrame,
    weights: matching.Weights,
    at: datetime,
) -> None:
    """Keeps pairs that a person should look at: of two products only the likeliest pair, and none
    that was answered.
    """
    doubtful = edges.filter(pl.col("band") == matching.Band.REVIEW.value)
    if doubtful.is_empty():
        return
    ends = pl.concat([doubtful["left"], doubtful["right"]]).unique()
    answered = matching.labelled(work, ends)
    product = matching.belonging(work, ends).select("product", offer="offer_id")
    doubtful = doubtful.join(answered, on=["left", "right"], how="anti")
    for side in ("left", "right"):
        doubtful = doubtful.join(
            product.select(pl.col("offer").alias(side), pl.col("product").alias(f"{side}_product")),
            on=side,
        )
    doubtful = (
        doubtful.filter(pl.col("left_product") != pl.col("right_product"))
        .with_columns(
            one=pl.min_horizontal("left_product", "right_product"),
            two=pl.max_horizontal("left_product", "right_product"),
        )
        .sort("probability", "left", "right", descending=[True, False, False])
        .unique(["one", "two"], keep="first", maintain_order=True)
    )
    reasons = explain(doubtful.select("left", "right"), rows, weights)
    matching.keep_reviews(
        work,
        doubtful.select("left", "right", "probability").with_columns(reasons.alias("reasons")),
        version,
        at,
    )


def tell_matched(work: Work, offers: pl.Series, at: datetime) -> None:
    """Tells that these offers belong to another product than before."""
    told = offers.sort().to_list()
    work.append_all(
        [
            OffersMatched(tuple(told[start : start + TOLD_AT_ONCE])).to_event(at)
            for start in range(0, len(told), TOLD_AT_ONCE)
        ]
    )


def explain(pairs: pl.DataFrame, rows: pl.DataFrame, weights: matching.Weights) -> pl.Series:
    """Why the two offers (left, right) of each pair are held to be one or not, in words.

    All of them are among KNOWN `rows`.
    """
    ids = pl.concat([pairs["left"], pairs["right"]]).unique()
    there = rows.filter(pl.col("offer").is_in(ids.implode()))
    if there.is_empty():
        return pl.Series(dtype=pl.String)
    corpus = matching.Corpus.of_read(there.select(list(matching.READ)), weights)
    number = there.select("offer", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    places = pl.DataFrame(
        {
            side: pairs.select(offer=side).join(
                number, on="offer", how="left", maintain_order="left"
            )["row"]
            for side in ("left", "right")
        }
    )
    return matching.explain(corpus, corpus, places)


def _explained(told: pl.DataFrame, rows: pl.DataFrame, weights: matching.Weights) -> pl.DataFrame:
    """With reasons where there are none yet and somebody to be explained by."""
    wanted = told.filter(pl.col("partner").is_not_null() & pl.col("reasons").is_null())
    if wanted.is_empty():
        return told
    # The smaller id stands on the left, as in every pair, so that both ends say the same.
    pairs = wanted.select(
        left=pl.min_horizontal("offer", "partner"), right=pl.max_horizontal("offer", "partner")
    ).unique(maintain_order=True)
    pairs = pairs.with_columns(explain(pairs, rows, weights).alias("said"))
    return (
        told.with_columns(
            left=pl.min_horizontal("offer", "partner"), right=pl.max_horizontal("offer", "partner")
        )
        .join(pairs, on=["left", "right"], how="left", maintain_order="left")
        .with_columns(
            reasons=pl.when(pl.col("partner").is_not_null()).then(pl.coalesce("reasons", "said"))
        )
        .drop("left", "right", "said")
    )
