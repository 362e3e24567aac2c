"""The embedded search engine: tantivy on disk, one folder a generation, a pointer to the present.

A page in an order of its own is asked by a packed key: the order's value in the upper bits, bits of
a hash of the id in the lower ones. So every order is total, and "after this one" is a range.
"""

import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import polars as pl
import tantivy
from numpy.typing import NDArray

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.kernel.frames import conform
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.search import cursor
from sparfuchs.search.cursor import Place
from sparfuchs.search.errors import no_index
from sparfuchs.search.model import (
    DISCOUNT_BANDS,
    FACETS,
    LISTING,
    MOST_VALUES,
    PRICE_BANDS,
    FacetValue,
    Page,
    Query,
    Sort,
    Total,
)
from sparfuchs.search.understand import spelled, words

log = get_logger(__name__)

# A change of what is indexed is another version: an index of another one is no index.
VERSION: Final = 1
_WORDS: Final = "german_words"
_HEAP: Final = 64_000_000
_BULK_HEAP: Final = 256_000_000
_LOW_BITS: Final = 28
_LOW_MASK: Final = (1 << _LOW_BITS) - 1
_HIGHEST: Final = (1 << 34) - 1  # what fits above the low bits and below the sign
_DELETED_AT_ONCE: Final = 10_000
_TRIES: Final = 200  # ten seconds
_PATIENCE: Final = 0.05
_PAGES_KEPT: Final = 5_000  # about 3 kB each

# Orders by a packed key, and whether the highest key comes first.
_ORDERS: Final = {
    Sort.DISCOUNT: ("by_discount", True),
    Sort.PRICE: ("by_price", False),
    Sort.POPULAR: ("by_popular", True),
    Sort.NEWEST: ("by_new", True),
    Sort.ENDING_SOON: ("by_end", False),
}
# How much a word counts by where it stands, and how much a phrase is worth on top.
_BOOSTS: Final = {"title": 3.0, "brand": 2.0, "shelf": 1.0}
_TIE: Final = 0.1
_PHRASE: Final = 2.0
_TERMS: Final = {"category": "category", "merchant": "merchant", "verdict": "verdict"}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "source"):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in _BOOSTS:
        builder.add_text_field(name, tokenizer_name=_WORDS, index_option="position")
    builder.add_text_field("number", tokenizer_name="raw", index_option="basic")
    for name in ("category", "merchant", "verdict", "maker"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("price", "discount", "deal", *(field for field, _ in _ORDERS.values())):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.stemmer("german"))
        .build()
    )


def documents(listings: pl.DataFrame) -> list[str]:
    """LISTING rows as the engine's documents, each a JSON text."""
    rows = conform(listings, LISTING)
    low = pl.Series((_mixed(rows["offer_id"].to_numpy()) & np.uint64(_LOW_MASK)).astype(np.int64))

    def key(value: pl.Expr) -> pl.Expr:
        clipped = value.cast(pl.Int64).fill_null(0).clip(0, _HIGHEST)
        return clipped * (1 << _LOW_BITS) + low

    percent = pl.col("honest_pct").fill_null(0)
    deal = pl.col("deal").fill_null(value=False)
    vouched = pl.col("vouched").fill_null(value=False) & deal
    stars = (pl.col("stars").fill_null(0.0) * 100).round()
    minutes = pl.col("valid_to").to_physical() // 60_000_000
    shelf = pl.col("category").list.last()
    return (
        rows.select(
            pl.struct(
                pl.col("offer_id").alias("id"),
                (pl.col("offer_id") // 2**32).alias("source"),
                spelled(pl.col("title")).alias("title"),
                spelled(pl.col("brand")).alias("brand"),
                spelled(shelf).alias("shelf"),
                pl.concat_list(
                    pl.col("gtin").str.strip_chars_start("0").fill_null(""),
                    spelled(pl.col("mpn")).str.replace_all(" ", "", literal=True),
                ).alias("number"),
                pl.col("category").fill_null([]),
                pl.col("merchant").fill_null(""),
                pl.col("verdict").fill_null(""),
                pl.col("brand").fill_null("").alias("maker"),
                pl.col("price_minor").fill_null(-1).alias("price"),
                percent.cast(pl.Int64).alias("discount"),
                deal.cast(pl.Int64).alias("deal"),
                # Vouched for first, then other deals, then the rest, each by its percentage.
                key(vouched.cast(pl.Int64) * 2000 + deal.cast(pl.Int64) * 1000 + percent).alias(
                    "by_discount"
                ),
                key(pl.col("price_minor").fill_null(_HIGHEST)).alias("by_price"),
                key(
                    pl.col("merchants").fill_null(1).cast(pl.Int64) * 100_000
                    + stars.cast(pl.Int64) * 101
                    + pl.col("rating").fill_null(0).cast(pl.Int64)
                ).alias("by_popular"),
                key(pl.col("new_at").to_physical() // 1_000_000).alias("by_new"),
                key(minutes.fill_null(_HIGHEST)).alias("by_end"),
            ).struct.json_encode()
        )
        .to_series()
        .to_list()
    )


def _mixed(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Bits that tell neighbours apart (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        keys = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return keys ^ (keys >> np.uint64(27))


class _Reader:
    """One generation, opened for reading, with the analyzer that queries go through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = tantivy.Index.open(str(folder))
        self.analyzer = _analyzer()
        self.index.register_tokenizer(_WORDS, self.analyzer)
        self.index.config_reader("manual")
        self.stamp = -1
        self.refresh()

    def refresh(self) -> None:
        """Sees the newest commit, of whatever process."""
        stamp = (self.folder / "meta.json").stat().st_mtime_ns
        if stamp != self.stamp:
            self.index.reload()
            self.stamp = stamp
        self.searcher = self.index.searcher()

    @property
    def schema(self) -> tantivy.Schema:
        return self.index.schema


class TantivyEngine:
    """The engine of one installation, in a folder of its own. Safe to be asked from threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = threading.Lock()
        self._open: _Reader | None = None
        # What was asked of just this commit before; queries repeat far more than they differ.
        self._pages: OrderedDict[tuple[str, int, Query], Page] = OrderedDict()

    # --- asking ---------------------------------------------------------------------------------

    def search(self, query: Query) -> Page:
        reader = self._reader()
        if reader is None:
            raise no_index()
        key = (reader.folder.name, reader.stamp, query)
        with self._own:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
                return page
        page = _Asking(reader, query).page()
        with self._own:
            self._pages[key] = page
            while len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        return page

    def exists(self) -> bool:
        return self._present() is not None

    def count(self) -> int:
        reader = self._reader()
        return 0 if reader is None else int(reader.searcher.num_docs)

    def size(self) -> int:
        present = self._present()
        if present is None:
            return 0
        total = 0
        for path in present.iterdir():
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # merged away since the folder was listed
                continue
        return total

    def close(self) -> None:
        with self._own:
            self._open = None

    # --- writing --------------------------------------------------------------------------------

    def apply(self, upserts: pl.DataFrame, deletes: NDArray[np.int64]) -> None:
        gone = np.concatenate([upserts["offer_id"].to_numpy().astype(np.int64), deletes])
        with self._writing() as (writer, schema):
            for start in range(0, len(gone), _DELETED_AT_ONCE):
                part = gone[start : start + _DELETED_AT_ONCE].tolist()
                writer.delete_documents_by_query(tantivy.Query.term_set_query(schema, "id", part))
            for document in documents(upserts):
                writer.add_json(document)
            writer.commit()

    def forget(self, source: int) -> None:
        with self._writing() as (writer, schema):
            writer.delete_documents_by_query(tantivy.Query.term_query(schema, "source", source))
            writer.commit()

    @contextmanager
    def renewing(self) -> Iterator["_Renewal"]:
        name = f"v{VERSION}-{uuid4().hex[:12]}"
        folder = self._folder / name
        folder.mkdir(parents=True)
        try:
            renewal = _Renewal(folder)
            yield renewal
            renewal.finish()
            self._point(name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._clear(name)

    @contextmanager
    def _writing(self) -> Iterator[tuple[tantivy.IndexWriter, tantivy.Schema]]:
        present = self._present()
        if present is None:
            raise no_index()
        index = tantivy.Index.open(str(present))
        index.register_tokenizer(_WORDS, _analyzer())
        for attempt in range(_TRIES):
            try:
                writer = index.writer(heap_size=_HEAP, num_threads=1)
                break
            except ValueError as error:  # whoever writes holds a lock for the while of a commit
                if attempt == _TRIES - 1:
                    raise StoreUnavailable(
                        f"Another process writes the search index: {error}", index=str(present)
                    ) from error
                time.sleep(_PATIENCE)
        with writer:
            yield writer, index.schema

    # --- generations ----------------------------------------------------------------------------

    @property
    def _pointer(self) -> Path:
        return self._folder / "current"

    def _present(self) -> Path | None:
        """The folder of the generation that answers; None when there is none of this version."""
        try:
            name = self._pointer.read_text().strip()
        except FileNotFoundError:
            return None
        folder = self._folder / name
        if not name.startswith(f"v{VERSION}-") or not (folder / "meta.json").exists():
            return None
        return folder

    def _point(self, name: str) -> None:
        """From now on this generation answers, in whatever process."""
        fresh = self._folder / f"current-{uuid4().hex[:8]}"
        with fresh.open("w") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._pointer)

    def _clear(self, present: str) -> None:
        """Older generations go; a reader that still has one open keeps what it sees."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name != present:
                shutil.rmtree(folder, ignore_errors=True)

    def _reader(self) -> _Reader | None:
        present = self._present()
        with self._own:
            if present is None:
                self._open = None
            elif self._open is None or self._open.folder != present:
                self._open = _Reader(present)
            else:
                self._open.refresh()
            return self._open


class _Renewal:
    """A generation in the making."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = tantivy.Index(_schema(), str(folder))
        self._index.register_tokenizer(_WORDS, _analyzer())
        self._writer = self._index.writer(heap_size=_BULK_HEAP, num_threads=2)

    def add(self, listings: pl.DataFrame) -> None:
        for document in documents(listings):
            self._writer.add_json(document)

    def finish(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


_Clause = tuple[tantivy.Occur, tantivy.Query]


class _Asking:
    """One query while it is answered."""

    def __init__(self, reader: _Reader, query: Query) -> None:
        self.reader = reader
        self.searcher = reader.searcher
        self.schema = reader.schema
        self.query = query
        self.filters = self._filters()

    def page(self) -> Page:
        query, place = self.query, cursor.read(self.query)
        asked = self._matching(all_words=True)
        total = self._count(asked)
        if not total and len(words(query.text)) > 1:
            asked = self._matching(all_words=False)
            total = self._count(asked)
        order = _ORDERS.get(query.sort)
        if order is None and not words(query.text):
            order = _ORDERS[Sort.DISCOUNT]  # without words nothing is more relevant than a deal
        hits, following = (
            self._by_score(asked, place)
            if order is None
            else self._by_key(asked, place, order[0], highest_first=order[1])
        )
        return Page(
            hits=tuple(hits),
            total=Total(total),
            facets=self._facets(asked) if query.facets else {},
            next_cursor=None if following is None else cursor.write(query, following),
            generation=self.reader.folder.name,
        )

    # --- what matches ---------------------------------------------------------------------------

    def _matching(self, *, all_words: bool, without: str | None = None) -> tantivy.Query:
        must: list[_Clause] = [
            (tantivy.Occur.Must, clause)
            for name, clauses in self.filters.items()
            if name != without
            for clause in clauses
        ]
        text = self._text(all_words=all_words)
        if text is not None:
            must.append((tantivy.Occur.Must, text))
        if self.query.not_merchants:
            must.append((tantivy.Occur.MustNot, self._terms("merchant", self.query.not_merchants)))
            if len(must) == 1:
                must.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(must) if must else tantivy.Query.all_query()

    def _text(self, *, all_words: bool) -> tantivy.Query | None:
        said = words(self.query.text)
        if not said:
            return None
        stems = [stem for word in said for stem in self.reader.analyzer.analyze(word)]
        occur = tantivy.Occur.Must if all_words else tantivy.Occur.Should
        anywhere = tantivy.Query.boolean_query([(occur, self._word(stem)) for stem in stems])
        ways: list[_Clause] = [(tantivy.Occur.Should, anywhere)]
        if len(stems) > 1:
            phrase = tantivy.Query.phrase_query(self.schema, "title", list(stems))
            ways.append((tantivy.Occur.Should, tantivy.Query.boost_query(phrase, _PHRASE)))
        # A number of the maker or of the world is the thing itself, however it is parted.
        number = tantivy.Query.term_query(self.schema, "number", "".join(said).lstrip("0"))
        ways.append((tantivy.Occur.Should, tantivy.Query.boost_query(number, 10.0)))
        return tantivy.Query.boolean_query(ways)

    def _word(self, stem: str) -> tantivy.Query:
        return tantivy.Query.disjunction_max_query(
            [
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self.schema, name, stem, "freq"), boost
                )
                for name, boost in _BOOSTS.items()
            ],
            _TIE,
        )

    def _filters(self) -> Mapping[str, list[tantivy.Query]]:
        """Clauses by the facet they belong to: a facet is counted without its own (OR inside)."""
        query = self.query
        found: dict[str, list[tantivy.Query]] = {}
        for name, values in (
            ("category", query.categories),
            ("merchant", query.merchants),
            ("verdict", query.verdicts),
            ("maker", query.brands),
        ):
            if values:
                found[name] = [self._terms(name, values)]
        if query.price_min is not None or query.price_max is not None:
            found["price"] = [self._range("price", query.price_min or 0, query.price_max)]
        if query.discount_min is not None:
            found["discount"] = [self._range("discount", query.discount_min, None)]
        if query.only_deals:
            found["deal"] = [tantivy.Query.term_query(self.schema, "deal", 1)]
        return found

    def _terms(self, name: str, values: tuple[str, ...]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self.schema, name, list(values))

    def _range(self, name: str, low: int | None, high: int | None) -> tantivy.Query:
        return tantivy.Query.range_query(
            self.schema, name, tantivy.FieldType.Integer, lower_bound=low, upper_bound=high
        )

    def _count(self, asked: tantivy.Query) -> int:
        found = self.searcher.search(asked, limit=1, count=True)
        return int(found.count or 0)  # type: ignore[attr-defined] # the stub lacks it

    # --- in order -------------------------------------------------------------------------------

    def _by_key(
        self, asked: tantivy.Query, place: Place | None, name: str, *, highest_first: bool
    ) -> tuple[list[int], Place | None]:
        if place is not None:
            low, high = (None, place.key) if highest_first else (place.key, None)
            clauses: list[_Clause] = [
                (tantivy.Occur.Must, asked),
                (tantivy.Occur.Must, self._range(name, low, high)),
            ]
            if place.ids:
                shown = tantivy.Query.term_set_query(self.schema, "id", list(place.ids))
                clauses.append((tantivy.Occur.MustNot, shown))
            asked = tantivy.Query.boolean_query(clauses)
        found = self.searcher.search(
            asked,
            limit=self.query.limit + 1,
            count=False,
            order_by_field=name,
            order=tantivy.Order.Desc if highest_first else tantivy.Order.Asc,
        ).hits
        ids = self._ids([address for _, address in found])
        shown_now = ids[: self.query.limit]
        if len(found) <= self.query.limit:
            return shown_now, None
        last = int(found[self.query.limit - 1][0])
        keys = [int(key) for key, _ in found[: self.query.limit]]
        same = [one for key, one in zip(keys, shown_now, strict=True) if key == last]
        if place is not None and place.key == last:
            same = [*place.ids, *same]
        return shown_now, Place(last, tuple(same))

    def _by_score(
        self, asked: tantivy.Query, place: Place | None
    ) -> tuple[list[int], Place | None]:
        offset = 0 if place is None else max(0, place.key)
        found = self.searcher.search(
            asked, limit=self.query.limit + 1, count=False, offset=offset
        ).hits
        ids = self._ids([address for _, address in found])[: self.query.limit]
        if len(found) <= self.query.limit:
            return ids, None
        return ids, Place(offset + self.query.limit, ())

    def _ids(self, addresses: list[Any]) -> list[int]:
        if not addresses:
            return []
        return [int(one) for one in self.searcher.fast_field_values("id", addresses) if one]

    # --- facets ---------------------------------------------------------------------------------

    def _facets(self, asked: tantivy.Query) -> dict[str, tuple[FacetValue, ...]]:
        """Counts of every facet; one that is filtered by is counted without its own filter."""
        relaxed = not self._count(self._matching(all_words=True))
        shared: dict[str, Any] = {}
        answers: dict[str, dict[str, Any]] = {}
        for name in FACETS:
            if name in self.filters:
                without = self._matching(all_words=not relaxed, without=name)
                answers.update(self.searcher.aggregate(without, {name: _aggregation(name)}))
            else:
                shared[name] = _aggregation(name)
        if shared:
            answers.update(self.searcher.aggregate(asked, shared))
        return {name: self._values(name, answers[name]["buckets"]) for name in FACETS}

    def _values(self, name: str, buckets: Any) -> tuple[FacetValue, ...]:
        query = self.query
        if name in _TERMS:
            chosen = {
                "category": query.categories,
                "merchant": query.merchants,
                "verdict": query.verdicts,
            }[name]
            counts = {str(b["key"]): int(b["doc_count"]) for b in buckets if b["key"]}
            # What is chosen stays visible even where nothing has it any more.
            counts.update({value: 0 for value in chosen if value not in counts})
            return tuple(
                FacetValue(value, count, value in chosen)
                for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            )
        edges = PRICE_BANDS if name == "price" else DISCOUNT_BANDS
        by_edge = {
            int(b["from"]): int(b["doc_count"]) for b in buckets if b.get("from") is not None
        }
        if name == "discount":  # "from 20 % on" holds what is above it as well
            above = 0
            for edge in reversed(edges):
                above += by_edge.get(edge, 0)
                by_edge[edge] = above
        first = query.price_min if name == "price" else query.discount_min
        return tuple(FacetValue(str(edge), by_edge.get(edge, 0), edge == first) for edge in edges)


def _aggregation(name: str) -> dict[str, Any]:
    if name in _TERMS:
        return {"terms": {"field": _TERMS[name], "size": MOST_VALUES}}
    edges = PRICE_BANDS if name == "price" else DISCOUNT_BANDS
    bands = zip(edges, (*edges[1:], 1 << 40), strict=True)
    return {"range": {"field": name, "ranges": [{"from": low, "to": high} for low, high in bands]}}
