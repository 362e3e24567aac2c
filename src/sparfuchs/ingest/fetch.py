"""From a source's location to its documents on disk, or the news that nothing has changed.

A file or folder is taken where it lies. An address is fetched; the product lists of Shopify and
WooCommerce shops are feeds of many pages, each a document of its own with validators of its own
(R-C-4). Product pages are fetched one by one as the shop's sitemap lists them (`fetch_pages`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, Protocol

import ada_url
import msgspec
import structlog

from sparfuchs.ingest.fetch_pages import PageFetch, PageSettings
from sparfuchs.ingest.payload import (
    Document,
    Earlier,
    Payload,
    from_path,
    nothing_earlier,
    recalled,
)
from sparfuchs.kernel.errors import FeedUnreadable, FetchFailed, FetchRefused
from sparfuchs.plumbing.addresses import redact
from sparfuchs.plumbing.body import Limits
from sparfuchs.plumbing.credential import Credential
from sparfuchs.plumbing.fetched import Failed, Fetched, NotModified, Outcome, Refused
from sparfuchs.plumbing.http import Fetcher

Validators = Mapping[str, Mapping[str, str]]

MAX_PAGES: Final = 1000
_ADDRESS: Final = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAGES_FORMAT: Final = "schema-pages"
_BAD_REQUEST: Final = 400
_HELD: Final = frozenset({"etag", "last_modified"})

log = structlog.get_logger(__name__)


class FetchSettings(PageSettings, Protocol):
    """What of a feed's settings matters here: a stated format decides whether pages are turned."""

    @property
    def format(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Every document is the one of the run that the validators belong to: seen again `at`."""

    at: datetime
    validators: dict[str, dict[str, str]] = field(default_factory=dict)


def fetch(
    location: str,
    *,
    settings: FetchSettings,
    validators: Validators,
    into: Path,
    fetcher: Fetcher,
    at: datetime,
    obey_robots: bool = True,
    max_pages: int = MAX_PAGES,
    credential: Credential | None = None,
    earlier: Earlier = nothing_earlier,
    limits: Limits | None = None,
) -> Payload | Unchanged:
    """The documents at a path or address.

    `validators`: those of the payload of the last published complete run, by document name, empty
    to fetch in any case. `into`: folder for what is fetched. `obey_robots` is off only for feeds
    that a contract gives us. `credential`: what the source's host asks for; it is said to that host
    with every page. `earlier`: documents of the reading that the validators belong to; of a feed of
    many pages those that are unchanged are taken from there and not sent again. `limits` are
    those of the one document, where they are not a feed's.

    Raises NotFound for a path without a feed, FetchRefused and FetchFailed when the only or first
    document could not be had (the reason stands in the log and in the error's notes, never in its
    message, R-X-5), FeedUnreadable when the first page is no page of products.
    """
    if not _ADDRESS.match(location):
        return from_path(Path(location))
    into.mkdir(parents=True, exist_ok=True)
    if paging := _paging(location, settings):
        ask = partial(fetcher.get, obey_robots=obey_robots, credential=credential)
        shop = _Shop(
            location, paging, into, ask, fetcher.json_limits, validators, max_pages, earlier
        )
        return Unchanged(at, shop.held()) if shop.is_unchanged() else shop.read()
    name = redact(location)
    outcome = fetcher.get(
        location,
        into=into / "document",
        # A sitemap that is unchanged says nothing of its pages.
        validators={} if settings.format == _PAGES_FORMAT else validators.get(name, {}),
        obey_robots=obey_robots,
        credential=credential,
        limits=limits,
    )
    if isinstance(outcome, NotModified):
        return Unchanged(at, {name: outcome.validators})
    fetched = _expect(outcome, name)
    if settings.format == _PAGES_FORMAT:
        pages = PageFetch(
            fetcher,
            into,
            settings,
            obey_robots=obey_robots,
            credential=credential,
            validators=validators,
            earlier=earlier,
        )
        return pages.read(location, fetched)
    return Payload((_document(fetched, name),), validators=_validators({name: fetched}))


@dataclass(frozen=True, slots=True)
class _Paging:
    """How pages of a kind of shop are asked for: the end of its path, a size and its parameter."""

    format: str
    path: str
    size_key: str
    size: int  # the most that such a shop gives


_PAGINGS: Final = (
    _Paging("shopify-json", "/products.json", "limit", 250),
    _Paging("woocommerce-json", "/wc/store/v1/products", "per_page", 100),
    _Paging("woocommerce-json", "/wc/store/products", "per_page", 100),
)


def _paging(location: str, settings: FetchSettings) -> _Paging | None:
    """An address with a page number of its own means that page and no other."""
    if not ada_url.check_url(location):
        return None
    parsed = ada_url.URL(location)
    if ada_url.URLSearchParams(str(parsed.search)).has("page"):
        return None
    path = str(parsed.pathname).rstrip("/")
    return next(
        (
            paging
            for paging in _PAGINGS
            if path.endswith(paging.path) and settings.format in {None, paging.format}
        ),
        None,
    )


def _document(fetched: Fetched, name: str) -> Document:
    return Document(
        path=fetched.path,
        name=name,
        size=fetched.size,
        digest=fetched.digest,
        content_type=fetched.content_type,
        charset=fetched.charset,
    )


def _validators(fetched: Mapping[str, Fetched]) -> dict[str, dict[str, str]]:
    return {name: dict(one.validators) for name, one in fetched.items()}


def _expect(outcome: Outcome, name: str) -> Fetched:
    """The document, or the error that says no more than an outsider may know."""
    error: FetchRefused | FetchFailed
    match outcome:
        case Fetched():
            return outcome
        case NotModified():
            raise AssertionError(f"{name} answered a question that was not asked")
        case Refused():
            error = FetchRefused(outcome.told, address=name)
        case Failed():
            error = FetchFailed(outcome.told, address=name)
            error.clear_no = outcome.disables
            error.unasked = outcome.unasked
            error.retry_at = outcome.retry_at
    error.add_note(_why(outcome))
    raise error


def _why(outcome: Refused | Failed) -> str:
    status = f"{outcome.status}" if isinstance(outcome, Failed) and outcome.status else ""
    return " ".join(part for part in (outcome.reason, status, outcome.detail) if part)


class _Product(msgspec.Struct):
    id: int | str | None = None


class _Page(msgspec.Struct):
    products: list[_Product]


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


class _Shop:
    """The pages of one shop during one fetch.

    The page after the last (empty, or a repetition) is no document, but its validators are kept
    with the others: without it nobody could tell that nothing has been added at the end.
    """

    def __init__(
        self,
        location: str,
        paging: _Paging,
        into: Path,
        ask: Callable[..., Outcome],
        limits: Limits,
        validators: Validators,
        max_pages: int,
        earlier: Earlier,
    ) -> None:
        self._location = location
        self._paging = paging
        self._into = into
        self._get = ask
        self._limits = limits
        self._known = validators
        self._max_pages = max_pages
        self._earlier = earlier
        self._got: dict[int, Outcome] = {}

    def _address(self, page: int) -> str:
        parsed = ada_url.URL(self._location)
        asked = ada_url.URLSearchParams(str(parsed.search))
        asked.set(self._paging.size_key, str(self._paging.size))
        asked.set("page", str(page))
        parsed.search = str(asked)
        return str(parsed.href)

    def _name(self, page: int) -> str:
        return redact(self._address(page))

    def _ask(self, page: int, validators: Mapping[str, str] | None = None) -> Outcome:
        return self._get(
            self._address(page),
            into=self._into / f"page-{page:05}.json",
            limits=self._limits,
            validators=validators,
        )

    def held(self) -> dict[str, dict[str, str]]:
        return {name: dict(values) for name, values in self._known.items()}

    def is_unchanged(self) -> bool:
        """Whether every known page, the one after the last included, answers 304.

        Stops at the first that does not; what that one brought is kept for `read`.
        """
        names = [self._name(page) for page in range(1, len(self._known) + 1)]
        if not names or any(not _HELD & self._known.get(name, {}).keys() for name in names):
            return False
        for page, name in enumerate(names, start=1):
            outcome = self._ask(page, self._known[name])
            if isinstance(outcome, Fetched | NotModified):
                self._got[page] = outcome
            if not isinstance(outcome, NotModified):
                return False
        return True

    def read(self) -> Payload:
        """All pages but for what `is_unchanged` has already brought: asked for anew where the
        earlier one is not at hand, else whether it has changed.

        A page that fails is left out and the next one tried; a second failure in a row ends the
        reading, because then nobody knows whether there is an end.
        """
        documents: list[Document] = []
        fetched: dict[str, Fetched] = {}
        failures: list[str] = []
        first_ids: set[int | str | None] = set()
        failed_before = False
        for page in count(1):
            name = self._name(page)
            if page > self._max_pages:
                failures.append(f"{name}: stopped after {self._max_pages} pages")
                break
            outcome = self._bring(page, name)
            if page == 1:
                _expect(outcome, name)
            elif isinstance(outcome, Failed) and outcome.status == _BAD_REQUEST:
                # WordPress may answer so to a page behind its last one.
                break
            ids = _ids(outcome)
            if isinstance(ids, _Unreadable):
                if page == 1:
                    raise FeedUnreadable(f"{name} is no page of products: {ids.reason}", name=name)
                log.warning("ingest.page_failed", address=name, reason=ids.reason)
                failures.append(f"{name}: {ids.reason}")
                if failed_before or isinstance(outcome, Refused):
                    break
                failed_before = True
                continue
            assert isinstance(outcome, Fetched)
            failed_before = False
            fetched[name] = outcome
            ended = not ids or (ids[0] is not None and ids[0] in first_ids)
            if page == 1 or not ended:
                documents.append(_document(outcome, name))
            if ended:
                break
            first_ids.add(ids[0])
        if failures:  # validators belong to a complete reading alone (R-C-4)
            return Payload(tuple(documents), complete=False, failures=tuple(failures))
        return Payload(tuple(documents), validators=_validators(fetched))

    def _bring(self, page: int, name: str) -> Outcome:
        document = self._earlier(name) if _HELD & self._known.get(name, {}).keys() else None
        outcome = self._got.get(page)
        if outcome is None or (isinstance(outcome, NotModified) and document is None):
            outcome = self._ask(page, None if document is None else self._known[name])
        return recalled(outcome, self._address(page), document)


def _ids(outcome: Outcome) -> list[int | str | None] | _Unreadable:
    """The ids of a page's products, in order."""
    if isinstance(outcome, Refused | Failed):
        return _Unreadable(_why(outcome))
    assert isinstance(outcome, Fetched)  # pages are read without validators
    text = outcome.path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        if text.lstrip()[:1] == b"[":
            products = msgspec.json.decode(text, type=list[_Product])
        else:
            products = msgspec.json.decode(text, type=_Page).products
    except msgspec.DecodeError as error:
        return _Unreadable(f"not readable: {error}")
    return [product.id for product in products]
