"""A source that is taken away goes with all that was known of it (R-RUN-8)."""

import pytest

from flows.market import NOW, START, Shop
from sparfuchs.flows.sources import add_source, find_source, remove_source
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.errors import Conflict, NotFound

PRICES = {"a": 10.0, "b": 20.0}
KNOWN = ("offers", "offer_texts", "deals", "price_changes", "recent_history", "verdicts", "ratings")


def test_R_RUN_8_removal_takes_everything_of_the_source_and_nothing_of_others(shop: Shop) -> None:
    other = Shop(shop.here, shop.path.with_name("other.tsv"), merchant="Nachbar")
    shop.settings = {"interval": "36h"}  # each reading holds for three days
    for number in range(0, 40, 3):
        shop.read(number, PRICES)
    shop.read(41, {**PRICES, "a": 5.0})
    assert shop.count("deals") == 1
    other.read(0, {"x": 3.0})
    assert remove_source(shop.here, shop.source, now=NOW) == 2
    left = {table: shop.count(table) for table in KNOWN}
    assert left == {**dict.fromkeys(KNOWN, 1), "deals": 0}
    assert other.offer("x")["price"]["minor"] == 300


def test_R_RUN_8_a_tombstone_stays_and_its_name_stays_taken(shop: Shop) -> None:
    shop.read(0, PRICES)
    source = shop.source
    remove_source(shop.here, source, now=NOW)
    with pytest.raises(NotFound):
        find_source(shop.here, "laden/feed")
    with pytest.raises(Conflict, match="removed"):
        shop.read(1)
    assert shop.rows("SELECT status, live, removed_at IS NULL FROM sources") == [
        ("removed", 0, False)
    ]
    assert shop.count("feed_runs") == 1
    new = add_source(shop.here, "Laden", "neu", str(shop.path), {}, now=NOW)
    assert new.id > source.id


def test_R_RUN_8_removal_is_told_and_what_waits_for_the_source_is_passed_over(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.change("UPDATE event_cursors SET position = 0")
    remove_source(shop.here, shop.source, now=NOW)
    assert catch_up(shop.here) == 6
    assert shop.count("verdicts") == 0
    told = shop.rows(
        "SELECT type, occurred_at FROM event_log WHERE topic = 'feed' ORDER BY position"
    )
    assert [kind for kind, _ in told] == ["feed.RunPublished", "feed.SourceRemoved"]
    assert told[0][1] == START
