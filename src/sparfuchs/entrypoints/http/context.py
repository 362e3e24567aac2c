"""What routes are given: the installation, who asks, and a place off the event loop to work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.answers import JSON, encoded, raw
from sparfuchs.entrypoints.http.kept import KeptAnswers
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_picture import Pictures
from sparfuchs.kernel.clock import Clock, system_clock

T = TypeVar("T")


@dataclass
class Context:
    """One app's installation with a bounded pool of threads: hot routes hand their work to it."""

    here: Installation
    clock: Clock = system_clock
    _pool: anyio.CapacityLimiter | None = field(default=None, init=False)
    _aside: anyio.CapacityLimiter | None = field(default=None, init=False)
    _kept: KeptAnswers = field(init=False)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        self._kept = KeptAnswers(self.here.settings.http.answer_seconds)
        self.pictures = Pictures(self.here)

    async def work(self, task: Callable[..., T], *arguments: Any) -> T:
        if self._pool is None:
            self._pool = anyio.CapacityLimiter(self.here.settings.http.threads)
        return await anyio.to_thread.run_sync(task, *arguments, limiter=self._pool)

    async def aside(self, task: Callable[..., T], *arguments: Any) -> T:
        """Work that waits for others, such as a shop's answer: one at a time, and never in the way
        of what shoppers ask.
        """
        if self._aside is None:
            self._aside = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(task, *arguments, limiter=self._aside)

    async def public(self, request: Request, task: Callable[[], Any]) -> Response:
        """What a task gives, as an answer to anybody; the same again for some seconds."""
        address = f"{request.url.path}?{request.url.query}"
        body = self._kept.get(address)
        if body is None:
            body = await self.work(lambda: encoded(task()))
            self._kept.put(address, body)
        seconds = int(self.here.settings.http.answer_seconds)
        keep = f"public, max-age={seconds}" if seconds else "no-cache"
        return raw(request, body, media=JSON, keep=keep)

    async def known(self, request: Request) -> bool:
        """Whether a request comes with a key in force."""
        return await self.work(self._key, request) is not None

    def _key(self, request: Request) -> accounts.ApiKey | None:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            return None
        with self.here.database.unit_of_work() as work:
            return accounts.recognise(work, secret.strip(), at=self.now())

    def now(self) -> datetime:
        return self.clock()

    def allowed(self, request: Request, scope: accounts.Scope) -> accounts.ApiKey:
        """The key of a request, if it allows this. Raises Unauthorised or Forbidden."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise accounts.Unauthorised("This wants an API key: Authorization: Bearer spf_…")
        key = self._key(request)
        if key is None:
            raise accounts.Unauthorised("There is no such key, or it was revoked")
        if scope not in key.scopes:
            raise accounts.Forbidden(f"This key does not allow {scope.value}", scope=scope.value)
        return key


def context_of(request: Request) -> Context:
    found: Context = request.app.state.context
    return found
