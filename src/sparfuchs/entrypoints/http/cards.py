"""What pages show of offers that they already know: cards by id, and the past for a chart."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.http.context import context_of
from sparfuchs.entrypoints.http.schemas import Listing, Money, Problem
from sparfuchs.flows import query_to_slate
from sparfuchs.flows.show_past import show_past
from sparfuchs.kernel.ids import from_public_id
from sparfuchs.pricing import api as pricing

router = APIRouter(
    prefix="/api/v1",
    tags=["public"],
    responses={code: {"model": Problem} for code in (400, 404, 414, 422, 429, 503)},
)


class Cards(BaseModel):
    """Listings in the order in which they were asked for; what is not there is left out."""

    items: list[Listing]


class Stretch(BaseModel):
    """A time in which nothing changed; `to` null: until now."""

    model_config = ConfigDict(extra="forbid")

    from_: Annotated[str, Field(alias="from")]
    to: str | None
    price: Money | None = Field(description="While sold out: what the merchant went on stating.")
    state: pricing.Past


class PastOfOffer(BaseModel):
    """The past of an offer, oldest first and without a hole."""

    id: str
    stretches: list[Stretch]


@router.get("/cards", response_model=Cards, summary="Listings by id")
async def cards(
    request: Request,
    id: Annotated[list[str], Query(min_length=1, max_length=50)],  # noqa: A002 - as elsewhere
    spark: Annotated[bool, Query(description="With the last 90 days of each price.")] = False,  # noqa: FBT002 - a parameter of the address
) -> Response:
    """What a page of hits shows, of offers that are already known by their ids."""
    here = context_of(request)
    return await here.public(
        request, lambda: query_to_slate.cards(here.here, id, now=here.now(), with_spark=spark)
    )


@router.get("/offers/{id}/past", response_model=PastOfOffer, summary="Its past, for a chart")
async def past(request: Request, id: str) -> Response:  # noqa: A002 - the word in the address
    """Prices with the reason where there is none: sold out, or not seen."""
    here = context_of(request)
    if from_public_id(id) is None:
        raise catalog.no_offer(id[:100])
    return await here.public(request, lambda: show_past(here.here, id))
