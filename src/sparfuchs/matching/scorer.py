"""The scorer: trees that say how likely a pair is a match, kept as text.

Two stages. The first knows the pair alone; the second knows as well what the first says of the
pair's rivals. Where there are no rivals (a bare list of pairs) the first speaks alone.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import polars as pl

from sparfuchs.kernel.errors import StoreUnavailable, UsageError
from sparfuchs.matching.calibrate import Calibration
from sparfuchs.matching.compare import compare
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.rivals import Probabilities, mirrored, standing
from sparfuchs.matching.sparse import Ints
from sparfuchs.matching.telling_words import FEATURE, TellingWords, design

FORM: Final = 1  # of the file

# One thread: with other work on the machine LightGBM's own threads wait for each other, and the
# same seed gives the same trees.
_THREADS: Final = 1


@dataclass(frozen=True)
class Thresholds:
    """Above `automatic` a pair is linked, above `review` a person is asked."""

    match: float = 0.5  # best F1, for figures
    automatic: float = 0.99
    review: float = 0.3


@dataclass(frozen=True)
class Stage:
    """Several forests over the same features, and what their mean score means."""

    features: tuple[str, ...]
    forests: tuple[Any, ...]  # lightgbm.Booster, untyped
    calibration: Calibration = field(default_factory=Calibration)
    thresholds: Thresholds = field(default_factory=Thresholds)

    def raw(self, features: pl.DataFrame) -> Probabilities:
        """The mean score of each row before calibration; absent features count as unknown."""
        columns = [
            pl.col(name) if name in features.columns else pl.lit(np.nan).alias(name)
            for name in self.features
        ]
        table = features.select(columns).to_numpy()
        if not len(table):
            return np.empty(0)
        said = [np.asarray(one.predict(table, num_threads=_THREADS)) for one in self.forests]
        made: Probabilities = np.mean(said, axis=0)
        return made

    def probabilities(self, features: pl.DataFrame) -> Probabilities:
        return self.calibration.apply(self.raw(features))


@dataclass(frozen=True)
class Scorer:
    """`version` names the file; scores of different versions are not comparable."""

    version: str
    alone: Stage
    among: Stage | None = None
    words: TellingWords | None = None

    def compare(self, left: Corpus, right: Corpus, rows: Ints, others: Ints) -> pl.DataFrame:
        """The features that `score` wants of each pair, `rows[i]` beside `others[i]`."""
        features = compare(left, right, rows, others)
        if self.words is None:
            return features
        said = self.words.say(design(left, right, rows, others))
        return features.with_columns(pl.Series(FEATURE, said))

    def score(
        self, features: pl.DataFrame, pairs: pl.DataFrame | None = None
    ) -> tuple[Probabilities, Thresholds]:
        """The probability of each pair, and the thresholds that go with it.

        `pairs` (left, right, score; the rows of `features`; both sides rows of one corpus) must
        hold all candidates of the offers that occur in it, for they are each other's rivals;
        without it each pair stands alone.
        """
        if pairs is None:
            return self.alone.probabilities(features), self.alone.thresholds
        said, _, thresholds = self.judge(features, pairs)
        return said, thresholds

    def judge(
        self, features: pl.DataFrame, pairs: pl.DataFrame, beside: pl.DataFrame | None = None
    ) -> tuple[Probabilities, Probabilities, Thresholds]:
        """As `score` does among rivals; gives also what the first stage says of each pair.

        `beside` (left, right, score, value of the first stage; each pair once) are candidates that
        were judged before and are rivals all the same.
        """
        first = self.alone.raw(features)
        if self.among is None:
            return self.alone.calibration.apply(first), first, self.alone.thresholds
        asked = pairs.select("left", "right", "score", value=pl.Series(first))
        known = asked if beside is None else pl.concat([asked, beside.select(asked.columns)])
        wider = with_rivals(features, asked, mirrored(known))
        return self.among.probabilities(wider), first, self.among.thresholds

    def to_text(self) -> str:
        stages = {"alone": self.alone, "among": self.among}
        return json.dumps(
            {
                "form": FORM,
                "version": self.version,
                "words": None if self.words is None else vars(self.words),
                "stages": {
                    name: {
                        "features": stage.features,
                        "calibration": vars(stage.calibration),
                        "thresholds": vars(stage.thresholds),
                        "forests": [
                            one.model_to_string(importance_type="gain").split("\n")
                            for one in stage.forests
                        ],
                    }
                    for name, stage in stages.items()
                    if stage is not None
                },
            },
            indent=0,
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises UsageError for a file of another form."""
        try:
            told = json.loads(text)
            if told["form"] != FORM:
                raise UsageError(f"a model of form {told['form']}, this program reads {FORM}")
            stages = {name: _stage(stage) for name, stage in told["stages"].items()}
            words = None if told["words"] is None else TellingWords(**told["words"])
            return cls(told["version"], stages["alone"], stages.get("among"), words)
        except (ValueError, KeyError, TypeError, trees().basic.LightGBMError) as error:
            raise UsageError(f"not a model of matching: {error}") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises UsageError for a file that cannot be read or is none of ours."""
        try:
            return cls.from_text(path.read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", path=str(path)) from error


def trees() -> Any:
    """LightGBM, loaded by those who need it: half a second, and a library of the system.

    Raises StoreUnavailable where that is not installed.
    """
    try:
        import lightgbm  # noqa: PLC0415 - most commands do without it
    except OSError as error:
        raise StoreUnavailable(
            f"matching needs LightGBM, and that the system's libgomp.so.1: {error}"
        ) from error
    return lightgbm


def _stage(told: dict[str, Any]) -> Stage:
    return Stage(
        tuple(told["features"]),
        tuple(trees().Booster(model_str="\n".join(lines)) for lines in told["forests"]),
        Calibration(**told["calibration"]),
        Thresholds(**told["thresholds"]),
    )


def with_rivals(features: pl.DataFrame, asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Features, with how each pair stands by the search's score and by what the first stage says.

    `asked` has left, right, score (of the search), value (of the first stage) for each row of
    `features`; `known` the same of all candidates of the offers in it.
    """
    by_search = standing(_valued(asked, "score"), _valued(known, "score"), "found")
    by_stage = standing(_valued(asked, "value"), _valued(known, "value"), "likely", odds=True)
    return features.hstack(by_search).hstack(by_stage)


def _valued(pairs: pl.DataFrame, name: str) -> pl.DataFrame:
    return pairs.select("left", "right", value=pl.col(name).cast(pl.Float64))


def shipped() -> Scorer:
    """The model that comes with the program, trained on the simulated market alone."""
    return Scorer.load(Path(__file__).parent / "shipped" / "model.json")
