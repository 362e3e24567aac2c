"""Gather a run: what a source remembers, what a payload says, and a copy of it to read again."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.kept import PACKED, is_packed, packed_copy, plain_copy
from sparfuchs.ingest import api as ingest
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

# How the documents of a run are named in its row, so that they can be read again.
KeptDocuments = tuple[Mapping[str, object], ...]

Progress = Callable[[str, int], None]


def silent(_step: str, _rows: int) -> None:
    """Progress for callers that show none."""


def at_once() -> None:
    """For callers who read what has arrived without waiting for their turn."""


def state_of(here: Installation, source: catalog.Source) -> catalog.SourceState:
    """What the source remembers; nothing before its first run."""
    if source.state_file is None:
        return catalog.SourceState.none()
    if not here.files.exists(source.state_file):
        log.warning("state.rebuilt", source=source.path, file=source.state_file)
        with here.database.reading() as work:
            return catalog.rebuild_state(work, source)
    return catalog.SourceState.read(here.files.path(source.state_file))


@metrics.STEP_SECONDS.labels(step="read").time()
def gather(
    payload: ingest.Payload,
    settings: ingest.FeedSettings,
    gathered: catalog.Gathering,
    progress: Progress,
    *,
    suspects: tuple[str, ...],
    everything: bool = False,
    earlier: int | None = None,
    detected: ingest.Detected | None = None,
) -> ingest.Reading:
    """Reads a payload to its end and lays aside what it says. Known records are not parsed again,
    unless `everything` is wanted. `earlier` is the salt of the state's raw hashes.
    """
    known = ingest.nothing_known if everything else gathered.state.knows_raw
    reading = ingest.read(
        payload,
        settings,
        known=known,
        suspects=frozenset(suspects),
        earlier=earlier,
        detected=detected,
    )

    def lay_aside(batch: ingest.Batch) -> None:
        gathered.add(batch.offers)
        gathered.reject(batch.rejections)
        gathered.saw(batch.known, batch.known_lines)
        gathered.mojibake += batch.mojibake

    # One batch is laid aside while the next is parsed: two cores, and never more than two batches.
    rows, waiting = 0, None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for batch in reading:
            if waiting is not None:
                waiting.result()
            waiting = pool.submit(lay_aside, batch)
            rows += batch.records
            progress("read", rows)
        if waiting is not None:
            waiting.result()
    return reading


def keep_payload(
    here: Installation,
    source: catalog.Source,
    number: int,
    payload: ingest.Payload,
    *,
    packed: bool = False,
) -> KeptDocuments:
    """Copies the documents of a run into the files, so that it can be read again."""
    kept: list[Mapping[str, object]] = []
    for position, document in enumerate(payload.documents):
        pack = packed and not is_packed(document.path)
        name = f"payloads/{source.id}/{number:08}/{position:04}{PACKED if pack else ''}"
        here.files.write(name, partial(packed_copy if pack else plain_copy, document.path))
        kept.append(
            {
                "file": name,
                "name": document.name,
                "content_type": document.content_type,
                "charset": document.charset,
            }
        )
    return tuple(kept)
