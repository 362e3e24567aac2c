"""Runs that are not believed as a whole, and the decision on them (R-F-2, R-RUN-4)."""

import gzip

import pytest

from flows.market import NOW, Shop, day
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.gather_run import silent
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.release import discard_run, release_run
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
FEW = {name: PRICES[name] for name in ("p0", "p1")}


def offers(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows("SELECT * FROM offers ORDER BY id")


def status_of(shop: Shop, number: int) -> str:
    return str(shop.rows("SELECT status FROM feed_runs WHERE number = :n", n=number)[0][0])


def release(shop: Shop, number: int) -> int:
    report = release_run(shop.here, f"laden/feed:{number}", now=NOW, progress=silent)
    judge(shop.here, report)
    return report.run.number


def test_R_F_2_a_held_run_applies_nothing_and_nothing_expires(shop: Shop) -> None:
    shop.read(0, PRICES)
    before, ordinals = offers(shop), shop.source.next_ordinal
    report = shop.read(1, {**FEW, "new": 5.0})
    assert report.held
    assert [doubt.code for doubt in report.run.doubts] == ["shrunk"]
    assert (report.run.counts.new, report.run.counts.gone) == (0, 0)
    assert report.as_json()["held"] is True
    assert shop.read(2, {**FEW, "new": 6.0}).held
    assert shop.read(3, {**FEW, "new": 7.0}).held
    assert offers(shop) == before
    assert (shop.source.head_run, shop.source.live) == (1, 10)
    assert shop.source.next_ordinal == ordinals
    after = shop.read(4, PRICES)
    assert (after.run.kind, after.run.counts.gone, after.run.number) == ("unchanged", 0, 5)


def test_R_C_4_bytes_of_a_held_run_are_no_observation(shop: Shop) -> None:
    shop.read(0, PRICES)
    assert shop.read(1, FEW).held
    assert shop.read(2).held
    with shop.here.database.reading() as work:
        line = catalog.timeline(work, shop.source.id)
    assert line.number.tolist() == [1]


def test_R_RUN_4_a_held_run_keeps_its_payload_and_settings(shop: Shop) -> None:
    shop.settings = {"country": "AT"}
    shop.read(0, PRICES)
    report = shop.read(1, FEW)
    assert dict(report.run.settings) == {"country": "AT"}
    (document,) = report.run.payload
    with gzip.open(shop.here.files.path(str(document["file"])), "rt") as kept:
        assert kept.read() == shop.path.read_text()


def test_R_RUN_4_a_released_run_is_published_as_of_its_own_time(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {**FEW, "new": 5.0})
    shop.says("nothing that could be read again")
    assert release(shop, 2) == 3
    assert (status_of(shop, 2), status_of(shop, 3)) == ("released", "published")
    assert shop.source.head_at == day(1)
    assert shop.history("new") == [("first", 1, 500)]
    assert shop.offer("new")["verdict"] is not None
    assert shop.id("new") & 0xFFFFFFFF == 10
    with pytest.raises(Conflict, match="released"):
        release(shop, 2)


def test_R_RUN_4_a_released_run_counts_towards_expiry(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, FEW)
    release(shop, 2)
    assert shop.read(2, {**FEW, "new": 5.0}).run.counts.gone == 8
    assert shop.history("p9")[1] == ("gone", 1, 4330)


def test_R_RUN_4_a_run_is_released_with_the_settings_it_was_read_with(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.settings = {"currency": "EUR", "title_column": "title"}
    held = shop.read(1, FEW)
    assert held.held
    shop.settings = {"title_column": "link"}
    shop.add()
    release(shop, 2)
    assert shop.offer("p0")["title"] == "Angebot p0"
    told = shop.rows("SELECT settings FROM feed_runs WHERE number = 3")
    assert told == [({"currency": "EUR", "title_column": "title"},)]


def test_R_RUN_4_a_held_run_cannot_be_released_once_something_newer_is_published(
    shop: Shop,
) -> None:
    shop.read(0, PRICES)
    shop.read(1, FEW)
    shop.read(2, PRICES)
    with pytest.raises(Conflict, match="only be discarded"):
        release(shop, 2)
    assert status_of(shop, 2) == "held"
    discard_run(shop.here, "laden/feed:2")
    assert status_of(shop, 2) == "discarded"


def test_R_RUN_4_a_discarded_run_is_decided_for_good(shop: Shop) -> None:
    shop.read(0, PRICES)
    before = offers(shop)
    shop.read(1, FEW)
    discard_run(shop.here, "laden/feed:2")
    assert offers(shop) == before
    with pytest.raises(Conflict, match="discarded"):
        release(shop, 2)
    with pytest.raises(Conflict, match="discarded"):
        discard_run(shop.here, "laden/feed:2")


def test_only_a_held_run_can_be_decided_and_only_one_that_is_there(shop: Shop) -> None:
    shop.read(0, PRICES)
    with pytest.raises(Conflict, match="published"):
        discard_run(shop.here, "laden/feed:1")
    with pytest.raises(NotFound):
        release(shop, 7)
    with pytest.raises(NotFound):
        release_run(shop.here, "laden/none:1", now=NOW, progress=silent)
    with pytest.raises(UsageError, match="merchant/source:number"):
        release_run(shop.here, "laden/feed", now=NOW, progress=silent)


def test_R_F_2_a_first_run_is_held_by_rejections_alone_and_may_be_released(shop: Shop) -> None:
    report = shop.read(0, {"a": {"price": "viel"}, "b": 2.0})
    assert report.held
    assert shop.count("offers") == 0
    release(shop, 1)
    assert shop.offer("b")["price"]["minor"] == 200
    assert shop.source.head_at == day(0)


def test_R_C_4_a_released_first_run_is_the_one_whose_bytes_are_known(shop: Shop) -> None:
    shop.read(0, {"a": {"price": "viel"}, "b": 2.0})
    release(shop, 1)
    assert shop.read(1).run.kind == "unchanged"
