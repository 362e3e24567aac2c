"""Teach: from the tree's own words and examples with known codes to a model of categories."""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema
from sparfuchs.matching.category_model import Learned, learn
from sparfuchs.matching.category_words import BRAND, TITLE, path_words, title_words
from sparfuchs.matching.taxonomy import Taxonomy, taxonomy

# An offer whose code is known: stated by its merchant, or true by construction.
EXAMPLE: Final[Schema] = {
    "path": pl.String(),
    "title": pl.String(),
    "brand": pl.String(),
    "code": pl.Int32(),
}


def teach(examples: pl.DataFrame, *, version: str, tree: Taxonomy | None = None) -> Learned:
    """A model from the names and words of the tree and from EXAMPLE rows.

    Each example teaches twice: by its path alone, and by its title and maker alone. Codes that are
    none of the taxonomy are left out. Examples beyond some thousands should be thinned before.
    """
    tree = tree or taxonomy()
    named = {code: tree.named(code) for code in examples["code"].unique().to_list()}
    known = examples.with_columns(
        code=pl.col("code").replace_strict(named, return_dtype=pl.Int32)
    ).drop_nulls("code")
    paths = known.select("path", "code").drop_nulls().unique(maintain_order=True)
    titles = known.select("title", "brand", "code").drop_nulls("title").unique(maintain_order=True)
    words = pl.DataFrame(
        [
            (said, node.code)
            for node in tree.nodes.values()
            for said in dict.fromkeys((node.de, node.en, *node.words))
        ],
        schema={"path": pl.String(), "code": pl.Int32()},
        orient="row",
    )
    whole = pl.DataFrame(
        [
            (path, code)
            for code in tree.nodes
            for language in ("de", "en")
            if (path := tree.path(code, language)) is not None
        ],
        schema=words.schema,
        orient="row",
    )
    said = pl.concat([words, whole, paths])
    start = said.height
    taught = pl.concat(
        [
            path_words(said["path"]),
            title_words(titles["title"], TITLE).with_columns(pl.col("text") + start),
            title_words(titles["brand"], BRAND).with_columns(pl.col("text") + start),
        ]
    )
    labels = [str(code) for code in [*said["code"], *titles["code"]]]
    return learn(taught, labels, version=version)
