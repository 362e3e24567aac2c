"""The front door of search."""

from sparfuchs.search.engine import Renewal, SearchEngine
from sparfuchs.search.engines.tantivy_engine import TantivyEngine
from sparfuchs.search.errors import no_index
from sparfuchs.search.evaluate import SearchFigures, evaluate_search
from sparfuchs.search.model import (
    DISCOUNT_BANDS,
    FACETS,
    LISTING,
    MOST_HITS,
    MOST_VALUES,
    POPULAR_MEANS,
    PRICE_BANDS,
    TEXT_LETTERS,
    FacetValue,
    Met,
    Page,
    Query,
    Sort,
    Total,
)
from sparfuchs.search.project import project

__all__ = [
    "DISCOUNT_BANDS",
    "FACETS",
    "LISTING",
    "MOST_HITS",
    "MOST_VALUES",
    "POPULAR_MEANS",
    "PRICE_BANDS",
    "TEXT_LETTERS",
    "FacetValue",
    "Met",
    "Page",
    "Query",
    "Renewal",
    "SearchEngine",
    "SearchFigures",
    "Sort",
    "TantivyEngine",
    "Total",
    "evaluate_search",
    "no_index",
    "project",
]
