"""Rate, delay, Retry-After and the circuit (domain.md 2.3), on a time that passes when slept."""

import random
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbing.loopback import SleptTime
from sparfuchs.plumbing.fetched import Failed, Failure
from sparfuchs.plumbing.throttle import (
    Circuit,
    Host,
    Politeness,
    Throttle,
    next_delay,
    retry_after,
)

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
ORIGIN = "https://shop.example:443"


def test_the_delay_follows_the_latency_as_in_the_worked_example() -> None:
    first = next_delay(5.0, 0.4, 200, low=1.0, high=60.0)
    second = next_delay(first, 0.4, 200, low=1.0, high=60.0)
    assert (first, second) == pytest.approx((2.7, 1.55))
    assert next_delay(second, 0.05, 500, low=1.0, high=60.0) == pytest.approx(1.55)


def test_an_error_may_raise_the_delay() -> None:
    assert next_delay(2.0, 10.0, 500, low=1.0, high=60.0) == 6.0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from([200, 304, 404, 503]))
def test_the_delay_stays_within_its_bounds(delay: float, latency: float, status: int) -> None:
    assert 1.0 <= next_delay(delay, latency, status, low=1.0, high=60.0) <= 60.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Mon, 02 Nov 2026 06:05:00 GMT", 300.0),
        ("Mon, 02 Nov 2026 05:00:00 GMT", 0.0),
        ("999999999999999999", 86_400.0),
        ("Mon, 02 Nov 2037 06:05:00 GMT", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_R_T_1_retry_after_is_seconds_or_a_date_and_garbage_is_ignored(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_R_T_1_no_text_breaks_the_reading_of_retry_after(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


def host() -> Host:
    return Host(Politeness(), random.Random(1))


def test_R_T_1_the_host_sleeps_the_longer_of_its_wish_and_the_current_delay() -> None:
    one = host()
    one.answered(503, 0.1, NOW, asked_to_wait=300.0)
    assert one.wait(NOW) == 300.0
    one.answered(429, 0.1, NOW, asked_to_wait=0.0)
    assert one.wait(NOW) == one.delay == 5.0


@given(st.integers())
def test_the_jitter_is_a_fifth_and_never_falls_below_the_least_delay(seed: int) -> None:
    one = Host(Politeness(), random.Random(seed))
    one.answered(404, 0.1, NOW)
    assert 4.0 <= one.wait(NOW) <= 6.0
    fast = Host(Politeness(start=1.0), random.Random(seed))
    fast.answered(200, 0.1, NOW)
    assert 1.0 <= fast.wait(NOW) <= 1.2


def test_a_crawl_delay_holds_whatever_the_latency_says() -> None:
    one = host()
    one.require(30.0)
    one.answered(200, 0.1, NOW)
    assert one.wait(NOW) >= 30.0


def test_the_circuit_opens_after_five_failures_in_a_row_and_doubles_up_to_an_hour() -> None:
    circuit, now = Circuit(), NOW
    for _ in range(4):
        circuit.note(good=False, now=now)
    assert circuit.open_until(now) is None
    circuit.note(good=False, now=now)
    pauses = []
    for _ in range(8):
        until = circuit.open_until(now)
        assert until is not None
        pauses.append((until - now).total_seconds())
        now = until
        assert circuit.open_until(now) is None  # half open: one may go
        circuit.note(good=False, now=now)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_good_probe_closes_the_circuit_as_on_the_first_day() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.note(good=False, now=NOW)
    later = NOW + timedelta(seconds=60)
    circuit.note(good=True, now=later)
    for _ in range(4):
        circuit.note(good=False, now=later)
    assert circuit.open_until(later) is None
    circuit.note(good=False, now=later)
    assert circuit.open_until(later) == later + timedelta(seconds=60)


def test_the_circuit_opens_when_more_than_half_of_twenty_fail_within_five_minutes() -> None:
    circuit = Circuit()
    for turn in range(19):
        circuit.note(good=turn % 2 == 1, now=NOW)  # 10 of 19 fail, never two in a row
    assert circuit.open_until(NOW) is None
    circuit.note(good=False, now=NOW)
    assert circuit.open_until(NOW) is not None


def test_failures_older_than_five_minutes_are_forgotten() -> None:
    circuit, later = Circuit(), NOW + timedelta(minutes=5)
    for turn in range(19):
        circuit.note(good=turn % 2 == 1, now=NOW)
    circuit.note(good=False, now=later)
    assert circuit.open_until(later) is None


def test_one_request_at_a_time_goes_to_a_host_and_others_do_not_wait_for_it() -> None:
    time = SleptTime()
    throttle = Throttle(Politeness(), clock=time.clock, sleep=time.sleep, chance=random.Random(1))
    inside: list[str] = []
    most: dict[str, int] = {}

    async def visit(origin: str) -> None:
        async with throttle.slot(origin) as slot:
            assert isinstance(slot, Host)
            inside.append(origin)
            most[origin] = max(most.get(origin, 0), inside.count(origin))
            most["all"] = max(most.get("all", 0), len(inside))
            await anyio.sleep(0.002)
            inside.remove(origin)
            slot.answered(200, 0.1, time.now)

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for origin in (ORIGIN, ORIGIN, ORIGIN, "https://other.example:443"):
                group.start_soon(visit, origin)

    anyio.run(all_at_once)
    assert most[ORIGIN] == 1
    assert most["all"] == 2
    assert len(time.slept) == 2


def test_a_host_that_sleeps_longer_than_our_patience_is_left_for_later() -> None:
    time = SleptTime()
    throttle = Throttle(
        Politeness(patience=10.0), clock=time.clock, sleep=time.sleep, chance=random.Random(1)
    )
    throttle.host(ORIGIN).answered(429, 0.1, time.now, asked_to_wait=3600.0)

    async def visit() -> Host | Failed:
        async with throttle.slot(ORIGIN) as slot:
            return slot

    slot = anyio.run(visit)
    assert isinstance(slot, Failed)
    assert slot.reason is Failure.HOST_ASLEEP
    assert slot.retry_at == time.now + timedelta(hours=1)
    assert time.slept == []
