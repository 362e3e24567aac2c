"""Figures for Prometheus, in a registry of our own: nothing of other libraries mixes in.

Counters of a process begin at zero when it starts; whoever scrapes adds the processes up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import (
    CONTENT_TYPE_PLAIN_0_0_4,
    generate_latest,
    start_http_server,
)

from sparfuchs.kernel.errors import Conflict

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

START_LAG: Final = Histogram(
    "sparfuchs_source_start_lag_seconds",
    "Seconds from when a source was due to when its reading began",
    buckets=(1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400),
    registry=REGISTRY,
)
SOURCES: Final = Gauge(
    "sparfuchs_sources",
    "Sources of the installation, by how they are",
    ["state"],
    registry=REGISTRY,
)
READING: Final = Gauge(
    "sparfuchs_sources_in_hand",
    "Sources of this worker: taken in all, waiting for their turn, being read",
    ["stage"],
    registry=REGISTRY,
)
OVERDUE: Final = Gauge(
    "sparfuchs_sources_overdue",
    "Sources that are due and that nobody has taken yet",
    registry=REGISTRY,
)
OVERDUE_SECONDS: Final = Gauge(
    "sparfuchs_sources_overdue_seconds",
    "For how long the longest of them has been due",
    registry=REGISTRY,
)

REQUESTS: Final = Histogram(
    "sparfuchs_http_request_seconds",
    "Seconds that requests to the API took, by what was asked for and how it ended",
    ["route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)


@contextmanager
def served(port: int) -> Iterator[None]:
    """Serves the figures of this process on loopback while the block lasts; with port 0 nowhere.

    Raises Conflict when the port is taken.
    """
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, "127.0.0.1", REGISTRY)
    except OSError as error:
        raise Conflict(f"Port {port} for the figures is taken: {error.strerror}") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def render() -> bytes:
    """All figures in Prometheus' text format, to be served with `CONTENT_TYPE`."""
    return generate_latest(REGISTRY)
