"""Problem details (RFC 9457): every refusal in one form, with a sentence and the facts."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparfuchs.kernel.errors import FetchFailed, SparfuchsError
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

MEDIA: Final = "application/problem+json"
# What happened inside is nobody's business outside; the log has it under the request's id.
UNSAID: Final = "Something went wrong here. It is on record; please try again."
_LATER: Final = "What this needs cannot be reached just now. Please try again in a moment."
_WAIT: Final = 5  # seconds
_LONGEST: Final = 500


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    headers: dict[str, str] | None = None,
    **facts: object,
) -> Response:
    """One refusal. `type` names the kind of it, `instance` the request."""
    told = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail[:_LONGEST],
        "instance": request.scope.get("request_id", ""),
        **facts,
    }
    return Response(
        msgspec.json.encode(told),
        status_code=status,
        media_type=MEDIA,
        headers={"cache-control": "no-store", **(headers or {})},
    )


def install(app: FastAPI) -> None:
    """Every error of the app leaves in this form; what nobody foresaw is the guard's."""
    app.add_exception_handler(SparfuchsError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, SparfuchsError)
    name = type(error).__name__
    facts = {key: value for key, value in error.facts.items() if _plain(value)}
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("http.refused", error=name, message=error.message, path=request.url.path)
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return problem(request, error.status, UNSAID)
        if isinstance(error, FetchFailed):
            # Made for whoever asked: it says no more than an outsider may know (R-X-5).
            return problem(request, error.status, error.message, kind="urn:sparfuchs:FetchFailed")
        # Its sentence may name sockets and files; that is for the log.
        wait = {"retry-after": str(_WAIT)}
        return problem(request, error.status, _LATER, kind=f"urn:sparfuchs:{name}", headers=wait)
    headers = {"www-authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
    return problem(
        request,
        error.status,
        error.message,
        kind=f"urn:sparfuchs:{name}",
        headers=headers,
        **{"facts": facts} if facts else {},
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        {"field": ".".join(str(part) for part in one["loc"]), "rule": str(one["msg"])}
        for one in error.errors()
    ]
    said = "; ".join(f"{one['field']}: {one['rule']}" for one in wrong)
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        said,
        kind="urn:sparfuchs:Invalid",
        errors=wrong,
    )


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return problem(request, error.status_code, str(error.detail), headers=headers)


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) and len(str(value)) <= _LONGEST
