"""Folded history is read back as it was, by the program and by hand."""

import struct
import sys
import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.kernel.frames import CHANGE, ChangeKind
from sparfuchs.pricing.block import STORED, Head, Rows, decode, decode_one, encode
from sparfuchs.pricing.tables import SHELF_BITS, price_changes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FIRST = (7 << 32) + (3 << SHELF_BITS)
QUARTER = to_micros(datetime(2026, 4, 1, tzinfo=UTC))
LENGTH = 91 * 86_400_000_000

money = st.none() | st.integers(0, 10**6) | st.integers(0, 2**53)
row = st.fixed_dictionaries(
    {
        "offer_id": st.integers(FIRST, FIRST + (1 << SHELF_BITS) - 1),
        "at": st.sampled_from([0, 1, 86_400_000_000, LENGTH - 1]) | st.integers(0, LENGTH - 1),
        "kind": st.integers(0, len(ChangeKind) - 1),
        "run": st.integers(0, 9) | st.integers(0, 2**31 - 1),
        "before_minor": money,
        "price_minor": money,
        "currency": st.none() | st.sampled_from(["EUR", "CHF", "PLN"]),
        "availability": st.none() | st.integers(0, 5),
        "ref_price_minor": money,
        "ref_kind": st.none() | st.integers(0, 4),
        "claim_percent": st.none() | st.integers(-5, 120),
    }
)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of STORED, `at` counted from the start of the quarter."""
    made = pl.DataFrame(rows, schema={**STORED, "at": pl.Int64()}).with_columns(
        (pl.col("at") + QUARTER).cast(pl.Datetime("us", "UTC"))
    )
    return made.unique(["offer_id", "at", "kind"]).sort("offer_id", "at", "kind")


def block_of(rows: pl.DataFrame) -> bytes:
    return encode(Head(FIRST, QUARTER), Rows.of(rows))


@settings(max_examples=150)
@given(st.lists(row, min_size=1, max_size=60))
def test_what_goes_into_a_block_comes_out_again(rows: list[dict[str, Any]]) -> None:
    given_rows = frame(rows)
    head, found = decode(block_of(given_rows))
    assert head == Head(FIRST, QUARTER)
    assert_frame_equal(found.frame(), given_rows)


@settings(max_examples=60)
@given(st.lists(row, min_size=1, max_size=60), st.integers(0, 2**SHELF_BITS - 1))
def test_one_offer_is_read_alone_as_it_is_among_all(rows: list[dict[str, Any]], any_: int) -> None:
    given_rows = frame(rows)
    block = block_of(given_rows)
    for offer in {*given_rows["offer_id"].to_list(), FIRST + any_}:
        mine = given_rows.filter(pl.col("offer_id") == offer).select(
            pl.col("at").to_physical(), "kind", "price_minor", "currency", "availability"
        )
        assert decode_one(block, offer) == mine.rows()


def test_the_rows_of_no_block_have_the_same_columns() -> None:
    assert_frame_equal(Rows.joined([]).frame(), pl.DataFrame(schema=STORED))


def test_a_block_has_every_column_of_the_history() -> None:
    assert list(STORED) == [column.name for column in price_changes.columns] == list(CHANGE)


def by_hand(block: bytes) -> list[tuple[int | str | None, ...]]:
    """What docs/history.md says, step by step, with nothing of the program."""
    magic, checksum, first, start, size = struct.unpack_from("<4sIqqI", block)
    assert magic == b"SPH2"
    assert checksum == zlib.crc32(block[8:])
    body, numbers, place = zstd.decompress(block[28:]), [], 0
    while place < len(body):
        number = shift = 0
        while True:
            number |= (body[place] & 127) << shift
            place, shift = place + 1, shift + 7
            if body[place - 1] < 128:
                break
        numbers.append(number)
    numbers.reverse()
    take = numbers.pop

    def signed() -> int:
        number = take()
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    offers, moments, currencies, tick = take(), take(), take(), take()
    gaps, counts = [take() for _ in range(offers)], [take() for _ in range(offers)]
    later, usual = [take() for _ in range(moments)], [signed() for _ in range(moments)]
    names = [take().to_bytes(3, "big").decode() for _ in range(currencies)]
    times = [start + tick * sum(later[: n + 1]) for n in range(moments)]
    runs = [sum(usual[: n + 1]) for n in range(moments)]
    ids = [first + sum(gaps[: n + 1]) for n in range(offers) for _ in range(counts[n])]
    steps = [take() for _ in range(size)]
    kinds = [take() for _ in range(size)]
    off = [signed() for _ in range(size)]
    marks = [take() for _ in range(size)]
    before_steps = [signed() for mark in marks if not mark & 1]
    price_steps = [signed() for mark in marks if not mark & 2]
    places = [take() for mark in marks if not mark & 4]
    stocks = [take() for mark in marks if not mark & 8]
    refs = [take() for mark in marks if not mark & 16]
    ref_kinds = [take() for mark in marks if not mark & 32]
    percents = [take() for mark in marks if not mark & 64]
    assert not numbers
    rows: list[tuple[int | str | None, ...]] = []
    level = moment = last = 0
    for n, mark in enumerate(marks):
        moment = steps[n] if n == 0 or ids[n] != ids[n - 1] else moment + steps[n]
        before = price = ref = percent = None
        if not mark & 1:
            before = level = level + before_steps.pop(0)
        base = level
        if not mark & 2:
            price = level = level + price_steps.pop(0)
        currency = None if mark & 4 else names[places.pop(0)]
        stock = None if mark & 8 else stocks.pop(0)
        if not mark & 16:
            told = refs.pop(0)
            ref = last if told == 0 else base + unzigzag(told - 1)
            last = ref
        ref_kind = None if mark & 32 else ref_kinds.pop(0)
        if not mark & 64:
            told = percents.pop(0)
            follows = ref is not None and ref > 0 and price is not None
            reckoned = (ref - price) * 100 // ref if follows else -1  # type: ignore[operator]
            percent = reckoned if told == 0 else unzigzag(told - 1)
        rows.append(
            (
                ids[n],
                times[moment],
                kinds[n],
                runs[moment] + off[n],
                before,
                price,
                currency,
                stock,
                ref,
                ref_kind,
                percent,
            )
        )
    return rows


def unzigzag(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


@settings(max_examples=40)
@given(st.lists(row, min_size=1, max_size=40))
def test_a_block_is_read_with_plain_python_as_the_document_says(
    rows: list[dict[str, Any]],
) -> None:
    given_rows = frame(rows)
    expected = given_rows.with_columns(pl.col("at").to_physical()).rows()
    assert by_hand(block_of(given_rows)) == expected


def test_a_changed_byte_is_noticed_wherever_it_lies() -> None:
    made = block_of(
        frame([{"offer_id": FIRST + n, "at": n, "kind": 5, "run": n} for n in range(50)])
    )
    for place in range(len(made)):
        broken = bytearray(made)
        broken[place] ^= 0x10
        with pytest.raises(StoreUnavailable):
            decode(bytes(broken))
        with pytest.raises(StoreUnavailable):
            decode_one(bytes(broken), FIRST)
    with pytest.raises(StoreUnavailable):
        decode(made[:-1])


def test_offers_of_one_shelf_belong_to_one_source() -> None:
    ends = np.array([(1 << 32) - 1, 1 << 32, (2 << 32) - 1, 2 << 32], dtype=np.int64)
    shelves = ends >> SHELF_BITS
    assert len(set(shelves.tolist())) == 4
