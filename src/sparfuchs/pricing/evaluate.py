"""How often is the verdict right? Judged against labelled price histories, class by class.

A folder holds three tables, with a header row, UTF-8, commas:

- `observations.csv`: series, seen_at (ISO time with zone), price_minor, currency, available
- `claims.csv`: series, at, percent, reference_minor, kind (`uvp`, `previous`, `lowest_30d`,
  `unspecified`); may be absent
- `truth.csv`: series, at, verdict, claim_verdict, honest_pct

Every reading of a series is an observation of it, carried for CARRY (domain.md 4.4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import MARKET_ZONE, Timeline
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.frames import REF_KIND, UTC_TIME, RefKind, Schema
from sparfuchs.pricing.days import Micros
from sparfuchs.pricing.fold import fold, timeline_of
from sparfuchs.pricing.judge import judge_spans
from sparfuchs.pricing.model import ClaimVerdict, Verdict

USUAL_CARRY: Final = timedelta(hours=48)

_OBSERVATIONS: Final[Schema] = {
    "series": pl.String(),
    "seen_at": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "available": pl.Boolean(),
}
_CLAIMS: Final[Schema] = {
    "series": pl.String(),
    "at": UTC_TIME,
    "percent": pl.Int16(),
    "reference_minor": pl.Int64(),
    "kind": pl.String(),
}
_TRUTH: Final[Schema] = {
    "series": pl.String(),
    "at": UTC_TIME,
    "verdict": pl.String(),
    "claim_verdict": pl.String(),
    "honest_pct": pl.Int16(),
}
_TRUE: Final = ("true", "1", "t", "yes")
_FALSE: Final = ("false", "0", "f", "no")


@dataclass(frozen=True)
class ClassFigures:
    """How one class was met: `support` rows are of it, `given` were said to be of it."""

    precision: float
    recall: float
    f1: float
    support: int
    given: int


@dataclass(frozen=True)
class VerdictFigures:
    """Averages are over the classes present in the truth; `honest_pct_exact` is the share of rows
    with a true percentage that were given just that. `confused` counts pairs of true and given.
    """

    rows: int
    macro_f1: float
    claim_macro_f1: float
    honest_pct_exact: float
    classes: Mapping[str, ClassFigures]
    claim_classes: Mapping[str, ClassFigures]
    confused: Mapping[str, int]


@dataclass(frozen=True)
class Labelled:
    """The tables of a folder as read: OBSERVED, CLAIMED and TRUE columns, times aware in UTC."""

    observations: pl.DataFrame
    claims: pl.DataFrame
    truth: pl.DataFrame

    def thinned(self, drop: float, seed: int) -> "Labelled":
        """The same with a share of the observations left out, drawn by `seed`.

        The draw goes through the observations by series and time, so the order of the file does
        not matter. Raises UsageError for a share outside [0, 1).
        """
        if not 0 <= drop < 1:
            raise UsageError("The share to drop must be from 0 to below 1", value=drop)
        if not drop:
            return self
        rows = self.observations.sort("series", "seen_at", "price_minor")
        kept = np.random.default_rng(seed).random(rows.height) >= drop
        return replace(self, observations=rows.filter(pl.Series(kept)))


def evaluate_verdicts(
    folder: Path,
    *,
    carry: timedelta = USUAL_CARRY,
    zone: str = MARKET_ZONE,
    drop: float = 0.0,
    seed: int = 0,
    progress: Callable[[str, int], None] = lambda _step, _rows: None,
) -> VerdictFigures:
    """Judges the series of a folder at the moments of its truth, and compares.

    A share `drop` of the observations, drawn by `seed`, is left out first: what is not known must
    turn to "not enough data". Raises NotFound for a missing folder or table and UsageError, with
    file, line and value, for what cannot be read.
    """
    labelled = read_labelled(folder).thinned(drop, seed)
    progress("read", labelled.observations.height)
    found = judge_labelled(labelled, carry=carry, zone=zone, progress=progress)
    return compare(labelled.truth, found)


def read_labelled(folder: Path) -> Labelled:
    """The tables of a folder. Raises as `evaluate_verdicts`."""
    observations = _table(folder / "observations.csv", _OBSERVATIONS)
    truth = _table(folder / "truth.csv", _TRUTH)
    claims = (
        _table(folder / "claims.csv", _CLAIMS)
        if (folder / "claims.csv").exists()
        else pl.DataFrame(schema=_CLAIMS)
    )
    _known(folder / "truth.csv", truth, "verdict", [v.value for v in Verdict])
    _known(folder / "truth.csv", truth, "claim_verdict", [c.value for c in ClaimVerdict])
    _known(folder / "claims.csv", claims, "kind", [k.value for k in RefKind])
    return Labelled(observations, claims, truth)


def compare(truth: pl.DataFrame, found: pl.DataFrame) -> VerdictFigures:
    """How what was found (`judge_labelled`) meets the truth; not judged counts as INSUFFICIENT."""
    pairs = truth.join(found, on=["series", "at"], how="left", suffix="_given").with_columns(
        pl.col("verdict_given").fill_null(Verdict.INSUFFICIENT.value),
        pl.col("claim_verdict_given").fill_null(ClaimVerdict.CLAIM_NONE.value),
    )
    classes = _figures(pairs["verdict"], pairs["verdict_given"])
    claim_classes = _figures(pairs["claim_verdict"], pairs["claim_verdict_given"])
    stated = pairs.filter(pl.col("honest_pct").is_not_null())
    exact = stated["honest_pct"].eq_missing(stated["honest_pct_given"])
    wrong = (
        pairs.filter(pl.col("verdict") != pl.col("verdict_given"))
        .select(pl.concat_str("verdict", "verdict_given", separator=" as ").alias("pair"))["pair"]
        .value_counts(sort=True)
    )
    return VerdictFigures(
        rows=pairs.height,
        macro_f1=_macro(classes),
        claim_macro_f1=_macro(claim_classes),
        honest_pct_exact=float(exact.sum()) / len(exact) if len(exact) else 1.0,
        classes=classes,
        claim_classes=claim_classes,
        confused=dict(zip(wrong["pair"].to_list(), wrong["count"].to_list(), strict=True)),
    )


def _table(path: Path, schema: Schema) -> pl.DataFrame:
    if not path.exists():
        raise NotFound(f"There is no {path}", path=str(path))
    try:
        raw = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"{path} is no table: {error}", path=str(path)) from error
    missing = [name for name in schema if name not in raw.columns]
    if missing:
        raise UsageError(f"{path} lacks the columns {', '.join(missing)}", path=str(path))
    made = raw.select(_cast(name, dtype) for name, dtype in schema.items())
    for name in schema:
        bad = raw[name].is_not_null() & (raw[name] != "") & made[name].is_null()
        if bad.any():
            line = int(bad.arg_true()[0])
            raise UsageError(
                f"{path} line {line + 2}: {name} is {raw[name][line]!r}, which is no "
                f"{schema[name]}",
                path=str(path),
            )
    return made


def _cast(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name).str.strip_chars().replace("", None)
    if dtype == pl.Boolean():
        said = column.str.to_lowercase()
        return (
            pl.when(said.is_in(_TRUE)).then(True).when(said.is_in(_FALSE)).then(False).alias(name)
        )
    if dtype == UTC_TIME:
        return column.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    if dtype == pl.String():
        return column.str.to_lowercase() if name in {"verdict", "claim_verdict", "kind"} else column
    return column.cast(pl.Float64, strict=False).cast(dtype, strict=False)


def _known(path: Path, frame: pl.DataFrame, name: str, words: list[str]) -> None:
    strange = frame.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(words))[name]
    if len(strange):
        raise UsageError(
            f"{path}: {name} is {strange[0]!r}, not one of {', '.join(words)}", path=str(path)
        )


def judge_labelled(
    labelled: Labelled,
    *,
    carry: timedelta = USUAL_CARRY,
    zone: str = MARKET_ZONE,
    progress: Callable[[str, int], None] = lambda _step, _rows: None,
) -> pl.DataFrame:
    """What we say at the moments of the truth: series, at, verdict, claim_verdict, honest_pct."""
    observations, claims, truth = labelled.observations, labelled.claims, labelled.truth
    ids, timelines = _identified(observations, carry)
    series = ids.select("series", "offer_id")
    spans = fold(
        observations.join(series, on="series").select(
            pl.col("offer_id").alias("series"),
            pl.col("seen_at").alias("at"),
            "price_minor",
            "currency",
            "available",
        )
    )
    asked = truth.select("series", "at").unique().join(series, on="series")
    stated = claims_at(asked, claims).sort("at", "offer_id")
    found, judged = [], 0
    for (at,), part in stated.group_by("at", maintain_order=True):
        offers = part.select(
            "offer_id",
            pl.col("reference_minor").alias("ref_price_minor"),
            pl.col("kind").cast(REF_KIND).alias("ref_kind"),
            pl.col("percent").alias("claim_percent"),
        )
        own = spans.filter(pl.col("offer_id").is_in(part["offer_id"].implode()))
        verdicts = judge_spans(own, offers, timelines, _sighted(timelines), at=at, zone=zone)
        found.append(
            verdicts.select(
                "offer_id",
                pl.lit(at).cast(UTC_TIME).alias("at"),
                pl.col("verdict").cast(pl.String),
                pl.col("claim_verdict").cast(pl.String),
                "honest_pct",
            )
        )
        judged += part.height
        progress("judge", judged)
    if not found:
        return pl.DataFrame(schema=_TRUTH)
    return pl.concat(found).join(series, on="offer_id").drop("offer_id")


def _identified(
    observations: pl.DataFrame, carry: timedelta
) -> tuple[pl.DataFrame, dict[int, Timeline]]:
    """An offer id for each series; series observed at the same moments share one timeline."""
    moments = (
        observations.group_by("series")
        .agg(pl.col("seen_at").unique().sort().alias("moments"))
        .sort("series")
        .with_columns(digest=pl.col("moments").hash())
        .with_columns(source=pl.col("digest").rank("dense").cast(pl.Int64))
        .with_columns(offer_id=pl.col("source") * 2**32 + pl.int_range(pl.len()).over("source"))
    )
    micros = carry // timedelta(microseconds=1)
    shared = moments.unique("source")
    timelines = {
        source: timeline_of(shared["moments"][row].to_physical().to_numpy(), micros)
        for row, source in enumerate(shared["source"].to_list())
    }
    return moments, timelines


def _sighted(
    timelines: Mapping[int, Timeline],
) -> Callable[[NDArray[np.int64], Micros, Micros], NDArray[np.bool_]]:
    """Every reading of a series saw it, so any reading in the stretch is a sighting."""

    def ask(offers: NDArray[np.int64], start: Micros, end: Micros) -> NDArray[np.bool_]:
        answer = np.zeros(len(offers), dtype=np.bool_)
        sources = offers >> 32
        for source in np.unique(sources).tolist():  # one turn a timeline, not an offer
            mine = sources == source
            t = timelines[source].t
            answer[mine] = np.searchsorted(t, start[mine]) < np.searchsorted(t, end[mine])
        return answer

    return ask


def claims_at(asked: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """The claim that holds at each moment asked for.

    Where each claim is of such a moment, it is of that moment alone; else the newest before it.
    """
    if claims.join(asked, on=["series", "at"], how="anti").is_empty():
        return asked.join(
            claims.unique(["series", "at"], keep="last"), on=["series", "at"], how="left"
        )
    return asked.sort("at").join_asof(
        claims.sort("at"), on="at", by="series", strategy="backward", check_sortedness=False
    )


def _figures(truth: pl.Series, given: pl.Series) -> dict[str, ClassFigures]:
    figures = {}
    for name in sorted({*truth.unique().to_list(), *given.unique().to_list()}):
        of_it, said = truth == name, given == name
        hits, support, told = int((of_it & said).sum()), int(of_it.sum()), int(said.sum())
        precision = hits / told if told else 0.0
        recall = hits / support if support else 0.0
        f1 = 2 * hits / (support + told) if support + told else 0.0
        figures[name] = ClassFigures(precision, recall, f1, support, told)
    return figures


def _macro(classes: Mapping[str, ClassFigures]) -> float:
    present = [figures.f1 for figures in classes.values() if figures.support]
    return sum(present) / len(present) if present else 0.0
