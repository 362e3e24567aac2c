import csv
import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.corpus_rows import ROWS, Seen
from ingest.feeds import Folder
from sparfuchs.ingest.decode import to_utf8
from sparfuchs.ingest.formats.delimited import parse_rows
from sparfuchs.ingest.split import RECORD_LIMIT, Records
from sparfuchs.ingest.split_rows import RowSplitter
from sparfuchs.kernel.outcome import Reason

NAMES = ["id", "title", "price"]


def split(data: bytes, block: int, *, columns: int | None = 3) -> Records:
    """All records of a text that arrives in blocks of a size."""
    splitter = RowSplitter(",")
    splitter.columns = columns
    parts = [
        splitter.feed(part)
        for part in to_utf8(
            iter([data[i : i + block] for i in range(0, len(data), block)]), "utf-8"
        )
    ]
    parts.append(splitter.feed(b"", last=True))
    return Records(
        [row for part in parts for row in part.rows],
        np.concatenate([part.places for part in parts]),
        np.concatenate(
            [
                np.zeros(len(part.rows), dtype=np.bool_) if part.doubtful is None else part.doubtful
                for part in parts
            ]
        ),
        [error for part in parts for error in part.errors],
    )


def read(text: str, block: int) -> tuple[list[list[str]], list[int]]:
    """Fields of the good rows, and the lines of the bad ones."""
    records = split(text.encode(), block)
    frame, errors, _ = parse_rows(records, NAMES, ",")
    rows = frame.select(pl.col(NAMES).fill_null("")).rows()
    return [list(row) for row in rows], sorted(e.line for e in [*errors, *records.errors])


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("seen", ROWS, ids=lambda seen: seen.where)
def test_R_F_1_rows_of_the_corpus_read_alike_however_the_blocks_fall(
    seen: Seen, block: int
) -> None:
    rows, bad = read(seen.text, block)
    assert rows == [row for row in seen.means if row is not None]
    assert len(bad) == seen.means.count(None)


_FIELD = st.text(alphabet='ab,"\n ü', max_size=6)


@given(st.lists(st.tuples(_FIELD, _FIELD, _FIELD), min_size=1, max_size=8), st.integers(1, 40))
def test_what_csv_writes_is_read_back_with_its_lines(
    rows: list[tuple[str, str, str]], block: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines = []
    for row in rows:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    records = split(out.getvalue().encode(), block)
    frame, errors, slow = parse_rows(records, NAMES, ",")
    assert (errors, records.errors, slow) == ([], [], 0)
    assert frame.select(pl.col(NAMES).fill_null("")).rows() == rows
    assert frame["place"].to_list() == lines


@given(st.text(alphabet='ab,"\n\r', max_size=60), st.integers(1, 30))
def test_R_F_1_no_text_is_lost_or_counted_twice(text: str, block: int) -> None:
    records = split(text.encode(), block)
    whole = split(text.encode(), 10_000)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = [*records.places.tolist(), *(error.line for error in records.errors)]
    assert len(set(seen)) == len(seen)
    assert sorted(seen) == sorted([*whole.places.tolist(), *(error.line for error in whole.errors)])
    # Each record begins on the line that it says, and together they cover all that is not empty.
    for row, place in zip(records.rows, records.places.tolist(), strict=True):
        assert lines[place - 1] == row.decode().split("\n")[0]
    covered = {
        place + offset
        for row, place in zip(records.rows, records.places.tolist(), strict=True)
        for offset in range(row.count(b"\n") + 1)
    } | {error.line for error in records.errors}
    assert {n for n, line in enumerate(lines, 1) if line} <= covered


def test_R_F_1_an_open_quote_costs_one_line_even_when_no_other_quote_follows() -> None:
    rows = "".join(f"{n},Ding {n},5\n" for n in range(60_000))
    text = f'0,"halb,5\n{rows}'
    assert len(text) > RECORD_LIMIT
    good, bad = read(text, 1 << 16)
    assert (len(good), bad) == (60_000, [1])


def test_R_F_1_a_row_beyond_the_limit_is_skipped_and_counted() -> None:
    text = b"1,a,5\n2," + b"x" * (RECORD_LIMIT + 10) + b",6\n3,c,7\n"
    for block in (1 << 16, len(text)):
        records = split(text, block)
        assert [row[:1] for row in records.rows] == [b"1", b"3"]
        assert [(e.reason, e.line) for e in records.errors] == [(Reason.ROW_TOO_LONG, 2)]
        assert records.places.tolist() == [1, 3]


def test_R_F_1_a_bad_row_names_its_line_and_shows_its_text() -> None:
    records = split(b"1,a,5\n2,b\n", 100)
    _, errors, slow = parse_rows(records, NAMES, ",")
    assert slow == 1
    assert (errors[0].line, errors[0].reason, errors[0].rule) == (2, Reason.ROW_MALFORMED, "R-F-1")
    assert "2 fields, the header has 3" in errors[0].value


def test_R_F_1_the_width_of_the_header_guards_the_first_block_too(folder: Folder) -> None:
    feed = 'id,title,price\n1,Ding,"5 EUR\n2,Ding,6 EUR\n3,Ding,"7 EUR"\n4,"",8 EUR\n'
    result = folder.read(feed)
    assert result.offers["source_offer_id"].to_list() == ["2", "3"]
    assert result.rejections["line"].to_list() == [2, 5]
