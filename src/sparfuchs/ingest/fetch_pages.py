"""Fetches the product pages that a shop's sitemap lists, one after the other, politely.

The address of the source is a page, a sitemap, an index of sitemaps or a robots.txt that names
some. Only pages of the same host are asked for; robots.txt, rate, sizes and circuit are the
fetcher's. A page is asked whether it has changed where the earlier reading's is at hand, which is
then taken in its place; sitemaps are small and always asked for whole.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import ada_url
import structlog

from sparfuchs.ingest.payload import Document, Earlier, Payload, nothing_earlier, recalled
from sparfuchs.ingest.sitemap import read_sitemap, unreadable
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.plumbing.addresses import redact
from sparfuchs.plumbing.body import Limits
from sparfuchs.plumbing.credential import Credential
from sparfuchs.plumbing.fetched import Failed, Fetched, NotModified, Outcome, Refusal, Refused
from sparfuchs.plumbing.http import Fetcher

_GONE: Final = frozenset({404, 410})
_FAILURES_IN_A_ROW: Final = 5
_PAGE_BYTES_SEEN: Final = 512

log = structlog.get_logger(__name__)


class PageSettings(Protocol):
    """What of a feed's settings matters here."""

    @property
    def pages(self) -> tuple[str, ...]: ...

    @property
    def max_pages(self) -> int: ...


class PageFetch:
    """The pages of one shop during one fetch."""

    def __init__(
        self,
        fetcher: Fetcher,
        into: Path,
        settings: PageSettings,
        *,
        obey_robots: bool,
        credential: Credential | None = None,
        validators: Mapping[str, Mapping[str, str]] | None = None,
        earlier: Earlier = nothing_earlier,
    ) -> None:
        self._fetcher = fetcher
        self._into = into
        self._settings = settings
        self._obey_robots = obey_robots
        self._credential = credential
        self._known = validators or {}
        self._earlier = earlier
        self._count = 0

    def read(self, location: str, first: Fetched) -> Payload:
        """All pages behind `first`, which is what the location itself delivered.

        A page that is no longer there (404, 410) or that robots.txt closes is left out and does not
        make the reading incomplete; any other failure does, and five in a row end it. Raises
        FeedUnreadable when the location is neither page nor sitemap.
        """
        if _is_page(first.path):
            return Payload((_document(first, redact(location)),))
        documents: list[Document] = []
        validators: dict[str, dict[str, str]] = {}
        failures: list[str] = []
        missed = closed = in_a_row = 0
        for address in self._addresses(location, first, failures):
            if len(documents) >= self._settings.max_pages:
                failures.append(f"stopped after {self._settings.max_pages} pages (max_pages)")
                break
            name = redact(address)
            outcome = self._bring(address, name)
            if isinstance(outcome, Fetched):
                documents.append(_document(outcome, name))
                validators[name] = outcome.validators
                in_a_row = 0
            elif isinstance(outcome, Failed) and outcome.status in _GONE:
                missed += 1
            elif isinstance(outcome, Refused) and outcome.reason is Refusal.ROBOTS_DISALLOWED:
                closed += 1
            else:
                failures.append(f"{redact(address)}: {_why(outcome)}")
                in_a_row += 1
                if in_a_row == _FAILURES_IN_A_ROW:
                    failures.append(f"stopped after {in_a_row} failures in a row")
                    break
        log.info(
            "ingest.pages_fetched", address=redact(location), pages=len(documents), missed=missed,
            closed=closed, failures=len(failures),
        )  # fmt: skip
        if failures:  # validators belong to a complete reading alone (R-C-4)
            return Payload(tuple(documents), complete=False, failures=tuple(failures))
        return Payload(tuple(documents), validators=validators)

    def _bring(self, address: str, name: str) -> Outcome:
        known = self._known.get(name, {})
        document = self._earlier(name) if known else None
        limits = self._fetcher.page_limits
        outcome = self._ask(address, limits, known if document else None)
        return recalled(outcome, address, document)

    def _addresses(self, location: str, first: Fetched, failures: list[str]) -> Iterator[str]:
        """Pages that the sitemaps list, those of a robots.txt one step further down."""
        top = read_sitemap(first.path, redact(location))
        if top is None:
            raise unreadable(redact(location))
        host = ada_url.URL(location).hostname
        is_robots = str(ada_url.URL(location).pathname) == "/robots.txt"
        yield from self._wanted(top.pages, host)
        waiting = [(address, int(is_robots)) for address in top.sitemaps]
        while waiting:
            address, further = waiting.pop(0)
            if not _is_of(address, host):
                continue
            outcome = self._ask(address, self._fetcher.json_limits)
            try:
                found = (
                    read_sitemap(outcome.path, redact(address))
                    if isinstance(outcome, Fetched)
                    else None
                )
            except FeedUnreadable as error:
                failures.append(str(error))
                continue
            if found is None:
                failures.append(f"{redact(address)}: no sitemap, {_why(outcome)}")
                continue
            yield from self._wanted(found.pages, host)
            if further:
                waiting = [(each, 0) for each in found.sitemaps] + waiting

    def _wanted(self, pages: tuple[str, ...], host: str) -> Iterator[str]:
        parts = self._settings.pages
        for address in pages:
            if _is_of(address, host) and (not parts or any(part in address for part in parts)):
                yield address

    def _ask(
        self, address: str, limits: Limits, validators: Mapping[str, str] | None = None
    ) -> Outcome:
        self._count += 1
        return self._fetcher.get(
            address,
            into=self._into / f"page-{self._count:06}",
            limits=limits,
            validators=validators,
            obey_robots=self._obey_robots,
            credential=self._credential,
        )


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(_PAGE_BYTES_SEEN).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return b"<html" in start or start.startswith(b"<!doctype html")


def _is_of(address: str, host: str) -> bool:
    return ada_url.check_url(address) and ada_url.URL(address).hostname == host


def _document(fetched: Fetched, name: str) -> Document:
    return Document(
        path=fetched.path,
        name=name,
        size=fetched.size,
        digest=fetched.digest,
        content_type=fetched.content_type,
        charset=fetched.charset,
    )


def _why(outcome: Outcome) -> str:
    if isinstance(outcome, Fetched | NotModified):
        return "readable, but something else"
    status = f"{outcome.status}" if isinstance(outcome, Failed) and outcome.status else ""
    return " ".join(part for part in (outcome.reason, status, outcome.detail) if part)
