"""Ids, time and folded text."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.clock import aware_utc, from_micros, system_clock, to_micros
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.frames import OFFER, conform, hash_rows, hash_strings
from sparfuchs.kernel.ids import (
    MAX_ORDINAL,
    from_public_id,
    offer_id,
    ordinal_of,
    public_id,
    source_of,
)
from sparfuchs.kernel.text import fold, slug


@given(number=st.integers(0, 2**64 - 1))
def test_a_public_id_leads_back_to_its_number(number: int) -> None:
    assert from_public_id(public_id(number)) == number


@given(number=st.integers(0, 2**63))
def test_neighbours_do_not_look_alike(number: int) -> None:
    one, next_one = public_id(number), public_id(number + 1)
    assert sum(a != b for a, b in zip(one, next_one, strict=True)) >= 3


@pytest.mark.parametrize("text", ["", "abc", "il" * 7, "0" * 14, "z" * 13])
def test_what_is_no_public_id_gives_none(text: str) -> None:
    assert from_public_id(text) is None


@given(source=st.integers(1, 2**30), ordinal=st.integers(0, MAX_ORDINAL))
def test_an_offer_id_holds_its_source_and_ordinal(source: int, ordinal: int) -> None:
    number = offer_id(source, ordinal)
    assert (source_of(number), ordinal_of(number)) == (source, ordinal)


@given(moment=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001
def test_microseconds_lead_back_to_the_moment(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="has no zone"):
        aware_utc(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


def test_other_zones_become_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert aware_utc(datetime(2026, 1, 1, 1, tzinfo=berlin)) == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_system_clock_is_aware() -> None:
    assert system_clock().tzinfo is UTC


def test_folding_writes_out_umlauts_and_drops_accents() -> None:
    assert fold("  Größe   ÉCLAIR ") == "groesse eclair"
    assert slug("Müller & Söhne GmbH") == "mueller-soehne-gmbh"
    assert slug("Магазин") != slug("商店")
    assert slug("Магазин") == slug(" Магазин ")


@given(text=st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_row_hash_tells_empty_from_absent_and_one_column_from_another() -> None:
    rows = conform(
        pl.DataFrame({"title": ["", None, "a", None], "brand": [None, "", None, "a"]}), OFFER
    )
    assert len(set(hash_rows(rows, ["title", "brand"]).tolist())) == 4


def test_a_text_hash_is_the_same_for_ever() -> None:
    assert hash_strings(pl.Series(["Sparfuchs", None])).tolist() == [
        13964035004812602683,
        3244421341483603138,
    ]
