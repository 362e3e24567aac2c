"""Is it alive, is it ready, and its figures."""

import ipaddress
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from sparfuchs.accounts import api as accounts
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.http.answers import answer, raw
from sparfuchs.entrypoints.http.context import Context, context_of
from sparfuchs.entrypoints.http.schemas import Anything
from sparfuchs.kernel.errors import SparfuchsError
from sparfuchs.migrations import current, newest
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.disk import disk_state

router = APIRouter(tags=["health"])


@router.get("/health/live", response_model=Anything, summary="Is the process alive")
async def live(request: Request) -> Response:
    """Answers as long as the process can."""
    return answer(request, {"status": "alive"}, keep="no-store")


@router.get("/health/ready", response_model=Anything, summary="Can it serve")
async def ready(request: Request) -> Response:
    """Whether database and index answer; 503 with the parts that do not. A full disk stops reading
    and not serving, so it is told and does not count.
    """
    here = context_of(request)
    parts = await here.work(_parts, here)
    fine = all(part["ok"] for name, part in parts.items() if name != "disk")
    told = {"status": "ready" if fine else "not ready", "parts": parts}
    return answer(request, told, status=200 if fine else 503, keep="no-store")


def _parts(context: Context) -> dict[str, dict[str, Any]]:
    here = context.here
    parts: dict[str, dict[str, Any]] = {}
    answers = here.database.answers()
    parts["database"] = {"ok": answers}
    if not answers:
        parts["database"]["reason"] = "the database does not answer"
    parts["migrations"] = _migrated(here.database.dsn)
    there = here.engine.exists()
    parts["index"] = {"ok": there} if there else {"ok": False, "reason": "there is no index yet"}
    disk = disk_state(here.settings.data_dir, here.settings.disk)
    parts["disk"] = {"ok": disk.reason is None, **({"reason": disk.reason} if disk.reason else {})}
    return parts


def _migrated(dsn: str) -> dict[str, Any]:
    try:
        at = current(dsn)
    except SparfuchsError:
        return {"ok": False, "reason": "the database does not answer"}
    if at != newest():
        return {"ok": False, "reason": f"the database is at {at}, this program wants {newest()}"}
    return {"ok": True}


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def figures(request: Request) -> Response:
    """Prometheus text, to callers on this machine or with a key that has read:operate."""
    here = context_of(request)
    if not _local(request):
        await here.work(here.allowed, request, accounts.Scope.READ)

    def count() -> None:
        """What only the database knows is asked for when somebody wants to see it."""
        with here.here.database.reading() as work:
            found = catalog.reach(work, here.now())
        for state in ("active", "failing", "paused"):
            metrics.SOURCES.labels(state=state).set(getattr(found, state))
        metrics.OVERDUE.set(found.overdue)
        metrics.OVERDUE_SECONDS.set(found.overdue_seconds)

    await here.work(count)
    return raw(request, metrics.render(), media=metrics.CONTENT_TYPE, keep="no-store")


def _local(request: Request) -> bool:
    """On this machine, and not by way of a proxy on it."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
