"""Documents that were kept: laid down compressed, and unpacked to be read again as they came."""

import gzip
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.ingest import api as ingest

PACKED: Final = ".gz"
_LEVEL: Final = 1  # a tenth of the time of the usual level, for a fifth more bytes
_PACKED_ALREADY: Final = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")  # gzip, zip, zstd


def is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(_PACKED_ALREADY)


def plain_copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def packed_copy(source: Path, target: Path) -> None:
    # Without a time in its header the same bytes give the same file.
    with (
        source.open("rb") as plain,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as to,
    ):
        shutil.copyfileobj(plain, to, 1 << 20)


@contextmanager
def kept_payload(
    here: Installation, run: catalog.FeedRun, folder: Path
) -> Iterator[ingest.Payload]:
    """What a run read, byte for byte; unpacked into the folder while it is needed.

    Raises StoreUnavailable when a document is lost.
    """
    documents = [
        _document(here, kept, folder / f"{position:04}")
        for position, kept in enumerate(run.payload)
    ]
    try:
        yield ingest.Payload(
            documents=tuple(documents), complete=run.kind is not catalog.RunKind.PARTIAL
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept_by_name(here: Installation, source: catalog.Source, folder: Path) -> ingest.Earlier:
    """Single documents, by their name, of the run that the source's validators belong to; unpacked
    into the folder when asked for, None for one that was not kept or is lost.
    """
    run = None
    if source.validators:
        with here.database.reading() as work:
            run = catalog.run(work, source.id, source.state_run)
    places = {str(kept["name"]): kept for kept in run.payload} if run else {}

    def earlier(name: str) -> ingest.Document | None:
        kept = places.get(name)
        if kept is None or not here.files.exists(str(kept["file"])):
            return None
        return _document(here, kept, folder / str(kept["file"]).replace("/", "-"))

    return earlier


def _document(here: Installation, kept: Mapping[str, object], plain: Path) -> ingest.Document:
    path = here.files.path(str(kept["file"]))
    if path.name.endswith(PACKED):
        plain.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path) as packed, plain.open("wb") as to:
            shutil.copyfileobj(packed, to, 1 << 20)
        path = plain
    return ingest.document_from(
        path,
        name=str(kept["name"]),
        content_type=_text(kept.get("content_type")),
        charset=_text(kept.get("charset")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
