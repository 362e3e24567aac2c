"""A pattern is found where a history shows it, and nowhere else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from sparfuchs.kernel.frames import conform
from sparfuchs.quality.countdown import ENDING, noted
from sparfuchs.quality.model import COUNTDOWN, EPISODE, MARKET, Pattern
from sparfuchs.quality.patterns import NAMES, find, told

AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
OFFER = 1 << 32
Stretch = tuple[float, int | None, int | None]  # days before now, price, reference
DAY_MICROS = 86_400_000_000


def episodes(*stretches: Stretch, kind: str = "previous", watched: float = 1.0) -> pl.DataFrame:
    ends = [start for start, _, _ in stretches[1:]] + [0.0]
    rows = [
        {
            "offer_id": OFFER,
            "start": AT - timedelta(days=start),
            "end": AT - timedelta(days=end),
            "known": 0 if price is None else round((start - end) * DAY_MICROS * watched),
            "price_minor": price,
            "currency": "EUR",
            "ref_price_minor": reference,
            "ref_kind": "none" if reference is None else kind,
        }
        for (start, price, reference), end in zip(stretches, ends, strict=True)
    ]
    return conform(pl.DataFrame(rows, infer_schema_length=None), EPISODE)


def found(
    history: pl.DataFrame,
    market: list[dict[str, Any]] | None = None,
    countdowns: list[dict[str, Any]] | None = None,
) -> dict[str, dict[str, Any]]:
    rows = find(
        history,
        pl.DataFrame(market or [], schema=MARKET),
        pl.DataFrame(countdowns or [], schema=COUNTDOWN),
        at=AT,
    )
    return {row["pattern"]: row for row in rows.rows(named=True)}


PUMPED = ((100, 8000, None), (25, 11_000, None), (3, 8000, 11_000))


def test_r_q_1_a_price_raised_before_it_is_reduced_is_pumped() -> None:
    row = found(episodes(*PUMPED))["pump_then_drop"]
    assert (row["price_minor"], row["other_minor"], row["number"]) == (8000, 8000, 22)
    assert row["since"] == AT - timedelta(days=3)
    words = told(row, zone="Europe/Berlin")
    assert "22 Tage vorher" in words["de"]
    assert "29.10.2026" in words["de"]


@pytest.mark.parametrize(
    "history",
    [
        # An honest sale after a price that was long asked.
        ((100, 11_000, None), (3, 8000, 11_000)),
        # Back from an earlier sale: the low price was itself a stated reduction.
        ((100, 11_000, None), (60, 8000, 11_000), (40, 11_000, None), (3, 8000, 11_000)),
        # A rise long ago.
        ((160, 8000, None), (100, 11_000, None), (3, 8000, 11_000)),
        # Well below the old price: a real cut, although it was raised before.
        ((100, 8000, None), (25, 11_000, None), (3, 6000, 11_000)),
        # A rise of some percent.
        ((100, 8000, None), (25, 8500, None), (3, 8000, 8500)),
        # Nothing is claimed.
        ((100, 8000, None), (25, 11_000, None), (3, 8000, None)),
        # The old price was seen for some days only.
        ((32, 8000, None), (25, 11_000, None), (3, 8000, 11_000)),
    ],
)
def test_r_q_1_what_is_no_pump_is_not_called_one(history: tuple[Stretch, ...]) -> None:
    assert "pump_then_drop" not in found(episodes(*history))


def test_r_q_2_a_price_reduced_nearly_all_the_time_is_permanently_reduced() -> None:
    row = found(episodes((150, 5000, 8000), (100, 4900, 8000), (90, 8000, None), (80, 5000, 8000)))[
        "permanent_sale"
    ]
    assert row["number"] == 93
    assert "93 %" in told(row, zone="Europe/Berlin")["de"]


def test_r_q_2_campaigns_are_not_permanent_and_time_unseen_counts_for_nobody() -> None:
    campaigns = ((150, 8000, None), (110, 5000, 8000), (95, 8000, None), (10, 5000, 8000))
    assert "permanent_sale" not in found(episodes(*campaigns))
    assert "permanent_sale" not in found(episodes((150, 5000, 8000), watched=0.5))
    sold_out = ((150, 5000, 8000), (120, None, None), (100, 5000, 8000))
    assert found(episodes(*sold_out))["permanent_sale"]["number"] == 100


def test_r_q_3_a_reference_that_nobody_was_asked_is_told() -> None:
    row = found(episodes((120, 5000, 8000)))["claim_never_seen"]
    assert (row["other_minor"], row["number"]) == (8000, 120)


@pytest.mark.parametrize(
    "history",
    [
        ((120, 8000, None), (20, 5000, 8000)),
        ((120, 7800, None), (20, 5000, 8000)),  # near enough
        ((50, 5000, 8000),),  # watched for too short a time
    ],
)
def test_r_q_3_a_reference_that_was_asked_or_may_have_been_is_not(
    history: tuple[Stretch, ...],
) -> None:
    assert "claim_never_seen" not in found(episodes(*history))


def test_r_q_4_a_uvp_above_every_shop_is_told_with_how_many_there_are() -> None:
    history = episodes((120, 5000, 8000), kind="uvp")
    row = found(history, [{"offer_id": OFFER, "shops": 4, "highest_minor": 6000}])
    assert set(row) == {"uvp_above_all"}
    assert (row["uvp_above_all"]["number"], row["uvp_above_all"]["price_minor"]) == (4, 6000)
    for shops, highest in ((2, 6000), (4, 7900)):
        assert not found(history, [{"offer_id": OFFER, "shops": shops, "highest_minor": highest}])


def test_r_q_5_an_end_that_is_moved_on_when_it_comes_is_a_restart() -> None:
    noted_so_far = pl.DataFrame(schema=COUNTDOWN)
    for day in range(9):
        end = AT + timedelta(days=3 * (day // 3 + 1))
        offers = pl.DataFrame(
            [{"offer_id": OFFER, "sale_to": end, "t0": AT - timedelta(days=9)}], schema=ENDING
        )
        at = AT + timedelta(days=day)
        fresh = noted(offers, noted_so_far, at=at)
        noted_so_far = fresh if len(fresh) else noted_so_far
        # Told twice it changes nothing.
        assert noted(offers, noted_so_far, at=at).is_empty()
    assert noted_so_far["restarts"].item() == 2
    history = episodes((120, 8000, None), (20, 5000, 8000))
    row = found(history, countdowns=noted_so_far.to_dicts())["countdown_restarts"]
    assert row["number"] == 2


def test_r_q_5_an_extension_told_early_and_a_new_sale_are_no_restarts() -> None:
    end = AT + timedelta(days=10)
    before = pl.DataFrame(
        [{"offer_id": OFFER, "ends_at": end, "noted_at": AT, "restarts": 0}], schema=COUNTDOWN
    )

    def restarts(at: datetime, new_end: datetime, t0: datetime) -> int:
        offers = pl.DataFrame([{"offer_id": OFFER, "sale_to": new_end, "t0": t0}], schema=ENDING)
        return int(noted(offers, before, at=at)["restarts"].item())

    assert restarts(AT + timedelta(days=2), end + timedelta(days=5), AT) == 0
    assert restarts(end + timedelta(days=9), end + timedelta(days=20), end + timedelta(days=8)) == 0
    assert restarts(end, end - timedelta(days=1), AT) == 0
    assert restarts(end, end + timedelta(days=5), AT) == 1


def test_only_offers_that_claim_something_now_show_a_pattern() -> None:
    assert not found(episodes((150, 5000, 8000), (1, 8000, None)))
    assert not found(episodes((150, 5000, 8000), (1, None, None)))
    assert not found(pl.DataFrame(schema=EPISODE))


def test_every_pattern_has_a_name_in_both_languages() -> None:
    assert set(NAMES) == set(Pattern)
    assert all(set(words) == {"de", "en"} for words in NAMES.values())
