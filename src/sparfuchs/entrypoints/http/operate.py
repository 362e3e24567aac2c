"""What operators ask: sources, runs, rejections, status. Each wants a key with its scope."""

import base64
from datetime import datetime
from typing import Annotated, Any, Final

import polars as pl
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from sparfuchs.accounts import api as accounts
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.http.answers import CSV, answer, raw
from sparfuchs.entrypoints.http.context import context_of
from sparfuchs.entrypoints.http.schemas import (
    Anything,
    CategoryChoice,
    NewCredential,
    NewSource,
    Page,
    PatternPage,
    Problem,
    RejectionPage,
    SourceChange,
)
from sparfuchs.entrypoints.worker import queue_reading
from sparfuchs.flows.categorise import map_path, paths_of, unmap_path
from sparfuchs.flows.credentials import set_credential, take_credential
from sparfuchs.flows.facts import run_facts, source_facts
from sparfuchs.flows.misleading import MOST_EXAMPLES, misleading_merchants
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.rejections import (
    rejected_rows,
    rejection_items,
    rejection_trend,
    rejections_csv,
)
from sparfuchs.flows.release import discard_run, find_run, release_run
from sparfuchs.flows.sources import add_source, find_source, remove_source
from sparfuchs.flows.status import status
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.errors import UsageError
from sparfuchs.quality import api as quality

router = APIRouter(
    prefix="/api/v1",
    tags=["operate"],
    responses={code: {"model": Problem} for code in (400, 401, 403, 404, 409, 422, 429, 503)},
)

_MOST: Final = 200
_Limit = Annotated[int, Query(ge=1, le=_MOST)]
_Cursor = Annotated[str | None, Query(max_length=400, description="Where the last page ended.")]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The run's number.")]


@router.get("/status", response_model=Anything, summary="How the installation is")
async def show_status(request: Request) -> Response:
    """Sources fresh, late and failing; consumers; disk, database, index. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        found = status(here.here, now=here.now())
        found.pop("data_dir")
        return found

    return answer(request, await here.work(work), keep="no-store")


@router.get("/sources", response_model=Page, summary="Sources")
async def list_sources(request: Request, limit: _Limit = 50, cursor: _Cursor = None) -> Response:
    """The ways to merchants' offers, by name. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        with here.here.database.reading() as reading:
            known = [one for one in catalog.all_sources(reading) if one.path > (cursor or "")]
        known.sort(key=lambda one: one.path)
        more = known[limit - 1].path if len(known) > limit else None
        return {"items": [source_facts(one) for one in known[:limit]], "next_cursor": more}

    return answer(request, await here.work(work))


@router.post("/sources", status_code=201, response_model=Anything, summary="A new source")
async def create_source(request: Request, source: NewSource) -> Response:
    """Adds a source by its address; it is read when a worker comes to it. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        added = add_source(
            here.here,
            source.merchant,
            source.name,
            source.location,
            source.settings,
            now=here.now(),
        )
        return source_facts(added)

    found = await here.work(work)
    where = f"/api/v1/sources/{found['source']}"
    return answer(request, found, status=201, headers={"location": where}, keep="no-store")


@router.get("/sources/{merchant}/{name}", response_model=Anything, summary="One source")
async def show_source(request: Request, merchant: str, name: str) -> Response:
    """A source with its newest runs. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        source = find_source(here.here, f"{merchant}/{name}")
        with here.here.database.reading() as reading:
            newest = catalog.runs(reading, source.id, 10)
        return {**source_facts(source), "runs": [run_facts(run, source.path) for run in newest]}

    return answer(request, await here.work(work))


@router.patch("/sources/{merchant}/{name}", response_model=Anything, summary="Pause or resume")
async def change_source(
    request: Request, merchant: str, name: str, change: SourceChange
) -> Response:
    """Pauses a source, or lets it be read again. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        act = catalog.pause if change.status == "paused" else catalog.resume
        with here.here.database.unit_of_work() as unit:
            act(unit, source)
        return source_facts(find_source(here.here, source.path))

    return answer(request, await here.work(work), keep="no-store")


@router.delete("/sources/{merchant}/{name}", response_model=Anything, summary="Remove a source")
async def delete_source(request: Request, merchant: str, name: str) -> Response:
    """Removes a source with its offers, their history and listings. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        return {"source": source.path, "removed": remove_source(here.here, source, now=here.now())}

    return answer(request, await here.work(work), keep="no-store")


@router.put(
    "/sources/{merchant}/{name}/credential",
    response_model=Anything,
    summary="Set a source's credential",
)
async def put_credential(
    request: Request, merchant: str, name: str, given: NewCredential
) -> Response:
    """Keeps what the source's host asks for, encrypted; no answer ever has it. Wants
    write:sources.
    """
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        value = given.value.get_secret_value()
        set_credential(here.here, source, given.kind, value, name=given.name)
        return source_facts(find_source(here.here, source.path))

    return answer(request, await here.work(work), keep="no-store")


@router.delete(
    "/sources/{merchant}/{name}/credential",
    response_model=Anything,
    summary="Take a source's credential away",
)
async def delete_credential(request: Request, merchant: str, name: str) -> Response:
    """The source is asked without any from now on. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        take_credential(here.here, source)
        return source_facts(find_source(here.here, source.path))

    return answer(request, await here.work(work), keep="no-store")


@router.post(
    "/sources/{merchant}/{name}/read",
    status_code=202,
    response_model=Anything,
    summary="Read it soon",
)
async def read_source(request: Request, merchant: str, name: str) -> Response:
    """Queues a reading; a worker takes it up. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        queue_reading(here.here, source)
        return {"source": source.path, "status": "queued"}

    return answer(request, await here.work(work), status=202, keep="no-store")


@router.get("/sources/{merchant}/{name}/categories", response_model=Anything, summary="Its paths")
async def source_categories(
    request: Request, merchant: str, name: str, limit: _Limit = 50
) -> Response:
    """The paths that a source states, the most frequent first, and where each leads.

    Wants read:operate.
    """
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        source = find_source(here.here, f"{merchant}/{name}")
        return {"items": paths_of(here.here, source, limit=limit)}

    return answer(request, await here.work(work), keep="no-store")


@router.put("/sources/{merchant}/{name}/categories", response_model=Anything, summary="Map a path")
async def map_category(
    request: Request, merchant: str, name: str, choice: CategoryChoice
) -> Response:
    """Gives a path of a source its category by hand. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        moved = map_path(here.here, source, choice.path, choice.category, now=here.now())
        return {"source": source.path, "path": choice.path.strip(), "moved": moved}

    return answer(request, await here.work(work), keep="no-store")


@router.delete(
    "/sources/{merchant}/{name}/categories", response_model=Anything, summary="Unmap a path"
)
async def unmap_category(
    request: Request,
    merchant: str,
    name: str,
    path: Annotated[str, Query(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")],
) -> Response:
    """Takes back what was mapped by hand. Wants write:sources."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.SOURCES)
        source = find_source(here.here, f"{merchant}/{name}")
        return {
            "source": source.path,
            "path": path.strip(),
            "moved": unmap_path(here.here, source, path, now=here.now()),
        }

    return answer(request, await here.work(work), keep="no-store")


@router.get("/runs", response_model=Page, summary="Runs")
async def list_runs(
    request: Request,
    source: Annotated[str | None, Query(max_length=200, examples=["laden/feed"])] = None,
    limit: _Limit = 50,
    cursor: _Cursor = None,
) -> Response:
    """The newest runs, of one source or of all. Wants read:operate."""
    here = context_of(request)
    before = None if cursor is None else _place(cursor)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        chosen = find_source(here.here, source) if source else None
        with here.here.database.reading() as reading:
            found = catalog.runs(reading, chosen.id if chosen else None, limit + 1, before=before)
            names = {one.id: one.path for one in catalog.all_sources(reading)}
        items = [run_facts(run, names.get(run.source_id, "removed")) for run in found[:limit]]
        more = _after(found[limit - 1]) if len(found) > limit else None
        return {"items": items, "next_cursor": more}

    return answer(request, await here.work(work))


@router.get("/runs/{merchant}/{name}/{number}", response_model=Anything, summary="One run")
async def show_run(request: Request, merchant: str, name: str, number: _Number) -> Response:
    """A run: what it counted, and why it is held if it is. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        source, run = find_run(here.here, _name(merchant, name, number))
        return run_facts(run, source.path)

    return answer(request, await here.work(work))


@router.get(
    "/runs/{merchant}/{name}/{number}/rejections",
    response_model=RejectionPage,
    summary="Rejected rows",
)
async def rejections(
    request: Request,
    merchant: str,
    name: str,
    number: _Number,
    limit: _Limit = 50,
    cursor: _Cursor = None,
    format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",  # noqa: A002 - in the address
) -> Response:
    """Rejected rows: line, id, field, value, reason, rule, and how to mend each, in German and
    English; `format=csv` for all of them as a table. Wants read:operate.
    """
    here = context_of(request)

    def work() -> pl.DataFrame:
        here.allowed(request, accounts.Scope.READ)
        _, run = find_run(here.here, _name(merchant, name, number))
        return rejected_rows(here.here, run)

    found = await here.work(work)
    if format == "csv":
        return raw(request, await here.work(rejections_csv, found), media=CSV)
    if cursor is not None and not cursor.isdecimal():
        raise UsageError("The cursor is none of this list", cursor=cursor)
    start = int(cursor or 0)
    part = found.slice(min(start, found.height), limit)
    more = str(start + limit) if start + limit < found.height else None
    return answer(request, {"items": rejection_items(part), "next_cursor": more})


@router.get(
    "/sources/{merchant}/{name}/rejections", response_model=Anything, summary="Rejected by day"
)
async def rejection_days(
    request: Request,
    merchant: str,
    name: str,
    days: Annotated[int, Query(ge=1, le=400, description="How many days back.")] = 30,
) -> Response:
    """How many rows were rejected by day and reason. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        source = find_source(here.here, f"{merchant}/{name}")
        return rejection_trend(here.here, source, now=here.now(), days=days)

    return answer(request, await here.work(work))


@router.post("/runs/{merchant}/{name}/{number}/release", response_model=Anything, summary="Release")
async def release(request: Request, merchant: str, name: str, number: _Number) -> Response:
    """Publishes a held run as of its own time. Wants write:runs."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.RUNS)
        report = release_run(here.here, _name(merchant, name, number), now=here.now())
        judge(here.here, report)
        return report.as_json()

    return answer(request, await here.work(work), keep="no-store")


@router.post("/runs/{merchant}/{name}/{number}/discard", response_model=Anything, summary="Discard")
async def discard(request: Request, merchant: str, name: str, number: _Number) -> Response:
    """Throws a held run away. Wants write:runs."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.RUNS)
        source, run = discard_run(here.here, _name(merchant, name, number))
        return {"source": source.path, "run": run.number, "status": "discarded"}

    return answer(request, await here.work(work), keep="no-store")


@router.get("/patterns", response_model=PatternPage, summary="Misleading reductions")
async def patterns(
    request: Request,
    merchant: Annotated[str | None, Query(max_length=200, description="Its slug.")] = None,
    pattern: quality.Pattern | None = None,
    examples: Annotated[int, Query(ge=0, le=MOST_EXAMPLES, description="Of each pattern.")] = 3,
    limit: _Limit = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Merchants whose stated reductions mislead, by pattern, with examples. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        found = misleading_merchants(
            here.here,
            merchant=merchant,
            pattern=pattern,
            examples=examples,
            after=cursor or "",
            limit=limit + 1,
        )
        more = found[limit - 1]["merchant"]["slug"] if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}

    return answer(request, await here.work(work))


def _name(merchant: str, name: str, number: int) -> str:
    return f"{merchant}/{name}:{number}"


def _after(run: catalog.FeedRun) -> str:
    """Where a page of runs ended."""
    told = f"{to_micros(run.at)} {run.source_id} {run.number}"
    return base64.urlsafe_b64encode(told.encode()).decode()


def _place(cursor: str) -> tuple[datetime, int, int]:
    """The place that a cursor names. Raises UsageError for what is no cursor of ours."""
    try:
        micros, source_id, number = map(int, base64.urlsafe_b64decode(cursor).decode().split(" "))
        at = from_micros(micros)
    except (ValueError, OverflowError) as error:
        raise UsageError("The cursor is none of this list") from error
    if not (0 <= source_id < 2**63 and 0 <= number < 2**31):
        raise UsageError("The cursor is none of this list")
    return at, source_id, number
