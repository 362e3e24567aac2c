"""Every shop of the world writes a feed that our reader understands as the past tells it."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from ingest.feeds import whole
from sparfuchs.ingest.api import FeedSettings, Payload, document_from
from sparfuchs.kernel.clock import from_micros
from sparfuchs.market.merchants import SHOPS, Storefront
from sparfuchs.market.past import past
from sparfuchs.market.stock import WorldStock
from sparfuchs.market.world import make_world
from sparfuchs.market.write.feed import write
from sparfuchs.market.write.style import Shop

WORLD = make_world(5, offers=1, opened=datetime(2026, 11, 25, tzinfo=UTC))
FACTS = {facts.slug: facts for facts in WorldStock(WORLD).shops()}
STATE = ["regular_minor", "sale_minor", "ref_price_minor", "ref_kind", "availability"]


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_what_a_shop_writes_is_read_as_the_end_of_its_past(
    shop: Storefront, tmp_path: Path
) -> None:
    told, facts = past(WORLD, shop), FACTS[shop.slug]
    at = from_micros(int(told.at[-1]))
    seller = Shop(facts.name, "http://127.0.0.1:4711", facts.currency, facts.style)
    pages = write(facts.format, WORLD.stated(shop.slug, at), shop=seller, at=at)
    documents = []
    for number, page in enumerate(pages):
        path = tmp_path / f"{number}"
        path.write_bytes(page.body)
        documents.append(document_from(path, name=f"http://127.0.0.1:4711{page.path}"))
    result = whole(Payload(tuple(documents)), FeedSettings(currency="EUR"))
    assert result.reasons == {}
    assert result.offers.height == WORLD.whole(shop).words.height
    last = told.stated.sort("reading").group_by("source_offer_id", maintain_order=True).last()
    read = result.offers.sort("source_offer_id").select(STATE)
    expected = last.sort("source_offer_id").select(
        pl.col(name).cast(dtype) for name, dtype in read.schema.items()
    )
    assert read.equals(expected)
