"""Place: new offers are compared with each other and with those that stand for products.

The same way as a bulk run, from where nothing is known: then all offers are new. An offer meets the
products that are known (at most three of their offers), not each of their offers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.matching.candidates import BUDGET, alike, keys_of_read
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.group import Step, band_of, nearest, worth_scoring
from sparfuchs.matching.keys import keys_between
from sparfuchs.matching.known import Known, known_rows
from sparfuchs.matching.model import BAND, OFFERED, READ
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.scorer import Scorer
from sparfuchs.matching.sparse import Ints, Rows, Weights
from sparfuchs.matching.veto import vetoes

# Products stand there with three offers at most, so fewer answers hold as many products.
MET: Final = 24

# One row a pair that was compared, by offers (left < right): the key that both have, the search's
# score, what the first stage says and what both say, and what follows.
EDGE: Final[Schema] = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "key": pl.String(),
    "score": pl.Float32(),
    "alone": pl.Float32(),
    "probability": pl.Float32(),
    "band": BAND,
}


@dataclass(frozen=True)
class Placed:
    """`rows` is KNOWN of the new offers and of those that they met, and `corpus` the same; `edges`
    (EDGE) what was compared; `fresh` says how many rows at the beginning are new.
    """

    rows: pl.DataFrame
    corpus: Corpus
    edges: pl.DataFrame
    fresh: int


Alive = Callable[[pl.DataFrame], pl.Series]
Judged = Callable[[pl.Series], pl.DataFrame]


def nobody(_offers: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(schema=EDGE)


def place(
    offers: pl.DataFrame,
    scorer: Scorer,
    *,
    weights: Weights | None = None,
    known: Known | None = None,
    alive: Alive = lambda found: pl.repeat(value=True, n=found.height, eager=True),
    judged: Judged = nobody,
    budget: int = BUDGET,
    step: Step = lambda _name, _rows: None,
) -> Placed:
    """Compares OFFERED rows; without weights they are learnt from these rows.

    `alive` says of place, run, offer whether that offer still stands for its product; `judged`
    gives the EDGE rows of offers that were compared before, which are rivals all the same.
    """
    rows = conform(offers, OFFERED)
    step("reading", rows.height)
    read = normalise(rows)
    every = known_rows(rows, read)
    places = pl.DataFrame(schema={"left": pl.UInt32(), "right": pl.UInt32()})
    if known is not None and known.height and weights is not None:
        step("searching known products", rows.height)
        places, met = _met(every, keys_of_read(read, weights), known, alive, budget)
        every = pl.concat([every, met])
    corpus = Corpus.of_read(every.select(list(READ)), weights)
    pairs = pl.DataFrame(schema=_PAIR)
    if rows.height > 1:
        own, _, _ = worth_scoring(rows, corpus.head(rows.height), budget=budget, step=step)
        pairs = _shaped(own)
    if places.height:
        across = _across(every, corpus, places, rows.height)
        pairs = nearest(pl.concat([pairs, _shaped(across)]))
    step("scoring", pairs.height)
    return Placed(every, corpus, _edges(every, corpus, pairs, scorer, judged), rows.height)


_PAIR: Final[Schema] = {
    "left": pl.UInt32(),
    "right": pl.UInt32(),
    "key": pl.String(),
    "score": pl.Float32(),
}


def _shaped(pairs: pl.DataFrame) -> pl.DataFrame:
    return conform(pairs, _PAIR)


def _met(
    rows: pl.DataFrame, keys: Rows, known: Known, alive: Alive, budget: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Left (a new row) and right (counted through what was met), and KNOWN of what was met."""
    found = known.search(keys, most=MET, budget=budget).select("left", "right")
    found = pl.concat([found, known.by_keys(rows)]).unique()
    places = found["right"].unique().sort().to_numpy().astype(np.int64)
    told = known.offers(places).sort("place")
    # An offer that is read anew is no candidate of its own.
    there = alive(told) & ~told["offer"].is_in(rows["offer"].implode())
    told = told.filter(there).with_row_index("number")
    pairs = found.with_columns(place=pl.col("right").cast(pl.Int64)).join(
        told.select("place", "number"), on="place"
    )
    return (
        pairs.select("left", right=pl.col("number").cast(pl.UInt32)),
        known.at(told["place"].to_numpy()),
    )


def _across(rows: pl.DataFrame, corpus: Corpus, pairs: pl.DataFrame, fresh: int) -> pl.DataFrame:
    """left, right, key, score of pairs of new and known rows that no veto forbids."""
    pairs = pairs.select("left", pl.col("right") + fresh)
    pairs = pairs.filter(vetoes(corpus, corpus, pairs).is_null())
    scored = alike(corpus, corpus, pairs)
    return scored.with_columns(keys_between(rows, rows, pairs).alias("key"))


def _edges(
    rows: pl.DataFrame, corpus: Corpus, pairs: pl.DataFrame, scorer: Scorer, judged: Judged
) -> pl.DataFrame:
    if pairs.is_empty():
        return pl.DataFrame(schema=EDGE)
    features = scorer.compare(
        corpus,
        corpus,
        pairs["left"].to_numpy().astype(np.int64),
        pairs["right"].to_numpy().astype(np.int64),
    )
    said, alone, thresholds = scorer.judge(features, pairs, _beside(rows, pairs, judged))
    offer = rows["offer"]
    ends = [offer.gather(pairs[side]) for side in ("left", "right")]
    told = pairs.select("key", "score").with_columns(
        one=ends[0],
        two=ends[1],
        alone=pl.Series(alone),
        probability=pl.Series(said),
        band=band_of(pl.Series(said), thresholds),
    )
    return conform(
        told.with_columns(
            left=pl.min_horizontal("one", "two"), right=pl.max_horizontal("one", "two")
        ),
        EDGE,
    )


def _beside(rows: pl.DataFrame, pairs: pl.DataFrame, judged: Judged) -> pl.DataFrame | None:
    """What was judged before of offers that occur in these pairs, by rows; offers that are no rows
    here get numbers beyond them.
    """
    occur = pl.concat([pairs["left"], pairs["right"]]).unique().sort()
    before = judged(rows["offer"].gather(occur))
    if before.is_empty():
        return None
    offers = rows["offer"].to_numpy()
    order = np.argsort(offers)
    numbers: dict[str, Ints] = {}
    ends = [before[side].to_numpy() for side in ("left", "right")]
    strange = np.setdiff1d(np.concatenate(ends), offers)
    for side, one in zip(("left", "right"), ends, strict=True):
        place = np.searchsorted(offers, one, sorter=order)
        here = order[np.minimum(place, len(offers) - 1)]
        there = len(offers) + np.searchsorted(strange, one)
        numbers[side] = np.where(offers[here] == one, here, there)
    known = numbers["left"] * (len(offers) + len(strange)) + numbers["right"]
    back = numbers["right"] * (len(offers) + len(strange)) + numbers["left"]
    asked = pairs["left"].to_numpy().astype(np.int64) * (len(offers) + len(strange)) + pairs[
        "right"
    ].to_numpy().astype(np.int64)
    other = ~(np.isin(known, asked) | np.isin(back, asked))
    told = pl.DataFrame(
        {
            "left": numbers["left"].astype(np.uint32),
            "right": numbers["right"].astype(np.uint32),
            "score": before["score"],
            "value": before["alone"].cast(pl.Float64),
        }
    )
    return told.filter(pl.Series(other))
