"""Pictures of offers, from our own address: no visitor's browser asks a shop for them."""

import asyncio
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.http.answers import raw
from sparfuchs.entrypoints.http.context import context_of
from sparfuchs.entrypoints.http.schemas import Problem
from sparfuchs.kernel.errors import NotFound
from sparfuchs.plumbing.pictures import blank

WEBP: Final = "image/webp"
# The name in the address is that of the picture, so what it shows stays for a long time.
_KEEP: Final = "public, max-age=604800"
_BLANK: Final = blank()

router = APIRouter(
    prefix="/api/v1",
    tags=["public"],
    responses={code: {"model": Problem} for code in (400, 404, 414, 422, 429, 503)},
)


class Width(StrEnum):
    CARD = "320"
    PAGE = "640"


class Picture(Response):
    media_type = WEBP


@router.get(
    "/pictures/{id}",
    response_class=Picture,
    summary="Its picture",
    responses={200: {"content": {WEBP: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def picture(
    request: Request,
    id: str,  # noqa: A002 - as elsewhere
    v: Annotated[str, Query(pattern="^[0-9a-f]{24}$", description="As the listing names it.")],
    width: Annotated[Width, Query(description="Of the square, in pixels.")] = Width.CARD,
    blank: Annotated[  # noqa: FBT002 - a parameter of the address
        bool, Query(description="Where there is none (yet): one empty pixel instead of 404.")
    ] = False,
) -> Response:
    """A merchant's picture of an offer, made anew by us: a square on white, WebP. The first who
    asks waits some seconds for the shop; a picture that is not there by then comes later.
    """
    here = context_of(request)
    found = await here.work(here.pictures.kept, v, int(width))
    if found is None:
        try:
            url = await here.work(here.pictures.url_of, id, v)
        except NotFound:
            if not blank:
                raise
        else:
            done = here.pictures.want(v, url)
            seconds = here.here.settings.pictures.patience
            await asyncio.wait({asyncio.wrap_future(done)}, timeout=seconds)
            found = await here.work(here.pictures.kept, v, int(width))
    if found is not None:
        return raw(request, found, media=WEBP, keep=_KEEP)
    if blank:
        return raw(request, _BLANK, media=WEBP, keep="no-store")
    raise catalog.no_picture(id[:100])
