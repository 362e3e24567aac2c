"""Read labelled: folders of pairs with the truth, in the two shapes in which they are published.

- two tables and pairs: `tableA.csv`, `tableB.csv` (id, a title or name, and what else there is),
  `train.csv`, `valid.csv`, `test.csv` (ltable_id, rtable_id, label)
- two titles and a label: `train.csv`, `valid.csv`, `test.csv` (title_left, title_right, label)

Where there is no `test.csv`, `valid.csv` is judged on and a part of `train.csv` tunes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.frames import conform
from sparfuchs.matching.learn import products_of
from sparfuchs.matching.model import OFFERED

# Names of columns in published tables -> ours.
_NAMES: Final = {
    "name": "title",
    "manufacturer": "brand",
    "pricecurrency": "currency",
    "gtin": "gtin14",
    "modelno": "mpn",
}
_SPLITS: Final = ("train", "valid", "test")
_TUNED: Final = 0.2  # of the products of train, where there is no test


@dataclass(frozen=True)
class Labelled:
    """OFFERED rows of both sides, and pairs (left, right, label) by their rows."""

    name: str
    left: pl.DataFrame
    right: pl.DataFrame
    train: pl.DataFrame
    tune: pl.DataFrame
    test: pl.DataFrame
    own_tuning: bool  # whether tune was made for the same kind of pairs as test
    tables: bool  # whether the sides are tables to be searched, or bare pairs


def read_labelled(folder: Path) -> Labelled:
    """Raises NotFound for a folder or file that is not there, UsageError for another shape."""
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder", path=str(folder))
    tables = (folder / "tableA.csv").exists()
    splits = {
        name: _csv(folder / f"{name}.csv")
        for name in _SPLITS
        if name == "train" or (folder / f"{name}.csv").exists()
    }
    if "valid" not in splits:
        raise NotFound(f"{folder / 'valid.csv'} is not there", path=str(folder))
    read = _tables(folder, splits) if tables else _titles(splits)
    left, right, pairs = read
    if "test" in pairs:
        train, tune, test = (pairs[name] for name in _SPLITS)
        own_tuning = True
    else:
        train, tune = _parted(pairs["train"], left.height, right.height)
        test, own_tuning = pairs["valid"], False
    return Labelled(folder.name, left, right, train, tune, test, own_tuning, tables)


def _csv(path: Path) -> pl.DataFrame:
    if not path.exists():
        raise NotFound(f"{path} is not there", path=str(path))
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"{path} is no CSV: {error}", path=str(path)) from error
    return frame.rename({name: name.strip().lower() for name in frame.columns})


def _wanting(frame: pl.DataFrame, *names: str) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise UsageError(f"columns {', '.join(missing)} are missing", columns=frame.columns)


def _tables(
    folder: Path, splits: dict[str, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, pl.DataFrame]]:
    sides = [_csv(folder / name) for name in ("tableA.csv", "tableB.csv")]
    for side in sides:
        _wanting(side, "id")
    ids = [side["id"] for side in sides]
    places = [
        pl.DataFrame({"id": one, "row": np.arange(len(one), dtype=np.uint32)}).unique(
            "id", keep="first"
        )
        for one in ids
    ]
    pairs = {}
    for name, split in splits.items():
        _wanting(split, "ltable_id", "rtable_id", "label")
        found = (
            split.join(
                places[0], left_on="ltable_id", right_on="id", how="left", maintain_order="left"
            )
            .rename({"row": "left"})
            .join(places[1], left_on="rtable_id", right_on="id", how="left", maintain_order="left")
            .select("left", right="row", label=pl.col("label").cast(pl.Int64, strict=False))
        )
        if found.null_count().sum_horizontal().item():
            raise UsageError(f"{name}.csv names offers that are in no table, or labels not 0 or 1")
        pairs[name] = found
    return _offered(sides[0]), _offered(sides[1]), pairs


def _titles(
    splits: dict[str, pl.DataFrame],
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, pl.DataFrame]]:
    pairs, start = {}, 0
    for name, split in splits.items():
        _wanting(split, "title_left", "title_right", "label")
        row = pl.int_range(start, start + split.height, dtype=pl.UInt32)
        pairs[name] = split.select(
            left=row, right=row, label=pl.col("label").cast(pl.Int64, strict=False)
        )
        start += split.height
    whole = pl.concat([split.select("title_left", "title_right") for split in splits.values()])
    sides = [whole.select(title=name) for name in ("title_left", "title_right")]
    return _offered(sides[0]), _offered(sides[1]), pairs


def _offered(table: pl.DataFrame) -> pl.DataFrame:
    """OFFERED; prices as found on pages are read for what they mostly mean."""
    named = table.rename({old: new for old, new in _NAMES.items() if old in table.columns})
    _wanting(named, "title")
    if "price" in named.columns:
        named = named.with_columns(price_minor=_minor(pl.col("price")))
    if "gtin14" in named.columns:
        named = named.with_columns(pl.col("gtin14").str.zfill(14))
    offers = named.drop("offer", strict=False).with_row_index("offer")
    return conform(offers.drop("condition", strict=False), OFFERED)


def _minor(price: pl.Expr) -> pl.Expr:
    """`1.299,00`, `$1,299.00` and `21990` in hundredths: a mark before two digits is a decimal."""
    number = price.str.extract(r"(\d[\d.,]*)")
    parted = number.str.contains(r"[.,]\d{1,2}$")
    digits = number.str.replace_all(r"[.,]", "")
    decimals = pl.when(parted).then(number.str.extract(r"[.,](\d{1,2})$").str.len_bytes())
    factor = pl.lit(10.0).pow(2 - decimals.fill_null(0).cast(pl.Int32))
    return (digits.cast(pl.Float64, strict=False) * factor).round().cast(pl.Int64, strict=False)


def _parted(
    pairs: pl.DataFrame, height: int, other_height: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Train and tune, no product in both: else the tuning pairs would be known by heart."""
    ours, theirs = products_of(pairs, height, other_height)
    numbers = np.maximum(ours.max(initial=0), theirs.max(initial=0)) + 1
    held = np.random.default_rng(7).random(numbers) < _TUNED
    left, right = (held[ours[pairs["left"].to_numpy()]], held[theirs[pairs["right"].to_numpy()]])
    # A pair goes with its left product; a right one that was learnt from is no tuning pair's match.
    return pairs.filter(pl.Series(~left & ~right)), pairs.filter(pl.Series(left))
