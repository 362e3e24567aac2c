"""More rows at once than a statement has places for parameters (65,535)."""

import numpy as np
import polars as pl

from flows.market import NOW, Shop
from sparfuchs.catalog import store

MANY = 70_000


def test_many_categories_may_become_unknown_at_once(shop: Shop) -> None:
    shop.says({"a": 5.0})
    first = shop.add().id << 32
    ids = np.arange(first, first + MANY, dtype=np.int64)
    known = pl.DataFrame(
        {"offer_id": ids, "category_id": 222, "confidence": 0.9, "how": 2},
        schema=store.OFFER_CATEGORY,
    )
    with shop.here.database.unit_of_work() as work:
        assert len(store.keep_categories(work, ids, known)) == MANY
    with shop.here.database.unit_of_work() as work:
        assert len(store.keep_categories(work, ids, known.clear())) == MANY
    assert shop.count("offer_categories") == 0


def test_many_promotions_may_end_at_once(shop: Shop) -> None:
    shop.says({"a": 5.0})
    source = shop.add().id
    with shop.here.database.unit_of_work() as work:
        store.end_promotions(work, source, [f"p{number}" for number in range(MANY)], NOW)
    assert shop.count("promotions") == 0
