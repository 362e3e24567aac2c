"""The embedded search engine: tantivy on disk, a folder a generation, a pointer to the present."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import polars as pl
import tantivy
from numpy.typing import NDArray

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.search.engines.tantivy_ask import Asking
from sparfuchs.search.engines.tantivy_documents import (
    VERSION,
    WORDS,
    analyzer,
    documents,
    schema,
)
from sparfuchs.search.engines.tantivy_learn import TAUGHT_BY, keep, learnt, lexicon_of
from sparfuchs.search.engines.tantivy_reader import Reader
from sparfuchs.search.errors import no_index
from sparfuchs.search.language.analysis import Analysis
from sparfuchs.search.language.synonyms import Synonyms, read_synonyms
from sparfuchs.search.model import Page, Query

_HEAP: Final = 64_000_000
_BULK_HEAP: Final = 256_000_000
_DELETED_AT_ONCE: Final = 10_000
_TRIES: Final = 200  # ten seconds
_PATIENCE: Final = 0.05


class TantivyEngine:
    """The engine of one installation, in a folder of its own. Safe to be asked from threads."""

    def __init__(self, folder: Path, *, synonyms: Synonyms | None = None) -> None:
        self._folder = folder
        self._synonyms = read_synonyms() if synonyms is None else synonyms
        self._own = threading.Lock()
        self._open: Reader | None = None

    # --- asking ---------------------------------------------------------------------------------

    def search(self, query: Query) -> Page:
        reader = self._reader()
        if reader is None:
            raise no_index()
        return Asking(reader, query, self._synonyms).page()

    def exists(self) -> bool:
        return self._present() is not None

    def count(self) -> int:
        reader = self._reader()
        return 0 if reader is None else int(reader.commit.searcher.num_docs)

    def size(self) -> int:
        present = self._present()
        if present is None:
            return 0
        total = 0
        with suppress(FileNotFoundError):  # cleared away meanwhile
            for path in present.iterdir():
                with suppress(FileNotFoundError):  # merged away since the folder was listed
                    total += path.stat().st_size
        return total

    def close(self) -> None:
        with self._own:
            self._open = None

    # --- writing --------------------------------------------------------------------------------

    def apply(self, upserts: pl.DataFrame, deletes: NDArray[np.int64]) -> None:
        gone = np.concatenate([upserts["offer_id"].to_numpy().astype(np.int64), deletes])
        with self._writing() as (writer, fields, analysis):
            for start in range(0, len(gone), _DELETED_AT_ONCE):
                part = gone[start : start + _DELETED_AT_ONCE].tolist()
                writer.delete_documents_by_query(tantivy.Query.term_set_query(fields, "id", part))
            for document in documents(upserts, analysis):
                writer.add_json(document)
            writer.commit()

    def forget(self, source: int) -> None:
        with self._writing() as (writer, fields, _):
            writer.delete_documents_by_query(tantivy.Query.term_query(fields, "source", source))
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
    def _writing(self) -> Iterator[tuple[tantivy.IndexWriter, tantivy.Schema, Analysis]]:
        present = self._present()
        if present is None:
            raise no_index()
        index = tantivy.Index.open(str(present))
        index.register_tokenizer(WORDS, analyzer())
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
            # A commit that was killed half way leaves files under the very names of the next one.
            writer.garbage_collect_files()
            try:
                yield writer, index.schema, Analysis(lexicon_of(present))
            except ValueError as error:
                raise StoreUnavailable(
                    f"The search index cannot be written ({error}); `sparfuchs index rebuild` "
                    "makes it anew",
                    index=str(present),
                ) from error

    # --- generations ----------------------------------------------------------------------------

    @property
    def _pointer(self) -> Path:
        return self._folder / "current"

    def _present(self) -> Path | None:
        """The folder of the generation that answers; None when there is none of this version."""
        name = self._pointed()
        while name is not None:
            folder = self._folder / name
            if name.startswith(f"v{VERSION}-") and (folder / "meta.json").exists():
                return folder
            # Cleared away since the pointer was read: then that says another name by now.
            name, before = self._pointed(), name
            if name == before:
                return None
        return None

    def _pointed(self) -> str | None:
        try:
            return self._pointer.read_text().strip()
        except FileNotFoundError:
            return None

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

    def _reader(self) -> Reader | None:
        for _ in range(_TRIES):
            present = self._present()
            with self._own:
                try:
                    if present is None:
                        self._open = None
                    elif self._open is None or self._open.folder != present:
                        self._open = Reader(present)
                    else:
                        self._open.refresh()
                except (OSError, ValueError):
                    # A newer generation came in between and this one was cleared away.
                    if self._present() == present:
                        raise
                else:
                    return self._open
        raise no_index()


class _Renewal:
    """A generation in the making."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = tantivy.Index(schema(), str(folder))
        self._index.register_tokenizer(WORDS, analyzer())
        self._writer = self._index.writer(heap_size=_BULK_HEAP, num_threads=2)
        self._waiting: list[pl.DataFrame] = []
        self._analysis: Analysis | None = None

    def add(self, listings: pl.DataFrame) -> None:
        if self._analysis is not None:
            self._write(listings, self._analysis)
            return
        self._waiting.append(listings)
        if sum(frame.height for frame in self._waiting) >= TAUGHT_BY:
            self._learn()

    def finish(self) -> None:
        if self._analysis is None:
            self._learn()
        self._writer.commit()
        self._writer.wait_merging_threads()

    def _learn(self) -> None:
        """The first listings teach which words there are, and are written with what they taught."""
        lexicon = learnt(self._waiting)
        keep(lexicon, self._folder)
        self._analysis = Analysis(lexicon)
        for listings in self._waiting:
            self._write(listings, self._analysis)
        self._waiting = []

    def _write(self, listings: pl.DataFrame, analysis: Analysis) -> None:
        for document in documents(listings, analysis):
            self._writer.add_json(document)
