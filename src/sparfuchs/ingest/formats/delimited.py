"""Delimited records to a raw frame of texts, by polars where rows are right, else by `csv`.

Each row goes to polars with a mark as its last field. If the mark is not where it belongs, the row
has too few or too many fields and goes to the slow reader, which has the last word: polars itself
would pad such a row or cut it without saying so (R-F-1).
"""

import csv
import io
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.split import Records
from sparfuchs.kernel.outcome import Reason, Rejected

_MARK: Final = "\x1f"
_LAST: Final = "\x1fend"
_SHOWN: Final = 80


def header_names(line: bytes, delimiter: str) -> list[str]:
    """Column names of a header: lower case, blanks and hyphens as `_`, `g:` dropped, none twice.

    `image link`, `Image-Link` and `g:image_link` are all `image_link` (domain.md 1.4).
    """
    text = line.decode("utf-8", "replace").removeprefix("\ufeff")
    cells = next(csv.reader([text], delimiter=delimiter), [])
    names: list[str] = []
    for place, cell in enumerate(cells):
        name = attribute_name(cell) or f"column_{place + 1}"
        while name in names:
            name += "_again"
        names.append(name)
    return names


def parse_rows(
    records: Records, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, list[Rejected], int]:
    """A frame of texts with the header's names, `place` and `record`; bad rows; slow rows."""
    doubtful = records.doubtful
    if doubtful is None or not doubtful.any():
        quick = np.arange(len(records.rows))
    else:
        quick = np.flatnonzero(~doubtful)
    frame, wrong = _quick(records, quick, names, delimiter)
    slow = wrong if doubtful is None else np.union1d(wrong, np.flatnonzero(doubtful))
    if len(slow) == 0:
        return frame, [], 0
    extra, errors = _careful(records, slow, names, delimiter)
    both = pl.concat([frame, extra]).sort("record")
    return both, errors, len(slow)


def _quick(
    records: Records, chosen: np.ndarray, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, np.ndarray]:
    rows = records.rows if len(chosen) == len(records.rows) else [records.rows[i] for i in chosen]
    schema = dict.fromkeys([*names, _LAST], pl.String())
    if not rows:
        return _with_places(pl.DataFrame(schema=schema).drop(_LAST), records, chosen), chosen
    glue = f"{delimiter}{_MARK}\n".encode()
    # A header of ours, so that the first row does not decide how many columns there are.
    header = delimiter.join(f"c{place}" for place in range(len(schema))).encode() + b"\n"
    frame = pl.read_csv(
        header + glue.join(rows) + glue,
        schema={f"c{place}": pl.String() for place in range(len(schema))},
        separator=delimiter,
        quote_char='"',
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    frame.columns = list(schema)
    if frame.height != len(rows):
        # Rows were torn or joined: none of them can be trusted.
        return _with_places(frame.clear().drop(_LAST), records, chosen[:0]), chosen
    right = frame[_LAST].eq_missing(_MARK)
    frame = _with_places(frame.drop(_LAST), records, chosen)
    if right.all():
        return frame, chosen[:0]
    return frame.filter(right), chosen[~right.to_numpy()]


def _careful(
    records: Records, chosen: np.ndarray, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, list[Rejected]]:
    """The slow reader: a row at a time by `csv`, for these are the rows that polars misreads."""
    cells: list[list[str]] = []
    kept: list[int] = []
    errors: list[Rejected] = []
    for index in chosen.tolist():
        text = records.rows[index].decode("utf-8", "replace")
        try:
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error:
            found = []
        # Fields beyond the header that hold nothing are a delimiter too many, no more.
        row = found[0] if len(found) == 1 else []
        while len(row) > len(names) and not row[-1]:
            row = row[:-1]
        if len(row) == len(names):
            cells.append(row)
            kept.append(index)
            continue
        errors.append(
            Rejected(
                Reason.ROW_MALFORMED,
                int(records.places[index]),
                "row",
                f"{len(row)} fields, the header has {len(names)}: {text[:_SHOWN]}",
                "R-F-1",
            )
        )
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String()), orient="row")
    return _with_places(frame, records, np.array(kept, dtype=np.intp)), errors


def _with_places(frame: pl.DataFrame, records: Records, chosen: np.ndarray) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series("place", records.places[chosen][: frame.height], dtype=pl.UInt32),
        pl.Series("record", chosen[: frame.height], dtype=pl.UInt32),
    )
