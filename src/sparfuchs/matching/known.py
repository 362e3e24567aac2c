"""Known: the offers that stand for products, laid down so that a new offer finds them at once.

What is known is kept in runs: immutable, sorted lists of (term, row, weight) beside the rows
themselves, mapped from disk. A small run is added with each batch of offers; runs that are not much
larger are merged into it, so that there are few. A search asks the rarest terms of an offer until
its budget of postings is spent, and touches nothing else of the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from sparfuchs.kernel.frames import CONDITION, Schema, conform, hash_strings
from sparfuchs.matching.candidates import CANDIDATE, best_of, keys_of, spend
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.keys import canonical
from sparfuchs.matching.model import READ
from sparfuchs.matching.sparse import Ints, Rows

# What is kept of an offer that stands for its product: what it says, and what keys are made of.
KNOWN: Final[Schema] = {
    **READ,
    "merchant": pl.String(),
    "sku": pl.String(),
    "url": pl.String(),
    "condition": CONDITION,
}
POSTING: Final[Schema] = {"term": pl.Int64(), "row": pl.UInt32(), "weight": pl.Float32()}

# The files of a run: its rows, and what postings are made of, each one array.
READS: Final = "reads.arrow"
ARRAYS: Final = ("row", "weight", "terms", "starts")
PARTS: Final = (READS, *(f"{name}.npy" for name in ARRAYS))

# Terms of exact keys lie above all columns of words and signs.
_KEYS: Final = 1 << 32
# A number or address that so many offers have is nobody's.
_MOST_BY_KEY: Final = 200
# A run that is at most so many times as large as what comes after it is merged with it.
_MERGED: Final = 3
_WORK: Final = 8_000_000


def known_rows(offers: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """KNOWN of OFFERED rows and their READ."""
    rest = {name: dtype for name, dtype in KNOWN.items() if name not in READ}
    return conform(read.hstack(conform(offers, rest)), KNOWN)


def postings_of(corpus: Corpus, rows: pl.DataFrame) -> pl.DataFrame:
    """POSTING rows of KNOWN rows (and the corpus of them), by term."""
    keys = keys_of(corpus)
    words = pl.DataFrame(
        {
            "term": keys.indices.astype(np.int64),
            "row": np.repeat(np.arange(keys.shape[0], dtype=np.uint32), np.diff(keys.indptr)),
            "weight": keys.data.astype(np.float32),
        },
        schema=POSTING,
    )
    exact = key_terms(rows).with_columns(weight=pl.lit(1, dtype=pl.Float32))
    return pl.concat([words, exact.select(list(POSTING))]).sort("term", "row")


def key_terms(rows: pl.DataFrame) -> pl.DataFrame:
    """row, term of every exact key that KNOWN rows have."""
    told = rows.select(
        pl.format("s:{}:{}", "merchant", "sku").alias("sku"),
        ("u:" + canonical(pl.col("url"))).alias("url"),
        ("g:" + pl.col("gtin14")).alias("gtin"),
        pl.format("m:{}:{}", "brand", "mpn").alias("mpn"),
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
    ).unpivot(index="row", value_name="key")
    told = told.drop_nulls("key")
    hashed = (hash_strings(told["key"]) & np.uint64(_KEYS - 1)).astype(np.int64) + _KEYS
    return told.select("row", term=pl.Series(hashed, dtype=pl.Int64))


@dataclass(frozen=True)
class Run:
    """KNOWN rows and their postings: those of a term are `postings[starts[i]:starts[i + 1]]`."""

    rows: pl.DataFrame
    row: NDArray[np.uint32]
    weight: NDArray[np.float32]
    terms: Ints
    starts: Ints

    @classmethod
    def of(cls, rows: pl.DataFrame, postings: pl.DataFrame) -> Self:
        terms, starts = _starts(postings)
        return cls(rows, postings["row"].to_numpy(), postings["weight"].to_numpy(), terms, starts)

    @classmethod
    def read(cls, files: Sequence[Path]) -> Self:
        """Mapped from the files of PARTS; nothing is read before it is asked for."""
        reads, *arrays = files
        return cls(pl.read_ipc(reads), *(np.load(one, mmap_mode="r") for one in arrays))

    def write(self, part: str, path: Path) -> None:
        """Writes one of PARTS."""
        if part == READS:
            self.rows.rechunk().write_ipc(path)
            return
        with path.open("wb") as file:
            np.save(file, getattr(self, part.removesuffix(".npy")))

    @property
    def height(self) -> int:
        return self.rows.height

    def postings(self) -> pl.DataFrame:
        counts = np.diff(self.starts)
        return pl.DataFrame(
            {"term": np.repeat(self.terms[:-1], counts), "row": self.row, "weight": self.weight},
            schema=POSTING,
        )

    def find(self, terms: Ints) -> tuple[Ints, Ints]:
        """Where the postings of each of these terms begin, and how many there are."""
        place = np.searchsorted(self.terms[:-1], terms)
        inside = np.minimum(place, max(len(self.terms) - 2, 0))
        there = (self.terms[inside] == terms) if len(self.terms) > 1 else np.zeros(len(terms), bool)
        begin = self.starts[inside]
        return begin, np.where(there, self.starts[inside + 1] - begin, 0)


def _starts(postings: pl.DataFrame) -> tuple[Ints, Ints]:
    """Each term once with where it begins; a last one, that no term equals, ends the list."""
    counted = postings.group_by("term", maintain_order=True).agg(many=pl.len().cast(pl.Int64))
    terms = np.append(counted["term"].to_numpy(), np.iinfo(np.int64).max)
    starts = np.concatenate([[0], np.cumsum(counted["many"].to_numpy())])
    return terms.astype(np.int64), starts.astype(np.int64)


def merged(runs: Sequence[Run], alive: Sequence[NDArray[np.bool_]]) -> Run:
    """Several runs as one, without the rows that are alive no more."""
    rows, postings, start = [], [], 0
    for run, kept in zip(runs, alive, strict=True):
        number = np.cumsum(kept) - 1 + start
        rows.append(run.rows.filter(pl.Series(kept)))
        own = run.postings().filter(pl.Series(kept[run.row]))
        postings.append(
            own.with_columns(row=pl.Series(number[own["row"].to_numpy()].astype(np.uint32)))
        )
        start += int(kept.sum())
    return Run.of(pl.concat(rows), pl.concat(postings).sort("term", "row"))


def to_merge(sizes: Sequence[int], fresh: int) -> int:
    """How many of the newest runs (`sizes`, oldest first) are merged with so many new rows."""
    many, total = 0, fresh
    for size in reversed(sizes):
        if size > _MERGED * total:
            break
        many, total = many + 1, total + size
    return many


class Known:
    """Several runs as one, oldest first; a row's place counts through all of them."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = tuple(runs)
        self.offsets = np.concatenate([[0], np.cumsum([run.height for run in self.runs])]).astype(
            np.int64
        )

    @property
    def height(self) -> int:
        return int(self.offsets[-1])

    def at(self, places: Ints) -> pl.DataFrame:
        """KNOWN at these places, which ascend."""
        parts = [pl.DataFrame(schema=KNOWN)]
        for run, low, high in self._bounds():
            inside = places[(places >= low) & (places < high)]
            if len(inside):
                parts.append(run.rows[pl.Series(inside - low)])
        return pl.concat(parts)

    def offers(self, places: Ints) -> pl.DataFrame:
        """place, run (its place among the runs) and offer at these places, in their order."""
        which = np.searchsorted(self.offsets, places, side="right") - 1
        offer = np.zeros(len(places), dtype=np.int64)
        for number, run in enumerate(self.runs):
            inside = which == number
            at = pl.Series(places[inside] - self.offsets[number], dtype=pl.Int64)
            offer[inside] = run.rows["offer"].gather(at).to_numpy()
        return pl.DataFrame({"place": places, "run": which.astype(np.int64), "offer": offer})

    def search(self, own: Rows, *, most: int, budget: int) -> pl.DataFrame:
        """CANDIDATE rows: `left` a row of keys, `right` a place; best first, vetoes unasked.

        The keys must have been made with the weights of the runs.
        """
        terms, inverse = np.unique(own.indices, return_inverse=True)
        cost = self._counts(terms.astype(np.int64))
        asked = spend(own, cost[inverse], budget)
        work = np.concatenate([[0], np.cumsum(cost[np.searchsorted(terms, asked.indices)])])[
            asked.indptr
        ]
        found, start = [pl.DataFrame(schema=CANDIDATE)], 0
        while start < asked.shape[0]:
            stop = int(np.searchsorted(work, work[start] + _WORK, side="right")) - 1
            stop = min(max(stop, start + 1), asked.shape[0])
            found.append(self._piece(asked[start:stop], start, most))
            start = stop
        return pl.concat(found)

    def by_keys(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Left (a row of KNOWN rows) and right (a place) that have an exact key in common."""
        asked = key_terms(rows)
        terms = asked["term"].to_numpy()
        pairs = [pl.DataFrame(schema={"left": pl.UInt32(), "right": pl.UInt32()})]
        rare = self._counts(terms) <= _MOST_BY_KEY
        left = asked["row"].to_numpy()[rare]
        for run, low, _ in self._bounds():
            begin, many = run.find(terms[rare])
            place = run.row[_ranges(begin, many)].astype(np.int64) + low
            pairs.append(
                pl.DataFrame({"left": np.repeat(left, many), "right": place.astype(np.uint32)})
            )
        return pl.concat(pairs).unique()

    def _bounds(self) -> list[tuple[Run, int, int]]:
        ends = self.offsets.tolist()
        return list(zip(self.runs, ends[:-1], ends[1:], strict=True))

    def _counts(self, terms: Ints) -> Ints:
        counts = np.zeros(len(terms), dtype=np.int64)
        for run in self.runs:
            counts += run.find(terms)[1]
        return counts

    def _piece(self, asked: Rows, start: int, most: int) -> pl.DataFrame:
        """The best of some rows, from a matrix of only those terms and rows that are met."""
        terms, columns = np.unique(asked.indices, return_inverse=True)
        which, places, weights = [], [], []
        for run, low, _ in self._bounds():
            begin, many = run.find(terms.astype(np.int64))
            here = _ranges(begin, many)
            which.append(np.repeat(np.arange(len(terms)), many))
            places.append(run.row[here].astype(np.int64) + low)
            weights.append(run.weight[here])
        if not which:
            return pl.DataFrame(schema=CANDIDATE)
        met, inside = np.unique(np.concatenate(places), return_inverse=True)
        turned = sparse.coo_array(
            (np.concatenate(weights), (np.concatenate(which), inside)),
            shape=(len(terms), len(met)),
        ).tocsr()
        narrow = sparse.csr_array(
            (asked.data, columns.astype(np.int32), asked.indptr), shape=(asked.shape[0], len(terms))
        )
        found = best_of(narrow @ turned, start, most, same=False, whole=False)
        return found.with_columns(right=pl.Series(met[found["right"].to_numpy()].astype(np.uint32)))


def _ranges(begin: Ints, many: Ints) -> Ints:
    """Whole numbers from each beginning on, so many each, one after the other."""
    ends = np.cumsum(many)
    made: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - (ends - many), many)
    return made
