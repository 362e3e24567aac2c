"""What a fetch delivers: documents on disk, with the digest that says "the same bytes again"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import xxhash

from sparfuchs.kernel.errors import NotFound
from sparfuchs.plumbing.fetched import Fetched, NotModified, Outcome

_BLOCK: Final = 1 << 20
_NUMBER: Final = re.compile(r"(\d+)")
# A folder of pages may hold notes beside them; only what can be a feed is read.
_FEED_SUFFIXES: Final = frozenset(
    {".xml", ".rss", ".csv", ".tsv", ".txt", ".json", ".gz", ".zip", ".feed", ".html", ".htm", ""}
)


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a feed as it came: still compressed, still in its own encoding.

    `name` is the address or path by which people know it, secrets redacted; `digest` is xxh128 of
    the bytes; `content_type` and `charset` are what HTTP said, if it was HTTP.
    """

    path: Path
    name: str
    size: int
    digest: bytes
    content_type: str | None = None
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """All documents of one reading, in order. Not complete when some could not be had."""

    documents: tuple[Document, ...]
    complete: bool = True
    failures: tuple[str, ...] = ()
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """Same bytes in the same order, same digest (R-F-4). Names play no part."""
        whole = xxhash.xxh3_128()
        for document in self.documents:
            whole.update(document.digest)
        return whole.digest()


# A document of the reading that the validators belong to, by its name; None when it is not there.
Earlier = Callable[[str], Document | None]


def nothing_earlier(_name: str) -> Document | None:
    """For readings before which there was none."""
    return None


def recalled(outcome: Outcome, address: str, earlier: Document | None) -> Outcome:
    """What was fetched; or after a 304 the earlier document in its place (R-C-1)."""
    if not isinstance(outcome, NotModified) or earlier is None:
        return outcome
    return Fetched(
        name=outcome.name,
        url=address,
        path=earlier.path,
        size=earlier.size,
        raw_size=0,
        digest=earlier.digest,
        content_type=earlier.content_type,
        charset=earlier.charset,
        validators=outcome.validators,
    )


def digest_file(path: Path) -> bytes:
    """xxh128 of a file's bytes, read in blocks so that size costs no memory."""
    running = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            running.update(block)
    return running.digest()


def document_from(
    path: Path,
    *,
    name: str | None = None,
    content_type: str | None = None,
    charset: str | None = None,
) -> Document:
    """A file on disk as a document."""
    return Document(
        path=path,
        name=name or str(path),
        size=path.stat().st_size,
        digest=digest_file(path),
        content_type=content_type,
        charset=charset,
    )


def from_path(path: Path) -> Payload:
    """A file, or a folder of pages in natural order (`page-2` before `page-10`).

    Raises NotFound when there is nothing at the path.
    """
    if not path.exists():
        raise NotFound(f"There is no file or folder at {path}", path=str(path))
    if path.is_file():
        return Payload((document_from(path),))
    pages = sorted(
        (
            page
            for page in path.iterdir()
            if page.is_file()
            and not page.name.startswith(".")
            and page.suffix.lower() in _FEED_SUFFIXES
        ),
        key=_natural,
    )
    if not pages:
        raise NotFound(f"The folder {path} holds no feed files", path=str(path))
    return Payload(tuple(document_from(page) for page in pages))


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _NUMBER.split(path.name)]
