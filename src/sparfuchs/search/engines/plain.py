"""Plain BM25 over one field, as the library comes: what ours is measured against."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import polars as pl
import tantivy

from sparfuchs.search.language.spelling import words


@contextmanager
def plain_search(documents: pl.DataFrame, *, most: int) -> Iterator[Callable[[str], list[int]]]:
    """Finds `doc` (i64) by any of the words of its `text`, the best first, so many at most."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("doc", fast=True)
    builder.add_text_field("text")
    with TemporaryDirectory(prefix="plain-search-") as folder:
        index = tantivy.Index(builder.build(), folder)
        writer = index.writer(heap_size=64_000_000, num_threads=1)
        for document in documents.select(pl.struct("doc", "text").struct.json_encode()).to_series():
            writer.add_json(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()

        def search(query: str) -> list[int]:
            said = words(query)
            if not said:
                return []
            asked = index.parse_query(" ".join(said), ["text"])
            hits = searcher.search(asked, limit=most, count=False).hits
            found = searcher.fast_field_values("doc", [address for _, address in hits])
            return [int(one) for one in found if one is not None]

        yield search
