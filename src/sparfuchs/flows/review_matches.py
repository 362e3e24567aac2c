"""A person looks at doubtful pairs: accepts, rejects, splits, and takes an answer back.

Every answer is a label: it holds from now on whatever is computed, and models learn from it. An
answer and what follows from it are one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import sleep
from typing import Any, Final

import polars as pl

from sparfuchs.flows.group_offers import LOCK_SPACE, asked_again, resettle
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.matcher import Matcher
from sparfuchs.flows.product_facts import product_name
from sparfuchs.flows.query_to_slate import cards_of
from sparfuchs.flows.show_offer import find_offer
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.kernel.ids import public_id
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work

Answer = dict[str, Any]

_TRIES: Final = 600  # half a minute
_PATIENCE: Final = 0.05


def list_reviews(
    here: Installation, *, limit: int, now: datetime, below: float | None = None, after: int = 0
) -> list[Answer]:
    """Pairs that wait for a person, the likeliest first, as plain JSON values."""
    with here.database.reading() as work:
        rows = matching.reviews_waiting(work, limit, below=below, after=after)
        ids = sorted({row[side] for row in rows for side in ("left_id", "right_id")})
        cards = {card["number"]: card for card in cards_of(work, ids, now)}
        products = matching.product_by_offer(work, ids)
    return [
        {
            "id": row["id"],
            "probability": row["probability"],
            "reasons": row["reasons"],
            "asked_at": row["asked_at"].isoformat(),
            "offers": [_end(row[side], cards, products) for side in ("left_id", "right_id")],
        }
        for row in rows
    ]


def answer_review(here: Installation, number: int, *, same: bool, now: datetime) -> Answer:
    """Says that the two offers of a waiting pair are the same product, or are not.

    Raises NotFound, and Conflict while all is being compared.
    """
    with _alone(here), here.database.unit_of_work() as work:
        row = matching.review(work, number)
        if row is None:
            raise NotFound(f"There is no pair {number} that waits", review=number)
        label = _labels([(row["left_id"], row["right_id"])], same=same)
        return _answered(here, work, "accept" if same else "reject", label, now)


def split_offer(here: Installation, name: str, *, now: datetime) -> Answer:
    """Says that an offer is none of its product: not the same as any other there.

    Raises NotFound, UsageError for an offer that stands alone, and Conflict while all is compared.
    """
    offer = find_offer(here, name)
    with _alone(here), here.database.unit_of_work() as work:
        mine = matching.member_row(work, offer)
        if mine is None:
            raise NotFound(f"{name} has no product yet", offer=name)
        others = [
            row["offer_id"]
            for row in matching.member_rows(work, mine["product_id"])
            if row["offer_id"] != offer
        ]
        if not others:
            raise UsageError(f"{name} stands alone: there is nothing to split", offer=name)
        return _answered(
            here, work, "split", _labels([(offer, other) for other in others], same=False), now
        )


def undo_answer(here: Installation, number: int | None, *, now: datetime) -> Answer:
    """Takes an answer back, the newest if none is named; products are what they were without it.

    Raises NotFound, and Conflict while all is being compared.
    """
    with _alone(here), here.database.unit_of_work() as work:
        chosen = matching.last_answer(work) if number is None else number
        labels = None if chosen is None else matching.undo_answer(work, chosen, now)
        if chosen is None or labels is None:
            raise NotFound("There is no such answer to take back", answer=number)
        moved = _settle_anew(here, work, labels, now)
        asked_again(work, _matcher(here, work), _ends(labels), now)
        return _told(work, chosen, "undo", labels, moved)


def list_answers(here: Installation, *, limit: int) -> list[Answer]:
    """The newest answers, as plain JSON values."""
    with here.database.reading() as work:
        found = matching.answers(work, limit)
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "at": row["at"].isoformat(),
            "undone_at": row["undone_at"] and row["undone_at"].isoformat(),
            "pairs": row["pairs"],
        }
        for row in found
    ]


@contextmanager
def _alone(here: Installation) -> Iterator[None]:
    """Nobody groups meanwhile. Raises Conflict."""
    for _ in range(_TRIES):
        with here.database.hold_lock(LOCK_SPACE, 0) as held:
            if held:
                yield
                return
        sleep(_PATIENCE)
    raise Conflict("Offers are being compared; try again when that is done")


def _labels(pairs: list[tuple[int, int]], *, same: bool) -> pl.DataFrame:
    rows = [(min(pair), max(pair), same) for pair in pairs]
    return pl.DataFrame(rows, schema=matching.LABEL, orient="row")


def _ends(labels: pl.DataFrame) -> pl.Series:
    return pl.concat([labels["left"], labels["right"]]).unique().sort()


def _matcher(here: Installation, work: Work) -> Matcher:
    found = Matcher.in_force(here, work)
    if found is None:
        raise Conflict("No offers were compared yet")
    return found


def _answered(
    here: Installation, work: Work, kind: str, labels: pl.DataFrame, now: datetime
) -> Answer:
    number = matching.add_answer(work, kind, labels, now)
    for left, right, _ in labels.iter_rows():  # a person's, so they are few
        matching.drop_review(work, left, right)
    moved = _settle_anew(here, work, labels, now)
    return _told(work, number, kind, labels, moved)


def _settle_anew(here: Installation, work: Work, labels: pl.DataFrame, now: datetime) -> pl.Series:
    return resettle(work, _matcher(here, work), _ends(labels), at=now)


def _told(work: Work, number: int, kind: str, labels: pl.DataFrame, moved: pl.Series) -> Answer:
    ends = _ends(labels).to_list()
    products = matching.product_by_offer(work, ends)
    return {
        "answer": number,
        "kind": kind,
        "pairs": labels.height,
        "moved": [public_id(one) for one in moved.to_list()],
        "products": {
            public_id(offer): product_name(products[offer]) for offer in ends if offer in products
        },
    }


def _end(offer: int, cards: dict[int, Answer], products: dict[int, int]) -> Answer:
    card = cards.get(offer, {})
    return {
        "id": public_id(offer),
        "title": card.get("title"),
        "merchant": card.get("merchant"),
        "price": card.get("price"),
        "url": card.get("url"),
        "product": product_name(products[offer]) if offer in products else None,
    }
