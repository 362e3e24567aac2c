"""What offers are compared with: the model in force, how rare words are, and the known offers.

Files are immutable, so what was read of one is kept as long as the process lives.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Self
from uuid import uuid4

import numpy as np
import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work

# Runs of known offers are few (see `matching.to_merge`); some of before are still asked meanwhile.
_RUNS_KEPT = 40


@dataclass(frozen=True)
class Matcher:
    """One version: how it compares, and which runs of known offers there are under it."""

    here: Installation
    version: int
    model: str
    model_file: str | None
    weights: matching.Weights
    numbers: tuple[int, ...]  # of the runs in `known`
    known: matching.Known

    @classmethod
    def in_force(cls, here: Installation, work: Work) -> Self | None:
        """None before the first grouping. Raises StoreUnavailable when a file is lost."""
        row = matching.in_force(work)
        if row is None:
            return None
        runs = matching.runs(work)
        return cls(
            here,
            row["version"],
            row["model"],
            row["model_file"],
            _weights(here.files.path(row["weights_file"]), row["offers"]),
            tuple(one["number"] for one in runs),
            matching.Known([_run(here, one["folder"]) for one in runs]),
        )

    @property
    def scorer(self) -> matching.Scorer:
        return scorer_of(self.here, self.model_file)

    def place(self, work: Work, offers: pl.DataFrame) -> matching.Placed:
        """Compares new offers with each other and with the known ones."""

        def alive(found: pl.DataFrame) -> pl.Series:
            told = matching.placed(work, found["offer"].unique())
            number = pl.Series(self.numbers, dtype=pl.Int32).gather(found["run"])
            run = found.join(told, on="offer", how="left", maintain_order="left")["run_right"]
            return (run == number).fill_null(value=False)

        return matching.place(
            offers,
            self.scorer,
            weights=self.weights,
            known=self.known,
            alive=alive,
            judged=lambda ids: matching.edges_of(work, ids),
        )

    def add_run(self, work: Work, rows: pl.DataFrame) -> int:
        """Lays down known offers as a run and merges it with those that are not much larger. Gives
        its number.
        """
        corpus = matching.Corpus.of_read(rows.select(list(matching.READ)), self.weights)
        postings = matching.postings_of(corpus, rows)
        sizes = [run.height for run in self.known.runs]
        many = matching.to_merge(sizes, rows.height)
        old, numbers = self.known.runs[len(sizes) - many :], self.numbers[len(sizes) - many :]
        kept = []
        for run, number in zip(old, numbers, strict=True):
            told = matching.placed(work, run.rows["offer"])
            stands = told.filter(pl.col("run") == number)["offer"]
            kept.append(run.rows["offer"].is_in(stands.implode()).to_numpy())
        made = matching.Run.of(rows, postings)
        if many:
            every = np.ones(rows.height, dtype=np.bool_)
            made = matching.merged([*old, made], [*kept, every])
        folder = f"matching/run-{uuid4().hex[:16]}"
        for part in matching.PARTS:
            self.here.files.write(f"{folder}/{part}", partial(made.write, part))
        number = matching.add_run(work, folder, made.height, self.version)
        matching.drop_runs(work, list(numbers))
        matching.stand_in(work, made.rows["offer"], number)
        return number


def new_version(
    here: Installation,
    work: Work,
    model: str,
    model_file: str | None,
    weights: matching.Weights,
    at: datetime,
) -> Matcher:
    """A version that is in force from this transaction on, with nothing known under it yet."""
    name = f"matching/weights-{uuid4().hex[:16]}.arrow"
    frame = pl.DataFrame({"words": weights.words, "grams": weights.grams})
    here.files.write(name, frame.write_ipc)
    version = matching.add_version(work, model, model_file, name, weights.offers, at)
    matching.drop_runs(work)
    return Matcher(here, version, model, model_file, weights, (), matching.Known([]))


def scorer_of(here: Installation, file: str | None) -> matching.Scorer:
    """A model by its file; the shipped one without."""
    return _scorer(None if file is None else here.files.path(file))


def named_files(work: Work) -> set[str]:
    """All files of an installation that something points to."""
    return catalog.named_files(work) | matching.named_files(work, matching.PARTS)


@lru_cache(maxsize=2)
def _scorer(path: Path | None) -> matching.Scorer:
    return matching.shipped() if path is None else matching.Scorer.load(path)


@lru_cache(maxsize=2)
def _weights(path: Path, offers: int) -> matching.Weights:
    frame = pl.read_ipc(path)
    return matching.Weights(offers, frame["words"].to_numpy(), frame["grams"].to_numpy())


def _run(here: Installation, folder: str) -> matching.Run:
    return _mapped(tuple(here.files.path(f"{folder}/{part}") for part in matching.PARTS))


@lru_cache(maxsize=_RUNS_KEPT)
def _mapped(paths: tuple[Path, ...]) -> matching.Run:
    return matching.Run.read(paths)
