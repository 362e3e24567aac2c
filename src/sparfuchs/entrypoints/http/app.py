"""The app: routes, guard and problem details put together."""

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from sparfuchs import __version__
from sparfuchs.entrypoints.http import (
    cards,
    check,
    health,
    operate,
    pictures,
    problems,
    products,
    public,
)
from sparfuchs.entrypoints.http.answers import answer
from sparfuchs.entrypoints.http.context import Context
from sparfuchs.entrypoints.http.guard import Guard, Known, nobody_is_known
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.clock import Clock, system_clock
from sparfuchs.plumbing.rate import ProcessRateLimiter, RateLimiter
from sparfuchs.plumbing.settings import HttpSettings

DESCRIPTION = """Deals with an honest verdict: what a reduction is worth by our own price history,
beside what the merchant says. Money is in whole minor units, times are ISO 8601 in UTC, lists are
paged by cursors, refusals are problem details (RFC 9457)."""


def make_app(
    here: Installation,
    *,
    clock: Clock = system_clock,
    limiter: RateLimiter | None = None,
) -> FastAPI:
    """The API of an installation."""
    context = Context(here, clock)
    app = bare_app(here.settings.http, limiter or ProcessRateLimiter(), context.known)
    app.state.context = context
    return app


def bare_app(
    settings: HttpSettings, limiter: RateLimiter, known: Known = nobody_is_known
) -> FastAPI:
    """Routes without an installation behind them: enough to describe them."""
    app = FastAPI(
        title="Sparfuchs",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,  # both fetch scripts from elsewhere
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    for router in (
        public.router,
        cards.router,
        pictures.router,
        products.router,
        check.router,
        operate.router,
        products.reviews,
        health.router,
    ):
        app.include_router(router)
    app.add_api_route("/api/v1/openapi.json", _described, include_in_schema=False)
    app.add_middleware(Guard, settings=settings, limiter=limiter, known=known)
    problems.install(app)
    return app


async def _described(request: Request) -> Response:
    return answer(request, describe(request.app))


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with how keys are given."""
    told = app.openapi()
    told.setdefault("components", {})["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: spf_…"}
    }
    for path in told["paths"].values():
        for operation in path.values():
            if "operate" in operation.get("tags", ()):
                operation["security"] = [{"key": []}]
    return told
