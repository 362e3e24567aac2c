"""Figures for Prometheus, in a registry of our own: nothing of other libraries mixes in.

Counters of a process begin at zero when it starts; whoever scrapes adds the processes up.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

REGISTRY: Final = CollectorRegistry(auto_describe=True)
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

RUNS: Final = Counter(
    "sparfuchs_runs",
    "Feed runs that ended, by what became of them",
    ["status"],
    registry=REGISTRY,
)
ROWS: Final = Counter(
    "sparfuchs_rows",
    "Rows of feeds in sellable variants, by what became of them",
    ["outcome"],
    registry=REGISTRY,
)
FETCHES: Final = Counter(
    "sparfuchs_fetches",
    "Requests to shops, by how they ended",
    ["outcome"],
    registry=REGISTRY,
)
PICTURES: Final = Counter(
    "sparfuchs_pictures",
    "Pictures that were asked of shops, by what became of them",
    ["outcome"],
    registry=REGISTRY,
)
FOLDED_ROWS: Final = Counter(
    "sparfuchs_history_folded_rows",
    "Price changes that were folded into blocks",
    registry=REGISTRY,
)
FOLDED_BLOCKS: Final = Counter(
    "sparfuchs_history_folded_blocks",
    "Blocks that were written for folded price changes",
    registry=REGISTRY,
)
STEP_SECONDS: Final = Histogram(
    "sparfuchs_step_seconds",
    "Seconds that one step of the data's way took for one run",
    ["step"],
    # From a reading in which nothing changed to a first reading of millions.
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800),
    registry=REGISTRY,
)

REQUESTS: Final = Histogram(
    "sparfuchs_http_request_seconds",
    "Seconds that requests to the API took, by what was asked for and how it ended",
    ["route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)


def render() -> bytes:
    """All figures in Prometheus' text format, to be served with `CONTENT_TYPE`."""
    return generate_latest(REGISTRY)
