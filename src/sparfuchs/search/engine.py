"""The search engine as the rest of the house sees it: a port with as little as its callers need.

The embedded engine is tantivy on disk; a cluster's would be OpenSearch. Both sit the same exam
(`testing/contracts/search_engine.py`).
"""

from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.search.model import Page, Query


class SearchEngine(Protocol):
    """Finds listings by what LISTING says of them. Any number of processes may read, one writes."""

    def search(self, query: Query) -> Page:
        """The page that answers a query.

        Raises StoreUnavailable when there is no index, UsageError for a cursor of another query.
        """
        ...

    def apply(self, upserts: pl.DataFrame, deletes: NDArray[np.int64]) -> None:
        """Puts listings in (LISTING, in place of those with their ids) and takes others out.

        All of it is there afterwards, or none. Raises StoreUnavailable when there is no index or
        another process does not stop writing.
        """
        ...

    def forget(self, source: int) -> None:
        """Takes out every listing of a source."""
        ...

    def renewing(self) -> AbstractContextManager["Renewal"]:
        """A new index beside the one that answers. It takes its place when the block ends well."""
        ...

    def exists(self) -> bool:
        """Whether there is an index to ask."""
        ...

    def count(self) -> int:
        """How many listings there are; 0 without an index."""
        ...

    def size(self) -> int:
        """Bytes on disk."""
        ...

    def close(self) -> None:
        """Lets go of what is open."""
        ...


class Renewal(Protocol):
    """An index in the making."""

    def add(self, listings: pl.DataFrame) -> None:
        """More listings (LISTING), none of which was given before."""
        ...
