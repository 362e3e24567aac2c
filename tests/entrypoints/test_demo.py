"""The demo market is made once and whole, however often making it was broken off."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from entrypoints.conftest import Program
from flows.market import installed
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints import demo
from sparfuchs.entrypoints.demo_folder import demo_of
from sparfuchs.flows.show_promotions import list_promotions
from sparfuchs.market import api as market
from sparfuchs.plumbing.settings import Settings

OFFERS = 300
SHOPS = 4


class _Killed(Exception):
    """What a process that is killed leaves behind is what this leaves behind."""


def test_a_market_whose_making_was_broken_off_is_finished_and_then_left_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(seed: int, *, offers: int, opened: datetime) -> market.World:
        world = whole(seed, offers=offers, opened=opened, days=60)
        return replace(world, shops=world.shops[:SHOPS])

    whole = market.make_world
    monkeypatch.setattr(market, "make_world", small)

    def broken(step: str, rows: int) -> None:
        if rows > 200:
            raise _Killed(step)

    steps: list[str] = []
    with installed(settings) as here:
        with pytest.raises(_Killed):
            demo.make(here, broken, offers=OFFERS)
        assert demo.is_unfinished(settings)
        begun = demo_of(settings)
        with here.database.reading() as work:
            some = catalog.totals(work)["offers"]
        total = demo.make(here, lambda step, _rows: steps.append(step))
        with here.database.reading() as work:
            sources = catalog.all_sources(work)
            assert catalog.totals(work)["offers"] == total > some > 0
            links = work.execute("SELECT count(landing_url) FROM offer_texts").scalar_one()
        assert not demo.is_unfinished(settings)
        kept = demo_of(settings)
        assert kept is not None
        assert begun is not None
        assert (kept.opened, kept.base) == (begun.opened, begun.base)
        granting = [one for one in market.SHOPS[:SHOPS] if one.habits.coupons]
        assert granting
        assert len(sources) == SHOPS + len(granting)
        granted = list_promotions(here, None, now=begun.opened, limit=100)
        assert {one["merchant"]["name"] for one in granted} == {one.merchant for one in granting}
        assert all(one.head_run for one in sources)
        assert links == total  # a Shopify document from disk states none
        assert here.engine.count() == total
        assert steps


def test_a_market_is_not_made_among_the_offers_of_a_shop(program: Program) -> None:
    program.ingest({"p0": 1.0, "p1": 2.0})
    told = program.json("market", "fill", "--offers", "100", told=1)
    assert "empty installation" in json.dumps(told)
