"""Vary: the offers of the simulated market as other merchants might have stated them.

The market states part numbers and GTINs nearly everywhere; a model trained on it as it is would
believe in nothing else. So columns fall away and titles are written in other ways, by rules that
never change which product is meant.
"""

from typing import Final

import numpy as np
import polars as pl

# How often each is left out; together most varied offers have to be known by their words.
_ABSENT: Final = {
    "gtin14": 0.7, "mpn": 0.8, "brand": 0.5, "description": 0.5, "url": 1.0,
}  # fmt: skip
_ENGLISH: Final = {
    "Schwarz": "Black", "Weiß": "White", "Grau": "Grey", "Blau": "Blue", "Rot": "Red",
    "Grün": "Green", "Anthrazit": "Anthracite", "Türkis": "Turquoise", "Zoll": "inch",
    "Kopfhörer": "Headphones", "Lautsprecher": "Speaker", "Fernseher": "TV",
}  # fmt: skip
_BEFORE: Final = ("", "", "", "", "Neu! ", "Angebot: ", "SALE ", "Original ")
_BEHIND: Final = (
    "", "", "", "", "", " - jetzt günstig kaufen", " | Online-Shop", " versandkostenfrei",
    " inkl. Zubehör", " (Bulk)", " mit 2 Jahren Garantie", " Preisvergleich",
)  # fmt: skip


def vary(offers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same rows with columns left out and titles rewritten."""
    drawn = np.random.default_rng(seed)

    def one_in(share: float) -> pl.Series:
        return pl.Series(drawn.random(offers.height) < share)

    def some(of: tuple[str, ...]) -> pl.Series:
        return pl.Series(of).gather(drawn.integers(len(of), size=offers.height))

    title = pl.col("title")
    letters_and_digits = r"\b([A-Z]{2})-?(\d{3})\b"
    words = title.str.split(" ")
    rewritten = offers.with_columns(
        title=pl.when(one_in(0.3))
        .then(title.str.replace(letters_and_digits, "${1} ${2}"))
        .when(one_in(0.3))
        .then(title.str.replace(letters_and_digits, "${1}${2}"))
        .otherwise(title)
    )
    rewritten = rewritten.with_columns(
        title=pl.when(one_in(0.2))
        .then(words.list.sample(fraction=1.0, shuffle=True, seed=seed).list.join(" "))
        .otherwise(title)
    )
    rewritten = rewritten.with_columns(
        title=pl.when(one_in(0.25))
        .then(title.str.replace_many(list(_ENGLISH), list(_ENGLISH.values())))
        .when(one_in(0.15))
        .then(title.str.to_lowercase())
        .otherwise(title)
    )
    # The stated colour and size stand in the market's titles as well.
    silent = one_in(0.7)
    return rewritten.with_columns(
        pl.concat_str([some(_BEFORE), title, some(_BEHIND)]).alias("title"),
        *(
            pl.when(~one_in(share)).then(pl.col(name)).alias(name)
            for name, share in _ABSENT.items()
        ),
        *(pl.when(~silent).then(pl.col(name)).alias(name) for name in ("colour", "size")),
    )


def rebranded(offers: pl.DataFrame) -> pl.DataFrame:
    """The same rows under brands unheard of: each name backwards, wherever it stands."""
    names = offers["brand"].drop_nulls().unique().sort()
    others = {name: name[::-1].capitalize() for name in names.to_list()}
    # Longer names first: one may begin as another does.
    old = sorted(others, key=len, reverse=True)
    new = [others[name] for name in old]
    return offers.with_columns(
        pl.col("brand").replace(others),
        *(
            pl.col(name).str.replace_many(old, new, leftmost=True)
            for name in ("title", "description")
        ),
    )


def repriced(offers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same rows, each at a price of its own between half and twice what it was."""
    factor = 2.0 ** np.random.default_rng(seed).uniform(-1, 1, offers.height)
    changed = (pl.col("price_minor") * pl.Series(factor)).round().cast(pl.Int64)
    return offers.with_columns(price_minor=changed)
