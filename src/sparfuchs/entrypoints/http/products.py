"""Products: what anybody may ask of them, and what people who operate say of doubtful pairs."""

import base64
import struct
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.answers import answer
from sparfuchs.entrypoints.http.context import context_of
from sparfuchs.entrypoints.http.schemas import InProduct, Listing, MerchantName, Money, Problem
from sparfuchs.flows import review_matches, show_product
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.ids import from_public_id

router = APIRouter(
    prefix="/api/v1",
    tags=["public"],
    responses={code: {"model": Problem} for code in (400, 404, 414, 422, 429, 503)},
)
reviews = APIRouter(
    prefix="/api/v1",
    tags=["operate"],
    responses={code: {"model": Problem} for code in (400, 401, 403, 404, 409, 422, 429, 503)},
)

_MOST: Final = 200
_PLACE: Final = struct.Struct("!dq")


class AlsoFrom(BaseModel):
    """The same offer, seen twice: where else it comes from, and why it is held to be the same."""

    offer: str
    source: str | None
    since: str
    reasons: str | None


class ProductOffer(Listing):
    """One offer of a product."""

    product: None = Field(default=None, exclude=True)
    spark: None = Field(default=None, exclude=True)
    also_from: list[AlsoFrom]


class ProductLow(BaseModel):
    """The lowest known price of so many days over all its offers; `days` null: ever."""

    days: int | None
    price: Money
    last_at: str
    offer: str


class Sibling(InProduct):
    """A variant: another product of the family, and in what it differs."""

    title: str | None
    differs: dict[str, str] = Field(examples=[{"storage": "256 GB"}])
    offer: str | None = Field(description="Its cheapest offer: one to be had, where there is one.")


class Product(InProduct):
    """A product with its live offers, the cheapest first; what is sold out comes last."""

    title: str
    brand: str | None
    gtin: str | None
    mpn: str | None
    category: str | None
    image: str | None
    picture: str | None
    lowest: list[ProductLow]
    items: list[ProductOffer]
    siblings: list[Sibling]


class Held(BaseModel):
    """Why one offer is held to be this product; `with` null: it stands alone."""

    offer: str
    title: str | None
    since: str
    how: str = Field(description="alone, key, likeness or person")
    with_: Annotated[str | None, Field(alias="with")]
    probability: float | None
    reasons: str | None
    same_as: str | None = Field(description="The offer that it is, seen twice.")


class Said(BaseModel):
    """What a person answered about two offers."""

    offers: list[str]
    same: bool


class Why(BaseModel):
    id: str
    members: list[Held]
    answers: list[Said]
    model: str | None
    version: int | None


class ReviewEnd(BaseModel):
    id: str
    title: str | None
    merchant: MerchantName | None
    price: Money | None
    url: str | None
    product: str | None


class Review(BaseModel):
    """A doubtful pair, with what speaks for and against it in words."""

    id: int
    probability: float
    reasons: str
    asked_at: str
    offers: list[ReviewEnd]


class ReviewPage(BaseModel):
    items: list[Review]
    next_cursor: str | None


class Answered(BaseModel):
    """What came of an answer: which offers moved, and the products of those it is about."""

    answer: int
    kind: str
    pairs: int
    moved: list[str]
    products: dict[str, str]


class AnswerRow(BaseModel):
    id: int
    kind: str
    at: str
    undone_at: str | None
    pairs: int


class Answers(BaseModel):
    items: list[AnswerRow]


@router.get("/products/{id}", response_model=Product, summary="One product")
async def product(request: Request, id: str) -> Response:  # noqa: A002 - the word in the address
    """A product: all its offers by price, its lowest prices, its variants."""
    here = context_of(request)
    return await here.public(
        request, lambda: show_product.show_product(here.here, id, now=here.now())
    )


@router.get("/products/{id}/why", response_model=Why, summary="Why its offers are together")
async def why(request: Request, id: str) -> Response:  # noqa: A002 - as above
    """For each offer the one that it is held to be one with, how likely, and why, in words."""
    here = context_of(request)
    return await here.public(request, lambda: show_product.why(here.here, id))


@reviews.get("/reviews", response_model=ReviewPage, summary="Doubtful pairs")
async def list_reviews(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Pairs that wait for a person, the likeliest first. Wants read:operate."""
    here = context_of(request)
    below, after = (None, 0) if cursor is None else _place(cursor)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        found = review_matches.list_reviews(
            here.here, limit=limit + 1, now=here.now(), below=below, after=after
        )
        more = _after(found[limit - 1]) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}

    return answer(request, await here.work(work))


_Pair = Annotated[int, Path(ge=1, le=2**63 - 1, description="The pair's id.")]


@reviews.post("/reviews/{pair}/accept", response_model=Answered, summary="The same product")
async def accept(request: Request, pair: _Pair) -> Response:
    """The two offers of a pair are the same product. Wants write:products."""
    return await _answer(request, pair, same=True)


@reviews.post("/reviews/{pair}/reject", response_model=Answered, summary="Two products")
async def reject(request: Request, pair: _Pair) -> Response:
    """The two offers of a pair are two products. Wants write:products."""
    return await _answer(request, pair, same=False)


@reviews.post("/offers/{id}/split", response_model=Answered, summary="Not this product")
async def split(request: Request, id: str) -> Response:  # noqa: A002 - as above
    """An offer is not the product that it was put into. Wants write:products."""
    here = context_of(request)
    if from_public_id(id) is None:
        raise UsageError("An offer is named by its id", offer=id[:100])

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.PRODUCTS)
        found = review_matches.split_offer(here.here, id, now=here.now())
        catch_up(here.here)
        return found

    return answer(request, await here.work(work), keep="no-store")


@reviews.get("/answers", response_model=Answers, summary="What was answered")
async def list_answers(
    request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50
) -> Response:
    """Answers about pairs, the newest first. Wants read:operate."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.READ)
        return {"items": review_matches.list_answers(here.here, limit=limit)}

    return answer(request, await here.work(work))


@reviews.post("/answers/{number}/undo", response_model=Answered, summary="Take it back")
async def undo(
    request: Request, number: Annotated[int, Path(ge=1, le=2**63 - 1, description="Its id.")]
) -> Response:
    """Takes an answer back: products are what they were without it. Wants write:products."""
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.PRODUCTS)
        found = review_matches.undo_answer(here.here, number, now=here.now())
        catch_up(here.here)
        return found

    return answer(request, await here.work(work), keep="no-store")


async def _answer(request: Request, pair: int, *, same: bool) -> Response:
    here = context_of(request)

    def work() -> dict[str, Any]:
        here.allowed(request, accounts.Scope.PRODUCTS)
        found = review_matches.answer_review(here.here, pair, same=same, now=here.now())
        catch_up(here.here)
        return found

    return answer(request, await here.work(work), keep="no-store")


def _after(review: dict[str, Any]) -> str:
    """Where a page of pairs ended."""
    told = _PLACE.pack(review["probability"], review["id"])
    return base64.urlsafe_b64encode(told).decode()


def _place(cursor: str) -> tuple[float, int]:
    """The place that a cursor names. Raises UsageError for what is no cursor of ours."""
    try:
        below, after = _PLACE.unpack(base64.urlsafe_b64decode(cursor))
    except (ValueError, struct.error) as error:
        raise UsageError("The cursor is none of this list") from error
    if not 0 <= below <= 1:
        raise UsageError("The cursor is none of this list")
    return below, after
