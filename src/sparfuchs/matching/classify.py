"""Classify: which node of the tree an offer belongs to, how sure that is, and how it is known."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.matching.category_model import CategoryModel, Scores
from sparfuchs.matching.category_words import BRAND, TITLE, path_words, title_words
from sparfuchs.matching.taxonomy import UNKNOWN, Taxonomy, taxonomy

# A node is taken when it and all below it have this much of the probability. Not tuned.
SURE: Final = 0.5
# A path as sure as this is not left for another shelf because of a title's words. Not tuned.
CERTAIN: Final = 0.8
# Titles scored at once: a row of probabilities an offer and a label is held meanwhile.
_BLOCK: Final = 20_000
# Paths remembered before it begins anew: some 40 MB.
_MOST_PATHS: Final = 200_000


class How(StrEnum):
    """How an offer's category is known, the surest first."""

    HAND = "hand"  # an operator mapped the merchant's path
    STATED = "stated"  # the merchant states a code of the taxonomy
    PATH = "path"  # the merchant's own path says it
    TITLE = "title"  # path, title and maker together say it


HOWS: Final = tuple(How)
HOW: Final = pl.Enum([how.value for how in How])

# What classifying reads of an offer. `category_path` is a code or a path of the taxonomy, or the
# merchant's own; `product_type` the merchant's own.
DESCRIBED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "title": pl.String(),
    "brand": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
}
# What it gives: a named node of the tree and its probability, 0 to 1. Null: unknown.
CATEGORISED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "category_id": pl.Int32(),
    "confidence": pl.Float32(),
    "how": HOW,
}

Paths = dict[str, tuple[int, float]]


class Classifier:
    """Classifies offers; remembers the merchants' paths that it has seen."""

    def __init__(self, model: CategoryModel, tree: Taxonomy | None = None) -> None:
        self.model = model
        self.tree = tree or taxonomy()
        self._paths: Paths = {}

    def classify(self, offers: pl.DataFrame, hand: Mapping[str, int] | None = None) -> pl.DataFrame:
        """CATEGORISED of DESCRIBED rows of one source, in their order.

        `hand` has the nodes that an operator gave to paths of this source. A path that is enough by
        itself decides; else path, title and maker do together; what stays below SURE at every level
        of the tree is unknown.
        """
        rows = conform(offers, DESCRIBED).with_columns(path=merchants_path())
        by_path = self._by_path(rows["path"].drop_nulls().unique(), hand or {})
        code = pl.col("category_path").str.extract(r"^\s*(\d{1,8})\s*$").cast(pl.Int32)
        rows = (
            rows.with_columns(stated=code)
            .join(
                self.tree.named_frame.rename({"category_id": "stated_id"}),
                on="stated",
                how="left",
                maintain_order="left",
            )
            .join(by_path, on="path", how="left", maintain_order="left")
        )
        by_hand = pl.col("by_hand").fill_null(value=False)
        stated = pl.col("stated_id").is_not_null() & ~by_hand
        rows = rows.select(
            *DESCRIBED,
            "path",
            category_id=pl.when(stated).then("stated_id").otherwise("path_id"),
            confidence=pl.when(stated).then(1.0).otherwise("path_sure").cast(pl.Float32),
            how=pl.when(by_hand)
            .then(pl.lit(How.HAND))
            .when(stated)
            .then(pl.lit(How.STATED))
            .when(pl.col("path_id").is_not_null())
            .then(pl.lit(How.PATH))
            .cast(HOW),
            open=~by_hand & ~stated & ~pl.col("enough").fill_null(value=False),
        )
        unclear = rows.filter("open")
        if unclear.is_empty():
            return conform(rows, CATEGORISED)
        # Blocks of many rows, for memory.
        read = pl.concat([self._by_title(block) for block in unclear.iter_slices(_BLOCK)])
        return conform(
            rows.join(read, on="offer_id", how="left", maintain_order="left").with_columns(
                category_id=pl.coalesce("title_id", "category_id"),
                confidence=pl.when(pl.col("title_id").is_not_null())
                .then("title_sure")
                .otherwise("confidence"),
                how=pl.when(pl.col("title_id").is_not_null())
                .then(pl.lit(How.TITLE).cast(HOW))
                .otherwise("how"),
            ),
            CATEGORISED,
        )

    def _by_path(self, paths: pl.Series, hand: Mapping[str, int]) -> pl.DataFrame:
        """What each path says by itself; `enough` where no title could tell more."""
        fresh = pl.Series("path", [one for one in paths if one not in self._paths], pl.String)
        if len(fresh):
            if len(self._paths) + len(fresh) > _MOST_PATHS:
                self._paths.clear()
                fresh = paths.rename("path")
            chances = self.model.probabilities(path_words(fresh), len(fresh))
            codes, sure = placed(self.model, chances, self.tree)
            self._paths.update(
                zip(fresh.to_list(), zip(codes.tolist(), sure.tolist(), strict=True), strict=True)
            )
        said = [self._paths[path] for path in paths]
        frame = pl.DataFrame(
            {
                "path": paths,
                "path_id": pl.Series([code or None for code, _ in said], dtype=pl.Int32),
                "path_sure": pl.Series([sure or None for _, sure in said], dtype=pl.Float32),
                "hand_id": pl.Series([hand.get(path) for path in paths], dtype=pl.Int32),
            }
        )
        below = {node.parent for node in self.tree.nodes.values()}
        return frame.select(
            "path",
            path_id=pl.coalesce("hand_id", "path_id"),
            path_sure=pl.when(pl.col("hand_id").is_not_null()).then(1.0).otherwise("path_sure"),
            by_hand=pl.col("hand_id").is_not_null(),
            enough=(pl.col("path_sure") >= CERTAIN) & ~pl.col("path_id").is_in(below),
        )

    def _by_title(self, rows: pl.DataFrame) -> pl.DataFrame:
        words = pl.concat(
            [
                path_words(rows["path"]),
                title_words(rows["title"], TITLE),
                title_words(rows["brand"], BRAND),
            ]
        )
        chances = self.model.probabilities(words, rows.height)
        codes, sure = placed(self.model, chances, self.tree)
        held = rows["category_id"].fill_null(UNKNOWN).to_numpy()
        certain = (rows["confidence"].fill_null(0.0) >= CERTAIN).to_list()
        stays = np.array(
            [
                not firm or above in self.tree.line(code)
                for firm, above, code in zip(certain, held.tolist(), codes.tolist(), strict=True)
            ],
            dtype=bool,
        )
        found = pl.DataFrame(
            {
                "offer_id": rows["offer_id"],
                "title_id": pl.Series(codes, dtype=pl.Int32),
                "title_sure": pl.Series(sure, dtype=pl.Float32),
                "stays": stays,
            }
        )
        return found.filter(
            pl.col("stays") & (pl.col("title_id") != UNKNOWN) & (found["title_id"] != held)
        ).drop("stays")


def merchants_path() -> pl.Expr:
    """The merchant's own words for the shelf; a bare code is none."""
    words = pl.col("category_path").str.contains(r"[^\d\s]").fill_null(value=False)
    path = pl.coalesce("product_type", pl.when(words).then("category_path"))
    return pl.when(path.str.strip_chars() != "").then(path)


def placed(
    model: CategoryModel, chances: Scores, tree: Taxonomy | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The deepest node that has SURE of the probability with all below it, and how much it has;
    UNKNOWN and 0 where not even a topmost one has.
    """
    tree = tree or taxonomy()
    lines = [tree.line(int(label)) for label in model.labels]
    deepest = max(len(line) for line in lines)
    code = np.zeros(len(chances), dtype=np.int32)
    sure = np.zeros(len(chances), dtype=np.float32)
    for depth in range(deepest):
        nodes = sorted({line[depth] for line in lines if len(line) > depth})
        column = {node: place for place, node in enumerate(nodes)}
        inside = np.zeros((len(lines), len(nodes)), dtype=np.float32)
        for place, line in enumerate(lines):
            if len(line) > depth:
                inside[place, column[line[depth]]] = 1.0
        shares = chances @ inside
        best = shares.argmax(axis=1)
        share = shares[np.arange(len(shares)), best]
        taken = share >= SURE
        code[taken] = np.array(nodes, dtype=np.int32)[best[taken]]
        sure[taken] = share[taken]
    return code, sure
