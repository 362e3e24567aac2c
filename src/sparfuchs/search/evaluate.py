"""How well what is found answers what was asked: graded ratings against the engine as it stands.

Two shapes of a folder are read: products with ratings (`products.jsonl`: id, title, supplier, name,
ean, short_description; `ratings.csv`: query, docid, rating) and judged pairs (`judged.csv`:
product_uid, product_title, search_term, relevance); each file may end in `.gz`. Ratings are looked
at after the answers were given, never before: nothing is trained or tuned on them here.
"""

import gzip
import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.frames import conform
from sparfuchs.search.engines.plain import plain_search
from sparfuchs.search.engines.tantivy_engine import TantivyEngine
from sparfuchs.search.model import LISTING, MOST_HITS, Query

AT: Final = 10  # how far down people look; NDCG@10
_BLOCK: Final = 20_000

Progress = Callable[[str, int], None]
Search = Callable[[str], list[int]]


@dataclass(frozen=True)
class Judged:
    """Things to find and what people said of them.

    `products`: `doc` (i64, dense), `title`, `brand`, `mpn`, `gtin`, `more` (other text);
    `ratings`: by query, from doc to grade (0: bad).
    """

    products: pl.DataFrame
    ratings: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class SearchFigures:
    """Means over the queries for which something good is known; the others (`hopeless`) can tell
    nothing of an order. `judged` is the share of what was shown that anybody had judged: what
    nobody judged counts as bad, so a low share makes NDCG a lower bound; `condensed` is that of the
    judged ones alone, in the order shown (Sakai 2007), and says more where few were judged.
    Milliseconds are of the whole page with its facets. `plain_*` is the control.
    """

    queries: int
    hopeless: int
    products: int
    ndcg: float
    condensed: float
    judged: float
    found_nothing: int
    p50_ms: float
    p95_ms: float
    plain_ndcg: float
    plain_condensed: float
    plain_judged: float


def evaluate_search(
    folder: Path, *, progress: Progress = lambda _step, _rows: None
) -> SearchFigures:
    """Our engine, and beside it plain BM25 over all text with the same library.

    Raises NotFound for a folder of neither shape, UsageError for columns that are missing and where
    nothing was rated good.
    """
    everything = read_judged(folder)
    good = {query: told for query, told in everything.ratings.items() if max(told.values()) > 0}
    if not good:
        raise UsageError(f"Nothing in {folder} was rated good", path=str(folder))
    judged = Judged(everything.products, good)
    progress("products", judged.products.height)
    with _ours(judged.products) as search:
        ours = _asked(judged, search, progress)
    with plain_search(_all_text(judged.products), most=MOST_HITS) as search:
        plain = _asked(judged, search, progress)
    return SearchFigures(
        queries=len(good),
        hopeless=len(everything.ratings) - len(good),
        products=judged.products.height,
        ndcg=float(ours["ndcg"].mean()),
        condensed=float(ours["condensed"].mean()),
        judged=float(np.nanmean(ours["judged"])),
        found_nothing=int(np.isnan(ours["judged"]).sum()),
        p50_ms=float(np.percentile(ours["ms"], 50)),
        p95_ms=float(np.percentile(ours["ms"], 95)),
        plain_ndcg=float(plain["ndcg"].mean()),
        plain_condensed=float(plain["condensed"].mean()),
        plain_judged=float(np.nanmean(plain["judged"])),
    )


def ndcg(grades: list[float], ideal: list[float], at: int = AT) -> float:
    """Normalised discounted cumulative gain of the grades in the order shown.

    Gain 2^grade - 1, discount log2(1 + rank) (Burges et al. 2005); `ideal` are all grades known for
    the query. 0 where nothing good is known.
    """
    best = _dcg(sorted(ideal, reverse=True)[:at])
    return _dcg(grades[:at]) / best if best else 0.0


def _dcg(grades: list[float]) -> float:
    return float(sum((2**grade - 1) / np.log2(rank + 2) for rank, grade in enumerate(grades)))


def _asked(judged: Judged, search: Search, progress: Progress) -> dict[str, NDArray[np.float64]]:
    """By query: ndcg, condensed, judged (the share; not a number where nothing was found), ms."""
    rows = []
    for number, (query, ratings) in enumerate(judged.ratings.items(), 1):
        began = time.perf_counter()
        found = search(query)
        took = (time.perf_counter() - began) * 1000
        ideal = list(ratings.values())
        rows.append(
            (
                ndcg([ratings.get(one, 0.0) for one in found], ideal),
                ndcg([ratings[one] for one in found if one in ratings], ideal),
                float(np.mean([one in ratings for one in found[:AT]])) if found else np.nan,
                took,
            )
        )
        progress("queries", number)
    return dict(zip(("ndcg", "condensed", "judged", "ms"), np.array(rows).T, strict=True))


@contextmanager
def _ours(products: pl.DataFrame) -> Iterator[Search]:
    with TemporaryDirectory(prefix="evaluate-") as folder:
        engine = TantivyEngine(Path(folder))
        rows = products.select(
            pl.col("doc").alias("offer_id"),
            "title",
            "brand",
            "mpn",
            "gtin",
            text="more",
            price_minor=pl.lit(0, dtype=pl.Int64),
            currency=pl.lit("EUR"),
            available=pl.lit(value=True),
        )
        with engine.renewing() as index:
            for start in range(0, rows.height, _BLOCK):
                index.add(conform(rows.slice(start, _BLOCK), LISTING))
        try:
            yield lambda query: list(engine.search(Query(text=query, limit=MOST_HITS)).hits)
        finally:
            engine.close()


def _all_text(products: pl.DataFrame) -> pl.DataFrame:
    text = pl.concat_str("title", "brand", "mpn", "more", separator=" ", ignore_nulls=True)
    return products.select("doc", text.alias("text"))


# --- folders ------------------------------------------------------------------------------------


def read_judged(folder: Path) -> Judged:
    """A folder of either shape. Raises NotFound and UsageError."""
    products, ratings = _one_of(folder, "products.jsonl"), _one_of(folder, "ratings.csv")
    if products is not None and ratings is not None:
        return _rated(products, ratings)
    pairs = _one_of(folder, "judged.csv")
    if pairs is not None:
        return _paired(pairs)
    raise NotFound(
        f"{folder} holds neither products.jsonl with ratings.csv nor judged.csv", path=str(folder)
    )


def _one_of(folder: Path, name: str) -> bytes | None:
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        return plain.read_bytes()
    return gzip.decompress(packed.read_bytes()) if packed.is_file() else None


def _rated(products: bytes, ratings: bytes) -> Judged:
    rows = pl.read_ndjson(io.BytesIO(products), infer_schema_length=None)
    _want(rows, "products.jsonl", ("id", "title"))
    number = pl.col("ean").list.first() if "ean" in rows.columns else pl.lit(None, pl.String)
    docs = rows.select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("doc"),
        pl.col("id").cast(pl.String),
        pl.col("title").cast(pl.String),
        _text(rows, "supplier").alias("brand"),
        _text(rows, "name").alias("mpn"),
        number.cast(pl.String).alias("gtin"),
        _text(rows, "short_description").alias("more"),
    )
    told = pl.read_csv(io.BytesIO(ratings), schema_overrides={"docid": pl.String})
    _want(told, "ratings.csv", ("query", "docid", "rating"))
    return Judged(docs, _by_query(told.rename({"docid": "id"}).join(docs, on="id"), "rating"))


def _paired(pairs: bytes) -> Judged:
    told = pl.read_csv(io.BytesIO(pairs), schema_overrides={"product_uid": pl.String})
    _want(told, "judged.csv", ("product_uid", "product_title", "search_term", "relevance"))
    docs = (
        told.select(id="product_uid", title="product_title")
        .unique("id", maintain_order=True)
        .with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("doc"),
            *(pl.lit(None, pl.String).alias(name) for name in ("brand", "mpn", "gtin", "more")),
        )
    )
    # Judges gave 1 to what does not fit at all: grades begin at 0.
    graded = told.select(
        query="search_term", id="product_uid", rating=pl.col("relevance").cast(pl.Float64) - 1
    )
    return Judged(docs, _by_query(graded.join(docs, on="id"), "rating"))


def _text(rows: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in rows.columns else pl.lit(None, pl.String)


def _by_query(rows: pl.DataFrame, grade: str) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    told = rows.select("query", "doc", pl.col(grade).cast(pl.Float64))
    for query, doc, value in told.iter_rows():  # asked one by one
        found.setdefault(query, {})[doc] = value
    return found


def _want(rows: pl.DataFrame, name: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in rows.columns]
    if missing:
        raise UsageError(f"{name} has no column {missing[0]}", file=name, column=missing[0])
