"""What every request passes before it is answered: size, rate, a name, and what is noted of it."""

import hashlib
import ipaddress
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from math import inf
from typing import Final
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sparfuchs.entrypoints.http.problems import UNSAID, problem
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.plumbing.rate import Allowance, RateLimiter, Taken
from sparfuchs.plumbing.settings import HttpSettings

log = get_logger(__name__)

MINUTE: Final = 60
# Whether a request comes with a key in force.
Known = Callable[[Request], Awaitable[bool]]
# Nothing of ours is to be shown in a frame, run, or guessed the type of (domain.md 7.5).
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# Asked by whoever watches over us, often, and never by way of a limit.
_KEYS_KEPT: Final = 10_000
_PICTURES: Final = "/api/v1/pictures/"
_UNLIMITED: Final = ("/health/", "/metrics")
UPLOADS: Final = "/api/v1/sources/check"


async def nobody_is_known(_: Request) -> bool:
    """For an app without an installation behind it."""
    return False


class Guard:
    """ASGI middleware; `seconds` is a clock that never goes back."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: HttpSettings,
        limiter: RateLimiter,
        known: Known,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.settings = settings
        self.limiter = limiter
        self.known = known
        self.seconds = seconds
        self._recognised: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self.seconds()
        scope["request_id"] = f"urn:uuid:{uuid4()}"
        request = Request(scope)
        taken: list[tuple[bytes, bytes]] = []
        status = 0

        async def telling(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                named = scope["request_id"].rpartition(":")[2].encode()
                message["headers"] = [
                    *message.get("headers", ()),
                    *_HEADERS,
                    *taken,
                    (b"x-request-id", named),
                ]
            await send(message)

        bare = scope["method"] == "HEAD"
        if bare:  # answered like a GET, without its body
            scope["method"] = "GET"

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await telling(message)

        refused = self._refusal(request)
        if refused is None and not request.url.path.startswith(_UNLIMITED):
            allowance, found = await self._take(request, began)
            taken += _told(allowance, found)
            if not found.allowed:
                refused = problem(
                    request,
                    HTTPStatus.TOO_MANY_REQUESTS,
                    f"At most {allowance.most} requests a minute; the next in {found.wait} s",
                    kind="urn:sparfuchs:TooMany",
                    headers={"retry-after": str(found.wait)},
                )
        if refused is not None:
            await refused(scope, receive, bodiless if bare else telling)
        else:
            limited = _limited(receive, self._most(request))
            sending = bodiless if bare else telling
            try:
                await self.app(scope, limited, sending)
            except Exception:
                # The last place that can answer: with the headers, the name and the note of all.
                log.exception("http.failed", path=request.url.path)
                if status:  # half an answer is on its way; the server ends the connection
                    raise
                unsaid = problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, UNSAID)
                await unsaid(scope, receive, sending)
        self._note(request, status, self.seconds() - began)

    def _refusal(self, request: Request) -> Response | None:
        query = request.scope.get("query_string", b"")
        raw_path = request.scope.get("raw_path") or request.url.path.encode()
        if len(query) + len(raw_path) > self.settings.max_url_bytes:
            return problem(
                request,
                HTTPStatus.REQUEST_URI_TOO_LONG,
                f"An address has at most {self.settings.max_url_bytes} bytes",
            )
        if b"%00" in query or "\0" in request.url.path or "\0" in request.scope["path"]:
            return problem(
                request, HTTPStatus.BAD_REQUEST, "An address has no character zero (%00)"
            )
        length, most = request.headers.get("content-length", "0"), self._most(request)
        if not length.isdecimal() or int(length) > most:
            return problem(
                request,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A body has at most {most} bytes",
            )
        return None

    def _most(self, request: Request) -> int:
        """How long the body may be: files are taken at one door, where a key is wanted first."""
        sent = request.method == "POST" and request.url.path == UPLOADS
        sent = sent and not request.headers.get("content-type", "").startswith("application/json")
        return self.settings.max_upload_bytes if sent else self.settings.max_body_bytes

    async def _take(self, request: Request, now: float) -> tuple[Allowance, Taken]:
        """By key where one in force is given, else by address.

        Each address may try so many keys, in a bucket of its own: an invented key is no way around
        the limit, and a real one works where strangers at the same address have spent theirs.
        """
        by_address = Allowance(self.settings.requests_per_minute, MINUTE)
        if request.url.path.startswith(_PICTURES):
            # A page has dozens of them; its next one must not wait for that.
            shown = Allowance(self.settings.pictures_per_minute, MINUTE)
            found = self.limiter.take(f"pictures at {self.address(request)}", shown, now=now)
            return shown, found
        by_key = Allowance(self.settings.key_requests_per_minute, MINUTE)
        given = request.headers.get("authorization", "")
        if not given:
            return by_address, self.limiter.take(f"at {self.address(request)}", by_address, now=now)
        named = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
        if self._recognised.get(named, -inf) > now - MINUTE:
            return by_key, self.limiter.take(f"key {named}", by_key, now=now)
        taken = self.limiter.take(f"keys tried at {self.address(request)}", by_address, now=now)
        if not taken.allowed or not await self.known(request):
            return by_address, taken
        if len(self._recognised) >= _KEYS_KEPT:
            self._recognised.clear()
        self._recognised[named] = now
        return by_key, self.limiter.take(f"key {named}", by_key, now=now)

    def address(self, request: Request) -> str:
        """Who asks: the last address that no trusted proxy of ours has; of IPv6 its network."""
        client = request.client.host if request.client else ""
        if client in self.settings.trusted_proxies:
            for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
                if hop.strip() not in self.settings.trusted_proxies:
                    client = hop.strip() or client
                    break
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return client[:64]
        if address.version == 6:  # noqa: PLR2004 - one household has a whole /64
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    def _note(self, request: Request, status: int, seconds: float) -> None:
        route = request.scope.get("route")
        path = getattr(route, "path", "unknown")
        metrics.REQUESTS.labels(route=path, status=str(status)).observe(seconds)
        log.info(
            "http.answered",
            method=request.method,
            route=path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request=request.scope["request_id"].rpartition(":")[2],
        )


def _told(allowance: Allowance, taken: Taken) -> list[tuple[bytes, bytes]]:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)."""
    return [
        (b"ratelimit-policy", f'"minute";q={allowance.most};w={allowance.seconds}'.encode()),
        (b"ratelimit", f'"minute";r={taken.left};t={taken.wait}'.encode()),
    ]


def _limited(receive: Receive, most: int) -> Receive:
    """A body that turns out longer than it may be is refused while it is read."""
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {most} bytes"
                )
        return message

    return counting
