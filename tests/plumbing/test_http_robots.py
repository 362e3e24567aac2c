"""robots.txt over real connections (domain.md 2.2)."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from plumbing.loopback import Answer, Loopback, SleptTime, answering, serving, settings
from sparfuchs.plumbing.fetched import Failed, Failure, Fetched, Outcome, Refusal, Refused
from sparfuchs.plumbing.http import Fetcher


class Ask(Protocol):
    def __call__(self, path: str, *, obey_robots: bool = True) -> Outcome: ...


@pytest.fixture
def time() -> SleptTime:
    return SleptTime()


@pytest.fixture
def shop() -> Iterator[Loopback]:
    with serving(
        {path: Answer(b"feed") for path in ("/feed", "/private/feed", "/a", "/a/b.xml")}
    ) as s:
        yield s


@pytest.fixture
def fetcher(shop: Loopback, time: SleptTime) -> Iterator[Fetcher]:
    with Fetcher(
        settings(shop),
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering({}),
        chance=random.Random(7),
    ) as fetcher:
        yield fetcher


@pytest.fixture
def ask(shop: Loopback, fetcher: Fetcher, tmp_path: Path) -> Ask:
    def ask(path: str, *, obey_robots: bool = True) -> Outcome:
        return fetcher.get(shop.url(path), into=tmp_path / "f", obey_robots=obey_robots)

    return ask


def rules(shop: Loopback, text: str, status: int = 200) -> None:
    shop.routes["/robots.txt"] = Answer(text.encode(), status=status)


def refused(outcome: Outcome) -> Refusal:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def robots_asked(shop: Loopback) -> int:
    return len([one for one in shop.asked if one.path == "/robots.txt"])


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("User-agent: *\nDisallow: /private/", ["/feed"], ["/private/feed"]),
        ("User-agent: *\nDisallow: /\n\nUser-agent: sparfuchsbot\nAllow: /", ["/feed"], []),
        ("User-agent: SparfuchsBot\nDisallow: /\n\nUser-agent: *\nAllow: /", [], ["/feed"]),
        ("User-agent: other\nDisallow: /", ["/feed"], []),
        (
            "User-agent: sparfuchsbot\nDisallow: /a\n\n"  # noqa: ISC004 - one robots.txt
            "User-agent: x\nDisallow: /\n\nUser-agent: SPARFUCHSBOT\nDisallow: /private",
            ["/feed"],
            ["/a", "/private/feed"],
        ),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", ["/a/b.xml"], ["/a"]),
        ("User-agent: *\nDisallow: /feed\nAllow: /feed", ["/feed"], []),
        ("User-agent: *\nDisallow: /*.xml$", ["/a"], ["/a/b.xml"]),
        ("\ufeffUser-agent: *\nDisallow: /feed", [], ["/feed"]),
        ("<html>not found, but 200</html>", ["/feed"], []),
    ],
    ids=[
        "star", "own-allows", "own-forbids", "no-group", "merged", "longest", "tie", "wildcards",
        "bom", "html",
    ],
)  # fmt: skip
def test_R_R_4_and_5_our_group_counts_and_its_longest_rule(
    text: str, allowed: list[str], forbidden: list[str], shop: Loopback, ask: Ask
) -> None:
    rules(shop, text)
    for path in allowed:
        assert isinstance(ask(path), Fetched)
    for path in forbidden:
        assert refused(ask(path)) is Refusal.ROBOTS_DISALLOWED
    assert shop.paths() == allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_R_R_2_without_a_robots_txt_everything_is_allowed(
    status: int, shop: Loopback, ask: Ask
) -> None:
    rules(shop, "User-agent: *\nDisallow: /", status)
    assert isinstance(ask("/feed"), Fetched)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_R_R_2_with_an_unreachable_robots_txt_nothing_is_allowed(
    status: int, shop: Loopback, ask: Ask
) -> None:
    rules(shop, "", status)
    assert refused(ask("/feed")) is Refusal.ROBOTS_UNREACHABLE
    assert shop.paths() == []


def test_R_R_2_a_broken_off_robots_txt_is_none_that_allows(shop: Loopback, ask: Ask) -> None:
    shop.routes["/robots.txt"] = Answer(b"User-agent: *\nAllow: /", length=5000)
    assert refused(ask("/feed")) is Refusal.ROBOTS_UNREACHABLE


def test_R_R_2_after_thirty_days_of_outage_the_last_rules_hold_again(
    shop: Loopback, time: SleptTime, ask: Ask
) -> None:
    rules(shop, "User-agent: *\nDisallow: /private/")
    assert isinstance(ask("/feed"), Fetched)
    rules(shop, "", 500)
    for days in (1, 20, 9):
        time.now += timedelta(days=days)
        assert refused(ask("/feed")) is Refusal.ROBOTS_UNREACHABLE
    for days in (2, 1):
        time.now += timedelta(days=days)
        ask("/feed")  # robots.txt fails once more, which opens the circuit of the host
        time.now += timedelta(minutes=9)
        assert isinstance(ask("/feed"), Fetched)
        assert refused(ask("/private/feed")) is Refusal.ROBOTS_DISALLOWED


def test_R_R_3_rules_are_kept_for_a_day(shop: Loopback, time: SleptTime, ask: Ask) -> None:
    rules(shop, "User-agent: *\nAllow: /")
    ask("/feed")
    time.now += timedelta(hours=23)
    ask("/feed")
    assert robots_asked(shop) == 1
    rules(shop, "User-agent: *\nDisallow: /")
    time.now += timedelta(hours=1)
    assert refused(ask("/feed")) is Refusal.ROBOTS_DISALLOWED
    assert robots_asked(shop) == 2


def test_R_R_3_the_first_500_kib_are_read_and_the_rest_is_ignored(shop: Loopback, ask: Ask) -> None:
    padding = "# nothing here\n" * (500 * 1024 // 15)
    rules(shop, padding + "User-agent: *\nDisallow: /private/\n" + padding * 3 + "Disallow: /feed")
    assert refused(ask("/private/feed")) is Refusal.ROBOTS_DISALLOWED
    assert isinstance(ask("/feed"), Fetched)


def test_R_R_1_rules_behind_a_redirect_hold_for_the_first_authority(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    with (
        serving({"/rules": Answer(b"User-agent: *\nDisallow: /feed")}) as other,
        Fetcher(
            settings(shop, other), clock=time.clock, sleep=time.sleep, resolve=answering({})
        ) as fetcher,
    ):
        shop.routes["/robots.txt"] = Answer(status=301, headers={"Location": other.url("/rules")})
        outcome = fetcher.get(shop.url("/feed"), into=tmp_path / "f")
        assert refused(outcome) is Refusal.ROBOTS_DISALLOWED


def test_R_R_1_more_than_five_redirects_are_as_good_as_no_rules(shop: Loopback, ask: Ask) -> None:
    shop.routes["/robots.txt"] = Answer(status=302, headers={"Location": "/robots.txt"})
    assert isinstance(ask("/feed"), Fetched)
    assert robots_asked(shop) == 6


def test_robots_rules_are_asked_of_every_host_on_the_way(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    with (
        serving({"/end": Answer(b"x")}) as other,
        Fetcher(
            settings(shop, other), clock=time.clock, sleep=time.sleep, resolve=answering({})
        ) as fetcher,
    ):
        rules(other, "User-agent: *\nDisallow: /end")
        shop.routes["/feed"] = Answer(status=302, headers={"Location": other.url("/end")})
        outcome = fetcher.get(shop.url("/feed"), into=tmp_path / "f")
        assert refused(outcome) is Refusal.ROBOTS_DISALLOWED
        assert other.paths() == []


@pytest.mark.parametrize("wish", ["Crawl-delay: 30", "Request-rate: 2/1m"])
def test_a_wish_for_slowness_is_granted(
    wish: str, shop: Loopback, time: SleptTime, ask: Ask
) -> None:
    rules(shop, f"User-agent: *\n{wish}\nAllow: /")
    ask("/feed")
    ask("/feed")
    assert time.slept[-1] >= 30.0


def test_a_host_that_wants_more_than_a_minute_between_requests_is_skipped(
    shop: Loopback, ask: Ask
) -> None:
    rules(shop, "User-agent: *\nCrawl-delay: 61")
    assert refused(ask("/feed")) is Refusal.CRAWL_DELAY_TOO_LONG
    assert shop.paths() == []


def test_a_contractual_feed_does_not_ask_for_robots_rules(shop: Loopback, ask: Ask) -> None:
    rules(shop, "User-agent: *\nDisallow: /")
    assert isinstance(ask("/feed", obey_robots=False), Fetched)
    assert robots_asked(shop) == 0


def test_robots_and_feeds_of_a_host_share_its_circuit(shop: Loopback, ask: Ask) -> None:
    rules(shop, "", 500)
    shop.routes["/feed"] = Answer(status=500)
    ask("/feed")
    assert robots_asked(shop) == 4
    ask("/feed", obey_robots=False)
    outcome = ask("/feed", obey_robots=False)
    assert isinstance(outcome, Failed)
    assert outcome.reason is Failure.CIRCUIT_OPEN
    assert shop.paths() == ["/feed"]
