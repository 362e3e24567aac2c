"""A feed is looked at before it becomes a source: by its address, or sent as a file."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.answers import answer
from sparfuchs.entrypoints.http.context import Context, context_of
from sparfuchs.entrypoints.http.schemas import CheckedFeed, FeedToCheck, Problem, SaveAs
from sparfuchs.flows.check_feed import can_be_saved, check_file, check_location
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.errors import UsageError

router = APIRouter(
    prefix="/api/v1",
    tags=["operate"],
    responses={code: {"model": Problem} for code in (400, 401, 403, 413, 422, 429, 502, 503)},
)

# Whatever is no JSON question is a file; a feed that is JSON itself is sent as octet-stream.
_QUESTION: Final = "application/json"


def _described() -> dict[str, Any]:
    """The question's shape in one piece: where it stands nobody could follow its references."""
    told = FeedToCheck.model_json_schema()
    told["properties"]["save"]["anyOf"][0] = told.pop("$defs")[SaveAs.__name__]
    return told


_Pair = Annotated[str, Query(max_length=600, pattern=r"^[^\x00]*$")]


@router.post(
    "/sources/check",
    response_model=CheckedFeed,
    summary="Check a feed",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _QUESTION: {"schema": _described()},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def check(
    request: Request,
    name: Annotated[
        str, Query(max_length=200, pattern=r"^[^\x00]*$", description="What a sent file is called.")
    ] = "feed",
    given: Annotated[
        list[_Pair],
        Query(alias="set", max_length=50, description="KEY=VALUE, for a sent file; repeatable."),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """What a feed is, its columns as guessed, the first offers as cards, what would be rejected and
    how to mend it. An address as JSON, or the bytes of a file as `application/octet-stream`.
    Nothing is stored, unless it is to be saved as a source. Wants write:sources.
    """
    here = context_of(request)
    await here.work(here.allowed, request, accounts.Scope.SOURCES)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _QUESTION:
        question = await _question(request)
        return answer(request, await here.aside(_look, here, question), keep="no-store")
    with TemporaryDirectory(prefix="sparfuchs-check-") as folder:
        sent = Path(folder) / "sent"
        with sent.open("wb") as file:
            async for block in request.stream():
                file.write(block)
        found = await here.aside(check_file, sent, name or "feed", _pairs(given))
    return answer(request, found, keep="no-store")


async def _question(request: Request) -> FeedToCheck:
    """Raises RequestValidationError for what is none."""
    try:
        told = json.loads(await request.body() or b"null")
        return FeedToCheck.model_validate(told)
    except ValidationError as error:
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(wrong) from error
    except (ValueError, RecursionError) as error:
        raise UsageError("The body is no JSON") from error


def _look(here: Context, question: FeedToCheck) -> dict[str, Any]:
    """Only addresses come here: the files of a server are its operator's to name."""
    found = check_location(
        question.location, question.settings, fetcher=here.here.fetcher, at=here.now()
    )
    if question.save is not None:
        can_be_saved(found)
        save = question.save
        added = add_source(
            here.here,
            save.merchant,
            save.name,
            question.location,
            question.settings,
            now=here.now(),
        )
        found["saved"] = added.path
    return found


def _pairs(given: list[str]) -> dict[str, str]:
    """Raises UsageError for one without an equals sign."""
    parts = [text.partition("=") for text in given]
    if wrong := [name for name, equals, _ in parts if not equals or not name.strip()]:
        raise UsageError(f"set wants KEY=VALUE, not {wrong[0]!r}", value=wrong[0])
    return {name.strip(): value.strip() for name, _, value in parts}
