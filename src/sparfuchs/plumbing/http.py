"""The one way out to other people's hosts: polite, safe, streaming to a file (domain.md 2).

`AsyncFetcher` does the work in one event loop; `Fetcher` is its synchronous front, which any
thread may call, with a loop of its own behind it. Order of a request: address, robots.txt, circuit,
rate, judgement of every IP, request, limits; and the same again for each redirect.
"""

import asyncio
import io
import random
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import anyio
import anyio.to_thread
import httpcore2
import structlog

from sparfuchs import __version__
from sparfuchs.kernel.clock import Clock, system_clock
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.addresses import IPAddress, Target, literal, parse_target, permitted, redact
from sparfuchs.plumbing.body import Limits
from sparfuchs.plumbing.credential import PLACE, Credential
from sparfuchs.plumbing.exchange import Partial, Reply, exchange
from sparfuchs.plumbing.fetched import (
    RETRIED_STATUSES,
    Failed,
    Failure,
    Fetched,
    NotModified,
    Outcome,
    Refusal,
    Refused,
)
from sparfuchs.plumbing.robots import LIMITS as ROBOTS_LIMITS
from sparfuchs.plumbing.robots import Asked, Robots
from sparfuchs.plumbing.settings import FetchSettings
from sparfuchs.plumbing.throttle import Host, Politeness, Sleep, Throttle, retry_after

Resolve = Callable[[str, int], Sequence[str]]

RETRIES: Final = 3  # R-T-2
_NOT_MODIFIED: Final = 304
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_ASKS_TO_WAIT: Final = frozenset({429, 503})

log = structlog.get_logger(__name__)


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class _Moved:
    location: str


@dataclass(frozen=True, slots=True)
class _BrokenOff:
    """A document of which a part came, and the rest may be asked for."""

    failed: Failed
    partial: Partial


@dataclass(frozen=True, slots=True)
class _Wish:
    """What stays the same over the hops. The credential goes to its own origin alone."""

    limits: Limits
    validators: Mapping[str, str] = field(default_factory=dict)
    credential: Credential | None = None
    obey_robots: bool = True

    def headers(self, agent: str, target: Target) -> dict[str, str]:
        head = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
        if self.credential is not None and self.credential.belongs_to(target):
            head.update(self.credential.headers())
        if "etag" in self.validators:
            head["If-None-Match"] = self.validators["etag"]
        elif "last_modified" in self.validators:
            head["If-Modified-Since"] = self.validators["last_modified"]
        return head

    def shown(self, url: str) -> str:
        """An address as names and logs may have it."""
        # A lone surrogate is no text that a log could write.
        plain = redact(url).encode("utf-8", "backslashreplace").decode()
        return plain if self.credential is None else self.credential.hide(plain)

    @property
    def conditional(self) -> bool:
        return bool(self.validators.keys() & {"etag", "last_modified"})


class AsyncFetcher:
    """Belongs to the event loop that first uses it.

    `resolve` is called in a thread, once a hop. `chance` draws jitter. `tls` is for hosts whose
    certificates an installation trusts beyond the system's.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Clock = system_clock,
        sleep: Sleep = anyio.sleep,
        resolve: Resolve = system_resolve,
        chance: random.Random | None = None,
        tls: ssl.SSLContext | None = None,
        politeness: Politeness | None = None,
    ) -> None:
        self._settings = settings
        self._private = settings.allow_private
        self._clock = clock
        self._sleep = sleep
        self._resolve = resolve
        self._chance = chance or random.Random()  # noqa: S311 - jitter is no secret
        self._given_tls = tls
        contact = f" (+{settings.contact})" if settings.contact else ""
        self._agent = f"{settings.product_token}/{__version__}{contact}"
        self._throttle = Throttle(
            politeness or Politeness(minimum=settings.min_delay, maximum=settings.max_delay),
            clock=clock,
            sleep=sleep,
            chance=self._chance,
        )
        self._robots = Robots(settings.product_token, clock=clock, ask=self._ask_robots)
        self.feed_limits = Limits(
            raw=settings.max_feed_raw_bytes,
            decoded=settings.max_feed_bytes,
            total=settings.total_timeout_feed,
            connect=settings.connect_timeout,
            idle=settings.read_timeout,
            ratio=settings.max_ratio,
            least_rate=settings.min_bytes_per_second,
        )
        self.json_limits = replace(
            self.feed_limits,
            raw=settings.max_json_bytes,
            decoded=settings.max_json_bytes,
            total=settings.total_timeout_page,
        )
        self.page_limits = replace(
            self.json_limits, raw=settings.max_page_bytes, decoded=settings.max_page_bytes
        )
        self._robots_limits = replace(
            ROBOTS_LIMITS,
            total=settings.total_timeout_page,
            connect=settings.connect_timeout,
            idle=settings.read_timeout,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made at the first secure request: reading the system's certificates takes 40 ms."""
        return self._given_tls or httpcore2.default_ssl_context()

    async def get(
        self,
        url: str,
        *,
        into: Path,
        limits: Limits | None = None,
        validators: Mapping[str, str] | None = None,
        credential: Credential | None = None,
        obey_robots: bool = True,
    ) -> Outcome:
        """The document at `url`, whole, as the file `into`; or why there is none.

        `limits`: those of a feed unless told. `validators`: `etag` and `last_modified` of the
        document that we still hold. `credential`: what the host asks for; no other origin sees it.
        `obey_robots` is off only for a feed or API that a contract gives us (domain.md 2.1).
        On anything but `Fetched` no file is left.
        """
        wish = _Wish(limits or self.feed_limits, validators or {}, credential, obey_robots)
        part = into.with_name(f"{into.name}.part")
        try:
            with part.open("wb") as sink:
                answer = await self._get(url, wish, sink)
            if isinstance(answer, Fetched):
                part.replace(into)
                answer = replace(answer, path=into)
        finally:
            part.unlink(missing_ok=True)
        if credential is not None and isinstance(answer, Refused | Failed):
            answer = replace(answer, detail=credential.hide(answer.detail))
        _note(wish.shown(url), answer)
        return answer

    async def _get(self, url: str, wish: _Wish, sink: IO[bytes]) -> Outcome:
        if wish.credential is not None:
            url = self._let_in(url, wish.credential)
        target = parse_target(url, private=self._private)
        if isinstance(target, Refused):
            return target
        for _ in range(self._settings.max_redirects + 1):
            if wish.obey_robots:
                delay = await self._robots.permit(target)
                if isinstance(delay, Refused | Failed):
                    return delay
                self._throttle.host(target.origin).require(delay)
            answer = await self._ask_patiently(target, wish, sink)
            if not isinstance(answer, _Moved):
                return answer
            following = parse_target(answer.location, base=target.href, private=self._private)
            if isinstance(following, Refused):
                return following
            if target.scheme == "https" and following.scheme == "http":
                return Refused(Refusal.DOWNGRADE, following.host)
            target = following
        return Refused(Refusal.TOO_MANY_REDIRECTS, str(self._settings.max_redirects))

    def _let_in(self, url: str, credential: Credential) -> str:
        """The address as the host wants it, if it is the credential's own host."""
        plain = parse_target(url.replace(PLACE, "x"), private=self._private)
        if isinstance(plain, Refused) or not credential.belongs_to(plain):
            return url
        return credential.address(url)

    async def _ask_patiently(
        self, target: Target, wish: _Wish, sink: IO[bytes]
    ) -> Outcome | _Moved:
        """Asks again where that may help: nothing of a body has been taken then (R-T-2), or its
        host can send what is missing.
        """
        answer = await self._ask(target, wish, sink)
        partial: Partial | None = None
        for attempt in range(RETRIES):
            if isinstance(answer, _BrokenOff):
                partial = answer.partial
                answer = answer.failed
            elif not isinstance(answer, Failed) or not answer.retried:
                return answer
            # Full jitter: many who failed together do not come back together.
            await self._sleep(self._chance.uniform(0.0, 2.0**attempt))
            again = await self._ask(target, wish, sink, partial)
            if isinstance(again, Failed) and again.retry_at is not None:
                return replace(answer, retry_at=again.retry_at)
            answer = again
        return answer.failed if isinstance(answer, _BrokenOff) else answer

    async def _ask(
        self, target: Target, wish: _Wish, sink: IO[bytes], resume: Partial | None = None
    ) -> Outcome | _Moved | _BrokenOff:
        async with self._throttle.slot(target.origin) as host:
            if isinstance(host, Failed):
                return host
            addresses = await self._addresses(target)
            if isinstance(addresses, Refused | Failed):
                return addresses
            reply = await exchange(
                target,
                addresses,
                headers=wish.headers(self._agent, target),
                sink=sink,
                limits=wish.limits,
                tls=self._tls if target.scheme == "https" else None,
                resume=resume,
            )
            self._learn(host, reply)
        if isinstance(reply, Failed):
            return reply
        if reply.partial is not None and reply.broken is not None:
            return _BrokenOff(reply.broken, reply.partial)
        return self._judge(target, wish, reply)

    async def _addresses(self, target: Target) -> tuple[IPAddress, ...] | Refused | Failed:
        """Resolved once and judged as a whole; the connection goes to these and no others."""
        found: Sequence[str] = [target.host]
        if literal(target.host) is None:
            try:
                with anyio.fail_after(self._settings.connect_timeout):
                    found = await anyio.to_thread.run_sync(
                        self._resolve, target.host, target.port, abandon_on_cancel=True
                    )
            except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
                return Failed(Failure.UNRESOLVABLE, final=False, detail=str(error))
        return permitted(found, target.port, private=self._private)

    def _learn(self, host: Host, reply: Reply | Failed) -> None:
        now = self._clock()
        ours = {Failure.TOO_LARGE, Failure.RATIO, Failure.ENCODING_UNASKED}
        broken = reply if isinstance(reply, Failed) else reply.broken
        if broken is not None and broken.reason not in ours:
            host.failed(now)
            return
        assert isinstance(reply, Reply)  # our own limits only speak of an answer that came
        wait = None
        if reply.status in _ASKS_TO_WAIT:
            wait = retry_after(reply.headers.get("retry-after"), now)
        host.answered(reply.status, reply.latency, now, asked_to_wait=wait)

    def _judge(self, target: Target, wish: _Wish, reply: Reply) -> Outcome | _Moved:
        if reply.broken is not None:
            return replace(reply.broken, status=None)
        if reply.status in _MOVED and "location" in reply.headers:
            return _Moved(_header_text(reply.headers["location"]))
        kept = {
            key: reply.headers[name]
            for key, name in (("etag", "etag"), ("last_modified", "last-modified"))
            if reply.headers.get(name)
        }
        if reply.status == _NOT_MODIFIED:
            if not wish.conditional:  # R-C-3
                return Failed(Failure.NOT_MODIFIED_UNASKED, final=True, status=reply.status)
            return NotModified(wish.shown(target.href), {**wish.validators, **kept})
        if reply.body is None:
            again = reply.status in RETRIED_STATUSES
            return Failed(Failure.STATUS, final=not again, status=reply.status)
        return Fetched(
            name=wish.shown(target.href),
            url=target.href,
            path=Path(),
            size=reply.body.size,
            raw_size=reply.body.raw_size,
            digest=reply.body.digest,
            content_type=reply.content_type,
            charset=reply.charset,
            validators=kept,
        )

    async def _ask_robots(self, target: Target) -> Asked:
        sink = io.BytesIO()
        wish = _Wish(self._robots_limits, obey_robots=False)
        answer = await self._get(target.href, wish, sink)
        if isinstance(answer, Fetched):
            return sink.getvalue()
        assert not isinstance(answer, NotModified)  # we sent no validator
        return answer


class Fetcher:
    """`AsyncFetcher` for synchronous callers in any thread: all of them share its politeness.

    The loop runs in a daemon thread from the first request until `close`.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Clock = system_clock,
        sleep: Sleep = anyio.sleep,
        resolve: Resolve = system_resolve,
        chance: random.Random | None = None,
        tls: ssl.SSLContext | None = None,
        politeness: Politeness | None = None,
    ) -> None:
        self._inner = AsyncFetcher(
            settings,
            clock=clock,
            sleep=sleep,
            resolve=resolve,
            chance=chance,
            tls=tls,
            politeness=politeness,
        )
        self.feed_limits = self._inner.feed_limits
        self.json_limits = self._inner.json_limits
        self.page_limits = self._inner.page_limits
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._asking: set[Future[Outcome]] = set()
        self._ending = False

    def get(
        self,
        url: str,
        *,
        into: Path,
        limits: Limits | None = None,
        validators: Mapping[str, str] | None = None,
        credential: Credential | None = None,
        obey_robots: bool = True,
    ) -> Outcome:
        """As `AsyncFetcher.get`, waiting for the outcome."""
        asking = self._inner.get(
            url,
            into=into,
            limits=limits,
            validators=validators,
            credential=credential,
            obey_robots=obey_robots,
        )
        future = asyncio.run_coroutine_threadsafe(asking, self._running_loop())
        with self._starting:
            self._asking.add(future)
            if self._ending:
                future.cancel()
        try:
            return future.result()
        except CancelledError:
            if not self._ending:
                raise
            return Failed(Failure.ENDING, final=False)
        except BaseException:
            future.cancel()  # Ctrl-C in the waiting thread also ends the request
            raise
        finally:
            with self._starting:
                self._asking.discard(future)

    def end(self) -> None:
        """Whoever waits for a shop waits no longer, and nobody is asked any more."""
        with self._starting:
            self._ending = True
            for future in self._asking:
                future.cancel()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="fetcher", daemon=True
                )
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """Ends the loop. A later request would start a new one."""
        with self._starting:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
            self._ending = False
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _header_text(value: str) -> str:
    """A Location as its sender most likely meant it: UTF-8 if it is that."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _note(address: str, answer: Outcome) -> None:
    """For the operator alone: the requester is told `PUBLIC_TEXT` (R-X-5)."""
    match answer:
        case Fetched():
            metrics.FETCHES.labels(outcome="fetched").inc()
            log.info("fetch.fetched", address=address, size=answer.size, raw=answer.raw_size)
        case NotModified():
            metrics.FETCHES.labels(outcome="not_modified").inc()
            log.info("fetch.not_modified", address=address)
        case Refused():
            metrics.FETCHES.labels(outcome="refused").inc()
            log.warning(
                "fetch.refused", address=address, reason=answer.reason, detail=answer.detail
            )
        case Failed():
            metrics.FETCHES.labels(outcome="failed").inc()
            log.warning(
                "fetch.failed",
                address=address,
                reason=answer.reason,
                status=answer.status,
                retry_at=answer.retry_at,
                detail=answer.detail,
            )
