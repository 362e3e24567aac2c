"""How folded history lies in a block of bytes, and back. The layout is told in docs/history.md.

A block has the change rows of the offers of one shelf in one quarter: numbers, a column after the
other, each told by its difference to what is expected, as LEB128 and compressed by Zstandard. It
can be read without this program; so the layout changes only with a new number in `MAGIC`.
"""

import struct
import sys
import zlib
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.kernel.frames import UTC_TIME, Schema

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Numbers = NDArray[np.int64]

MAGIC: Final = b"SPH2"
# Magic, CRC-32 of all that follows, first offer of the shelf, start of the quarter, rows.
_HEAD: Final = struct.Struct("<4sIqqI")
_SUMMED_FROM: Final = 8
# Beyond this level a block is a hundredth smaller and takes thrice the time.
_LEVEL: Final = 6

NONE: Final = np.iinfo(np.int64).min
_SEVEN_BITS: Final = 127
# Bits of a row's mark: which of its values there are not.
_MARKED: Final = (
    "before",
    "price",
    "currency",
    "availability",
    "reference",
    "ref_kind",
    "percent",
)

_MARK: Final = {name: 1 << bit for bit, name in enumerate(_MARKED)}

# What a row says of a price: time in microseconds, kind, price in minor units, currency,
# availability; closed sets as the place of the value.
Told = tuple[int, int, int | None, str | None, int | None]

# A row of the history as the table has it: closed sets as the place of the value.
STORED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "at": UTC_TIME,
    "kind": pl.Int16(),
    "run": pl.UInt32(),
    "before_minor": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "availability": pl.Int16(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": pl.Int16(),
    "claim_percent": pl.Int16(),
}


@dataclass(frozen=True)
class Rows:
    """Rows of the history as whole numbers, NONE for what a row does not have.

    `at` in microseconds since 1970 UTC, prices in minor units, `currency` the three letters as one
    number (ASCII, the first letter highest).
    """

    offer: Numbers
    at: Numbers
    kind: Numbers
    run: Numbers
    before: Numbers
    price: Numbers
    currency: Numbers
    availability: Numbers
    reference: Numbers
    ref_kind: Numbers
    percent: Numbers

    def __len__(self) -> int:
        return len(self.offer)

    def take(self, rows: slice | Numbers | NDArray[np.bool_]) -> "Rows":
        return Rows(*(getattr(self, each.name)[rows] for each in fields(self)))

    @classmethod
    def joined(cls, parts: "list[Rows]") -> "Rows":
        return cls(
            *(
                np.concatenate(
                    [np.empty(0, dtype=np.int64), *(getattr(part, each.name) for part in parts)]
                )
                for each in fields(cls)
            )
        )

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Rows":
        """From rows of STORED."""
        names = frame["currency"].unique().drop_nulls().to_list()
        letters = {name: int.from_bytes(name.encode("ascii")) for name in names}
        whole = frame.with_columns(
            pl.col("at").to_physical(),
            pl.col("currency").replace_strict(letters, return_dtype=pl.Int64, default=None),
        ).select(pl.all().cast(pl.Int64).fill_null(NONE))
        return cls(*(whole[name].to_numpy() for name in STORED))

    def frame(self) -> pl.DataFrame:
        """As rows of STORED."""
        plain = pl.DataFrame(
            {
                name: getattr(self, each.name)
                for name, each in zip(STORED, fields(self), strict=True)
            }
        ).with_columns(pl.when(pl.all() != NONE).then(pl.all()))
        letters = {
            code: int(code).to_bytes(3).decode("ascii")
            for code in plain["currency"].unique().drop_nulls().to_list()
        }
        return plain.with_columns(
            pl.col("currency").replace_strict(letters, return_dtype=pl.String, default=None),
        ).cast(dict(STORED))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Head:
    """What a block is about: the first offer of its shelf and the start of its quarter, in
    microseconds.
    """

    first: int
    start: int


def encode(head: Head, rows: Rows) -> bytes:
    """The block of these rows: at least one, sorted by offer, time and kind."""
    offer = rows.offer
    begins = np.flatnonzero(np.diff(offer, prepend=offer[0] - 1))
    counts = np.diff(np.append(begins, len(rows)))
    places = offer[begins] - head.first
    moments, moment = np.unique(rows.at, return_inverse=True)
    # Readings have whole seconds: told in those, a moment takes two bytes instead of four.
    waits = np.diff(moments, prepend=head.start)
    tick = max(int(np.gcd.reduce(waits)), 1)
    usual = np.zeros(len(moments), dtype=np.int64)
    usual[moment] = rows.run  # of several runs at one moment any may be the usual one
    names = np.unique(rows.currency[rows.currency != NONE])
    step = np.diff(moment, prepend=0)
    step[begins] = moment[begins]
    there = {name: getattr(rows, name) != NONE for name in _MARKED}
    marks = np.zeros(len(rows), dtype=np.int64)
    for bit, name in enumerate(_MARKED):
        marks += ~there[name] * (1 << bit)
    level_before, before, price = _levels(rows, there)
    ref = there["reference"]
    body = _compressed(
        [
            np.array([len(begins), len(moments), len(names), tick], dtype=np.int64),
            np.diff(places, prepend=0),
            counts,
        ],
        [waits // tick],
        [_zigzag(np.diff(usual, prepend=0)), names],
        [step],
        [rows.kind, _zigzag(rows.run - usual[moment]), marks],
        [_zigzag(before)],
        [_zigzag(price)],
        [
            np.searchsorted(names, rows.currency[there["currency"]]),
            rows.availability[there["availability"]],
            _references(rows.reference[ref], level_before[ref]),
            rows.ref_kind[there["ref_kind"]],
            _percents(rows, there["percent"]),
        ],
    )
    bare = _HEAD.pack(MAGIC, 0, head.first, head.start, len(rows))[_SUMMED_FROM:] + body
    return MAGIC + struct.pack("<I", zlib.crc32(bare)) + bare


def decode(block: bytes) -> tuple[Head, Rows]:
    """What a block holds. Raises StoreUnavailable when it is not as it was written."""
    first, start, size, body = _opened(block)
    stream = _Stream(_numbers(body))
    offers, moments, names, tick = stream.take(4).tolist()
    places = np.cumsum(stream.take(offers))
    counts = stream.take(offers)
    times = start + tick * np.cumsum(stream.take(moments))
    usual = np.cumsum(_unzigzag(stream.take(moments)))
    currencies = stream.take(names)
    step = stream.take(size)
    begins = np.cumsum(counts) - counts
    run_of = np.cumsum(step)
    moment = run_of - np.repeat(run_of[begins] - step[begins], counts)
    kind = stream.take(size)
    run = usual[moment] + _unzigzag(stream.take(size))
    marks = stream.take(size)
    there = {name: marks >> bit & 1 == 0 for bit, name in enumerate(_MARKED)}
    level_before, before, price = _from_levels(
        there,
        _unzigzag(stream.take(int(there["before"].sum()))),
        _unzigzag(stream.take(int(there["price"].sum()))),
    )
    currency = _spread(there["currency"], currencies[stream.take(int(there["currency"].sum()))])
    availability = _spread(there["availability"], stream.take(int(there["availability"].sum())))
    ref = there["reference"]
    reference = _spread(ref, _from_references(stream.take(int(ref.sum())), level_before[ref]))
    ref_kind = _spread(there["ref_kind"], stream.take(int(there["ref_kind"].sum())))
    rows = Rows(
        offer=np.repeat(first + places, counts),
        at=times[moment],
        kind=kind,
        run=run,
        before=before,
        price=price,
        currency=currency,
        availability=availability,
        reference=reference,
        ref_kind=ref_kind,
        percent=np.full(size, NONE, dtype=np.int64),
    )
    told = stream.take(int(there["percent"].sum()))
    rows.percent[there["percent"]] = _from_percents(told, rows, there["percent"])
    return Head(first, start), rows


def decode_one(block: bytes, offer: int) -> list[Told]:
    """What a block says of one offer, in order of time and kind: a quarter of the work of reading
    all of it. Raises StoreUnavailable as `decode` does.
    """
    first, start, size, body = _opened(block)
    stream = _Parts(body)
    offers, moments, names, tick = stream.take(4).tolist()
    places = np.cumsum(stream.take(offers))
    mine = int(np.searchsorted(places, offer - first))
    if mine == offers or first + places[mine] != offer:
        return []
    counts = stream.take(offers)
    low = int(counts[:mine].sum())
    high = low + int(counts[mine])
    times = start + tick * np.cumsum(stream.take(moments))
    stream.skip(moments)
    letters = [code.to_bytes(3).decode("ascii") for code in stream.take(names).tolist()]
    moment = np.cumsum(stream.only(low, high, size))
    kinds = stream.only(low, high, size)
    stream.skip(size)
    marks = stream.take(size)

    def of(name: str, *, before: bool = False) -> tuple[Numbers, int]:
        """The offer's own values of a column, or with those before them and where its own begin."""
        there = marks & _MARK[name] == 0
        start, end, total = (int(there[:edge].sum()) for edge in (low, high, size))
        values = stream.only(0 if before else start, end, total)
        return values, start if before else 0

    steps = [
        (_unzigzag(values), at)
        for values, at in (of("before", before=True), of("price", before=True))
    ]
    level = sum(int(values[:at].sum()) for values, at in steps)
    before, price = (iter(values[at:].tolist()) for values, at in steps)
    currency, stock = (iter(of(name)[0].tolist()) for name in ("currency", "availability"))
    found: list[Told] = []
    for at, kind, mark in zip(
        times[moment].tolist(), kinds.tolist(), marks[low:high].tolist(), strict=True
    ):  # one offer's rows
        if not mark & _MARK["before"]:
            level += next(before)
        if not mark & _MARK["price"]:
            level += next(price)
        found.append(
            (
                at,
                kind,
                None if mark & _MARK["price"] else level,
                None if mark & _MARK["currency"] else letters[next(currency)],
                None if mark & _MARK["availability"] else next(stock),
            )
        )
    return found


def _opened(block: bytes) -> tuple[int, int, int, bytes]:
    """First offer, start and number of rows of a block, and its numbers as bytes."""
    if len(block) < _HEAD.size or block[:4] != MAGIC:
        raise StoreUnavailable("A block of the price history has a layout that is not known here")
    _, summed, first, start, size = _HEAD.unpack_from(block)
    if zlib.crc32(memoryview(block)[_SUMMED_FROM:]) != summed:
        raise StoreUnavailable(
            f"The block of the price history from offer {first} is damaged: its checksum differs. "
            "Take its row from a backup",
            offer=first,
        )
    return first, start, size, zstd.decompress(memoryview(block)[_HEAD.size :])


# --- one column -----------------------------------------------------------------------------------


def _levels(rows: Rows, there: dict[str, NDArray[np.bool_]]) -> tuple[Numbers, Numbers, Numbers]:
    """Prices as steps of one level that goes through all rows, first before and then price of each.

    Gives the level before each row's price, and the steps of both columns.
    """
    both = np.stack((rows.before, rows.price), axis=1).ravel()
    known = np.stack((there["before"], there["price"]), axis=1).ravel()
    steps = np.zeros(len(both), dtype=np.int64)
    steps[known] = np.diff(both[known], prepend=0)
    level = np.cumsum(steps)
    return level[::2], steps[::2][there["before"]], steps[1::2][there["price"]]


def _from_levels(
    there: dict[str, NDArray[np.bool_]], before: Numbers, price: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    steps = np.zeros(2 * len(there["before"]), dtype=np.int64)
    steps[::2][there["before"]] = before
    steps[1::2][there["price"]] = price
    level = np.cumsum(steps)
    return (
        level[::2],
        np.where(there["before"], level[::2], NONE),
        np.where(there["price"], level[1::2], NONE),
    )


def _references(reference: Numbers, level: Numbers) -> Numbers:
    """0 for the same as the last reference, else its distance from the level before the price."""
    again = np.append([False], reference[1:] == reference[:-1])[: len(reference)]
    return np.where(again, 0, 1 + _zigzag(reference - level))


def _from_references(told: Numbers, level: Numbers) -> Numbers:
    stated = np.maximum.accumulate(np.where(told > 0, np.arange(len(told)), 0))
    return (level + _unzigzag(np.maximum(told - 1, 0)))[stated]


def _reckoned(rows: Rows, where: NDArray[np.bool_]) -> Numbers:
    """The whole percentage that follows from reference and price; -1 where none does."""
    reference, price = rows.reference[where], rows.price[where]
    follows = (reference > 0) & (price != NONE)
    return np.where(
        follows,
        (reference - np.where(follows, price, 0)) * 100 // np.where(follows, reference, 1),
        -1,
    )


def _percents(rows: Rows, where: NDArray[np.bool_]) -> Numbers:
    """0 for the percentage that follows from the prices, else itself."""
    stated = rows.percent[where]
    return np.where(stated == _reckoned(rows, where), 0, 1 + _zigzag(stated))


def _from_percents(told: Numbers, rows: Rows, where: NDArray[np.bool_]) -> Numbers:
    return np.where(told == 0, _reckoned(rows, where), _unzigzag(np.maximum(told - 1, 0)))


def _spread(there: NDArray[np.bool_], values: Numbers) -> Numbers:
    out = np.full(len(there), NONE, dtype=np.int64)
    out[there] = values
    return out


def _zigzag(signed: Numbers) -> Numbers:
    """0, -1, 1, -2, ... as 0, 1, 2, 3, ..."""
    unsigned: Numbers = (signed << 1) ^ (signed >> 63)
    return unsigned


def _unzigzag(unsigned: Numbers) -> Numbers:
    signed: Numbers = (unsigned >> 1) ^ -(unsigned & 1)
    return signed


# --- the stream -----------------------------------------------------------------------------------


class _Stream:
    """Numbers that are taken one after the other."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._place = 0

    def take(self, count: int) -> Numbers:
        start = self._place
        self._place += count
        return self._numbers[start : self._place]


class _Parts:
    """The same, where only some of them are read."""

    def __init__(self, body: bytes) -> None:
        self._octets = np.frombuffer(body, dtype=np.uint8)
        self._ends = np.flatnonzero(self._octets <= _SEVEN_BITS) + 1
        self._place = 0

    def take(self, count: int) -> Numbers:
        first, self._place = self._place, self._place + count
        if not count:
            return np.empty(0, dtype=np.int64)
        low = int(self._ends[first - 1]) if first else 0
        octets = self._octets[low : int(self._ends[self._place - 1])]
        return octets.astype(np.int64) if len(octets) == count else _unpacked(octets)

    def skip(self, count: int) -> None:
        self._place += count

    def only(self, low: int, high: int, count: int) -> Numbers:
        """Those from `low` to `high` of the next `count`."""
        self.skip(low)
        found = self.take(high - low)
        self.skip(count - high)
        return found


def _compressed(*groups: list[Numbers]) -> bytes:
    """One frame; columns that are alike get a block of their own in it, and with it their own code:
    a twentieth less than with one code for all.
    """
    packer = zstd.ZstdCompressor(level=_LEVEL)
    parts = [
        packer.compress(_varints(np.concatenate(group)), zstd.ZstdCompressor.FLUSH_BLOCK)
        for group in groups
    ]
    return b"".join([*parts, packer.flush()])


def _varints(numbers: Numbers) -> bytes:
    """LEB128: seven bits a byte, the lowest first, the eighth says that more follow."""
    rest = numbers.astype(np.uint64)
    size = np.ones(len(rest), dtype=np.int64)
    for more in range(1, 10):
        longer = rest >> np.uint64(7 * more) > 0
        if not longer.any():
            break
        size += longer
    start = np.cumsum(size) - size
    out = np.zeros(int(size.sum()), dtype=np.uint8)
    here = np.arange(len(rest))
    byte = 0
    while len(here):
        goes_on = size[here] > byte + 1
        bits = (rest[here] >> np.uint64(7 * byte)) & np.uint64(_SEVEN_BITS)
        out[start[here] + byte] = bits.astype(np.uint8) | (goes_on.astype(np.uint8) << 7)
        here = here[goes_on]
        byte += 1
    return out.tobytes()


def _numbers(body: bytes) -> Numbers:
    return _unpacked(np.frombuffer(body, dtype=np.uint8))


def _unpacked(octets: NDArray[np.uint8]) -> Numbers:
    ends = np.flatnonzero(octets <= _SEVEN_BITS)
    start = np.append([0], ends[:-1] + 1)
    out: Numbers = (octets[start] & _SEVEN_BITS).astype(np.int64)
    here = np.flatnonzero(ends > start)
    byte = 1
    while len(here):
        out[here] |= (octets[start[here] + byte] & _SEVEN_BITS).astype(np.int64) << (7 * byte)
        here = here[ends[here] > start[here] + byte]
        byte += 1
    return out
