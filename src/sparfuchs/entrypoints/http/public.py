"""What anybody may ask: search, offers, merchants."""

import csv
import io
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sparfuchs import __version__
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.http.answers import CSV, answer, raw
from sparfuchs.entrypoints.http.context import context_of
from sparfuchs.entrypoints.http.offer_shape import Offer, Promotion, PromotionPage
from sparfuchs.entrypoints.http.schemas import (
    Anything,
    CategoryTree,
    History,
    Merchant,
    MerchantPage,
    Problem,
    Ranking,
    SearchPage,
    SuggestionList,
)
from sparfuchs.flows import merchants, query_to_slate, show_promotions
from sparfuchs.flows.show_offer import show_history, show_offer
from sparfuchs.flows.suggestions import suggest
from sparfuchs.kernel.ids import from_public_id
from sparfuchs.pricing import api as pricing
from sparfuchs.search import api as search_api

router = APIRouter(
    prefix="/api/v1",
    tags=["public"],
    responses={code: {"model": Problem} for code in (400, 404, 414, 422, 429, 503)},
)

_MOST: Final = 100
_Words = Annotated[str, Query(max_length=400, description="Words to find; empty for everything.")]
_Names = Annotated[list[str], Query(max_length=50, description="Alternatives; may be repeated.")]
_Minor = Annotated[int | None, Query(ge=0, le=2**40 - 1, description="Minor units (cents).")]
_Cursor = Annotated[str | None, Query(max_length=4000, description="Where the last page ended.")]
_Slug = Annotated[str | None, Query(max_length=200, description="Where the last page ended.")]


@router.get("/search", response_model=SearchPage, summary="Find listings")
async def search(
    request: Request,
    q: _Words = "",
    category: _Names = [],  # noqa: B006 - FastAPI copies it
    merchant: _Names = [],  # noqa: B006 - as above
    not_merchant: _Names = [],  # noqa: B006 - as above
    brand: _Names = [],  # noqa: B006 - as above
    verdict: Annotated[list[pricing.Verdict], Query(max_length=10)] = [],  # noqa: B006 - as above
    tag: Annotated[list[pricing.Tag], Query(max_length=10)] = [],  # noqa: B006 - as above
    unit: Annotated[
        list[Literal["kg", "l", "m", "m²", "m³"]],
        Query(max_length=5, description="Sold by; one of them for the order unit_price."),
    ] = [],  # noqa: B006 - as above
    price_min: _Minor = None,
    price_max: _Minor = None,
    discount_min: Annotated[int | None, Query(ge=0, le=99, description="Our own percent.")] = None,
    deals_only: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
    sort: search_api.Sort = search_api.Sort.RELEVANCE,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 24,
    facets: bool = True,  # noqa: FBT001, FBT002 - as above
    spark: Annotated[bool, Query(description="With the last 90 days of each price.")] = False,  # noqa: FBT002 - as above
    cursor: _Cursor = None,
    verbatim: Annotated[  # noqa: FBT002 - as above
        bool, Query(description="Read nothing into the words, mend none, pass none over.")
    ] = False,
) -> Response:
    """Listings that fit, in one of seven orders, with counts by category, merchant, price,
    discount, verdict, tag and unit. Values of one filter are alternatives, filters add up.
    Percentages are our own.
    """
    asked = search_api.Query(
        text=q,
        categories=tuple(category),
        merchants=tuple(merchant),
        not_merchants=tuple(not_merchant),
        brands=tuple(brand),
        verdicts=tuple(one.value for one in verdict),
        tags=tuple(one.value for one in tag),
        units=tuple(unit),
        price_min=price_min,
        price_max=price_max,
        discount_min=discount_min,
        only_deals=deals_only,
        sort=sort,
        limit=limit,
        cursor=cursor,
        facets=facets,
        verbatim=verbatim,
    )
    here = context_of(request)
    return await here.public(
        request, lambda: query_to_slate.find(here.here, asked, now=here.now(), with_spark=spark)
    )


@router.get("/suggestions", response_model=SuggestionList, summary="What may be meant")
async def suggestions(
    request: Request,
    q: Annotated[str, Query(max_length=100, description="The beginning of some words.")] = "",
    limit: Annotated[int, Query(ge=1, le=search_api.MOST_SHOWN)] = search_api.MOST_SHOWN,
) -> Response:
    """Searches, categories, brands, merchants and products that begin so, in any of their words,
    or nearly so; the likeliest first, each with how many listings and deals there are.
    """
    here = context_of(request)
    return await here.public(request, lambda: suggest(here.here, q, limit=limit))


@router.get("/ranking", response_model=Ranking, summary="What the order goes by")
async def ranking(request: Request) -> Response:
    """What the order of relevance goes by, with every weight in force."""
    return answer(request, search_api.ranking())


@router.get("/listings/{id}", response_model=Offer, summary="One listing")
@router.get("/offers/{id}", response_model=Offer, summary="One offer")
async def offer(request: Request, id: str) -> Response:  # noqa: A002 - the word in the address
    """Everything known of an offer: claim, prices, verdict with its evidence, rating, origin."""
    here = context_of(request)
    name = _public(id)
    return await here.public(request, lambda: show_offer(here.here, name, now=here.now()))


@router.get("/offers/{id}/history", response_model=History, summary="Its prices")
async def history(
    request: Request,
    id: str,  # noqa: A002 - the word in the address
    format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",  # noqa: A002 - as above
) -> Response:
    """Prices from one change to the next; `format=csv` for a table."""
    here, name = context_of(request), _public(id)
    if format == "csv":
        found = await here.work(show_history, here.here, name)
        return raw(request, _table(found["spans"]), media=CSV)
    return await here.public(request, lambda: show_history(here.here, name))


def _public(name: str) -> str:
    """Only public ids: the names by which operators call offers are no addresses."""
    if from_public_id(name) is None:
        raise catalog.no_offer(name[:100])
    return name


def _table(spans: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["from", "to", "price_minor", "currency"])
    for span in spans:
        price = span["price"] or {"minor": "", "currency": ""}
        rows.writerow([span["from"], span["to"] or "", price["minor"], price["currency"]])
    return text.getvalue().encode()


@router.get("/categories", response_model=CategoryTree, summary="The tree of categories")
async def list_categories(request: Request) -> Response:
    """Every node with its German and English name and how many listings it holds."""
    here = context_of(request)
    return await here.public(request, lambda: query_to_slate.categories(here.here, now=here.now()))


@router.get("/merchants", response_model=MerchantPage, summary="Merchants")
async def list_merchants(
    request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50, cursor: _Slug = None
) -> Response:
    """Merchants by name, with how much there is of each and how its claims hold."""
    here = context_of(request)

    def page() -> dict[str, Any]:
        found = merchants.list_merchants(here.here, after=cursor or "", limit=limit + 1)
        more = found[limit - 1]["slug"] if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}

    return await here.public(request, page)


@router.get("/merchants/{slug}", response_model=Merchant, summary="One merchant")
async def show_merchant(request: Request, slug: str) -> Response:
    """One merchant, with how much there is of it and how its claims hold."""
    here = context_of(request)
    return await here.public(request, lambda: merchants.show_merchant(here.here, slug[:200]))


@router.get("/promotions", response_model=PromotionPage, summary="Promotions and coupons")
async def promotions(
    request: Request,
    merchant: Annotated[str | None, Query(max_length=200, description="Its slug.")] = None,
    everything: Annotated[  # noqa: FBT002 - a parameter of the address
        bool, Query(description="Also those that are over, to come or no longer stated.")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    cursor: _Slug = None,
) -> Response:
    """What shops grant beside their prices: terms, codes, validity. Those valid now, unless
    `everything` is asked for.
    """
    here = context_of(request)

    def page() -> dict[str, Any]:
        found = show_promotions.list_promotions(
            here.here,
            merchant,
            now=here.now(),
            everything=everything,
            after=cursor,
            limit=limit + 1,
        )
        more = found[limit - 1]["id"] if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}

    return await here.public(request, page)


@router.get("/promotions/{id}", response_model=Promotion, summary="One promotion")
async def promotion(request: Request, id: str) -> Response:  # noqa: A002 - the word in the address
    """One promotion, valid or not."""
    here = context_of(request)
    return await here.public(
        request, lambda: show_promotions.show_promotion(here.here, id, now=here.now())
    )


@router.get("/version", response_model=Anything, summary="Which version this is")
async def version(request: Request) -> Response:
    """The version of the program."""
    return answer(request, {"version": __version__})
