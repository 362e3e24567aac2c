"""What only the whole market shows is found, brought into the ratings, and told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from flows.market import Shop, day
from sparfuchs.flows.assay import Assayed, assay
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.merchants import show_merchant
from sparfuchs.flows.misleading import misleading_merchants
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.errors import NotFound
from sparfuchs.market import api as market
from sparfuchs.quality import api as quality
from sparfuchs.testing.settled import Settled

OPENED = datetime(2026, 11, 20, tzinfo=UTC)
# One shop of each way of misleading, an honest one, and one that moves the end of its sales.
SHOPS = ("tonhafen", "handyhof", "technikscheune", "topf-tiegel", "haushaltsboerse", "bitlager")


def done(found: Assayed | None) -> Assayed:
    assert found is not None
    return found


@pytest.fixture
def settled(here: Installation, tmp_path: Path) -> Settled:
    shops = tuple(shop for shop in market.SHOPS if shop.slug in SHOPS)
    world = market.make_world(11, offers=700, opened=OPENED, shops=shops)
    made = Settled(here, world, tmp_path / "shops")
    made.settle()
    return made


def test_patterns_are_found_where_the_market_has_them_and_only_there(settled: Settled) -> None:
    here, world = settled.here, settled.world
    moving = [shop for shop in world.shops if shop.habits.restarts]
    assert [shop.slug for shop in moving] == ["haushaltsboerse"]
    for number in range(1, 9):
        settled.read(moving[0], OPENED + timedelta(days=number))
    assay(here, now=OPENED + timedelta(days=8))
    for shop in world.shops:
        at = OPENED + timedelta(days=8 if shop in moving else 0)
        [found] = misleading_merchants(here, merchant=slug_of(settled, shop), examples=1)
        told = {one["pattern"]: one["offers"] for one in found["patterns"]}
        truth = market.deceits(world, at).filter(pl.col("shop") == shop.slug)
        for pattern in quality.Pattern:
            true = truth.filter(pl.col("pattern") == pattern.value).height
            # Fewer than three of these shops state a number, so a UVP has nothing beside it.
            if pattern is not quality.Pattern.UVP_ABOVE_ALL:
                assert told.get(pattern.value, 0) == pytest.approx(true, abs=max(1, true * 0.05))
        for one in found["patterns"]:
            assert len(one["examples"]) == 1
            assert one["examples"][0]["title"]


def slug_of(settled: Settled, shop: market.Storefront) -> str:
    return settled.source(shop).merchant.slug


def test_a_merchant_that_misleads_stands_worse_and_its_ratings_follow(settled: Settled) -> None:
    here = settled.here
    liar = next(shop for shop in settled.world.shops if shop.slug == "technikscheune")
    honest = next(shop for shop in settled.world.shops if shop.slug == "tonhafen")
    source = settled.source(liar)
    before = merchant_points(here, source.id)
    first = done(assay(here, now=OPENED))
    catch_up(here)
    claims = {
        shop.slug: show_merchant(here, slug_of(settled, shop))["reputation"]["parts"]["claims"]
        for shop in (liar, honest)
    }
    assert claims["technikscheune"]["bad"] > claims["technikscheune"]["good"]
    assert claims["tonhafen"]["points"] > claims["technikscheune"]["points"]
    assert merchant_points(here, source.id) < before
    assert first.rerated > 0
    # What was rated anew stands in the deals as well, and a second look changes nothing.
    with here.database.reading() as work:
        wrong = work.fetch_frame(
            "SELECT d.offer_id FROM deals d JOIN ratings r ON r.offer_id = d.offer_id "
            "WHERE d.closed_at IS NULL AND d.rating <> r.score",
            {},
            schema={"offer_id": pl.Int64()},
        )
    assert wrong.is_empty()
    second = done(assay(here, now=OPENED + timedelta(hours=1)))
    assert (second.rerated, second.patterns) == (0, first.patterns)
    assert second.version == first.version + 1


def merchant_points(here: Installation, source: int) -> float:
    with here.database.reading() as work:
        found = work.fetch_frame(
            "SELECT avg(merchant)::float8 FROM ratings WHERE offer_id >> 32 = :source",
            {"source": source},
            schema={"points": pl.Float64()},
        )
    return float(found["points"].item())


def test_an_odd_price_is_rated_down_with_its_reason_and_comes_back_by_itself(
    here: Installation, tmp_path: Path
) -> None:
    shop = Shop(here, tmp_path / "feed.tsv")
    shelf = {"google_product_category": "Elektronik > Kopfhörer", "brand": "Quarnil"}
    rows = {f"k{n}": {"price": f"{90 + n}.00 EUR", **shelf} for n in range(40)}
    rows["odd"] = {"price": "9.90 EUR", **shelf}
    shop.read(0, rows)
    plain = shop.offer("odd")["rating"]
    assert plain["peers"] is None
    assay(here, now=day(0.1))
    odd = shop.offer("odd")["rating"]
    assert odd["peers"]["offers"] == 41
    assert odd["peers"]["times"] == 10
    [reason] = [one for one in odd["reasons"] if one["code"] == "odd_price"]
    assert "10-mal billiger" in reason["text"]["de"]
    assert plain["parts"]["price"] - odd["parts"]["price"] == reason["lost"] > 0
    assert shop.offer("k3")["rating"]["peers"]["times"] is None
    # A new price is rated beside its likes at once, without another assay.
    rows["odd"] = {"price": "99.00 EUR", **shelf}
    shop.read(1, rows)
    shop.read(2, {**rows, "k1": {"price": "91.50 EUR", **shelf}})
    assert shop.offer("odd")["rating"]["peers"]["times"] is None


def test_a_merchant_asked_for_that_there_is_not_is_not_found(here: Installation) -> None:
    assert misleading_merchants(here) == []
    with pytest.raises(NotFound):
        misleading_merchants(here, merchant="nobody")


def test_r_run_8_removing_a_source_takes_its_patterns_and_standing(settled: Settled) -> None:
    here = settled.here
    assay(here, now=OPENED)
    liar = next(shop for shop in settled.world.shops if shop.slug == "technikscheune")
    source = settled.source(liar)
    assert misleading_merchants(here, merchant=source.merchant.slug)[0]["patterns"]
    remove_source(here, source, now=OPENED)
    with here.database.reading() as work:
        for table, column in (("patterns", "offer_id >> 32"), ("standings", "source_id")):
            found = work.fetch_frame(
                f"SELECT count(*) FROM {table} WHERE {column} = :source",
                {"source": source.id},
                schema={"n": pl.Int64()},
            )
            assert found["n"].item() == 0
