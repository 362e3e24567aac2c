"""A reduction that turns out to be real is told once, with its evidence and its sentence."""

from pathlib import Path

from flows.market import Shop
from sparfuchs.events.offer import BadgesEarned
from sparfuchs.flows.installation import Installation


def earned(here: Installation) -> list[BadgesEarned]:
    logged = here.log.read("a test", BadgesEarned.topic, 1000)
    events = [one.event for one in logged if one.event.type == BadgesEarned.type]
    return [BadgesEarned.from_event(event) for event in events]


def test_a_badge_is_told_when_it_is_earned_and_not_again(
    here: Installation, tmp_path: Path
) -> None:
    shop = Shop(here, tmp_path / "feed.tsv")
    for number in range(32):
        shop.read(number, {"a": 90.0, "b": 50.0})
    assert earned(here) == []
    shop.read(32, {"a": 70.0, "b": 50.0})
    [told] = earned(here)
    [badge] = told.badges
    assert (told.source << 32) + badge.ordinal == shop.id("a")
    assert (badge.price_minor, badge.lowest_minor, badge.percent) == (7000, 9000, 22)
    assert badge.de.replace("\N{NO-BREAK SPACE}", " ").startswith(
        "−22 % ggü. 30-Tage-Tiefpreis 90,00 €"
    )
    assert badge.en.startswith("−22% on the 30-day low of €90.00")
    # Another reading, and another price of another offer, are no news of this one.
    shop.read(33, {"a": 70.0, "b": 50.0})
    shop.read(34, {"a": 70.0, "b": 49.5})
    assert len(earned(here)) == 1
    # Deeper is told by whoever watches prices; the badge was earned before.
    shop.read(35, {"a": 60.0, "b": 49.5})
    assert len(earned(here)) == 1


def test_what_is_judged_for_the_first_time_is_no_news(here: Installation, tmp_path: Path) -> None:
    shop = Shop(here, tmp_path / "feed.tsv")
    shop.read(0, {"a": 90.0})
    shop.read(1, {"a": 70.0, "new": 5.0})
    assert earned(here) == []
