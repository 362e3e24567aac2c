"""Delimited files with Google's attributes as columns, whatever the delimiter."""

import polars as pl

from sparfuchs.ingest.formats import google
from sparfuchs.ingest.formats.delimited import parse_rows
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed

KNOWN_COLUMNS = frozenset({*google.ATTRIBUTES, *google.ALIASES})


def parse(records: Records, names: list[str], delimiter: str, settings: FeedSettings) -> Parsed:
    """Raw rows to stated columns; rows with a wrong number of fields become errors."""
    frame, errors, slow = parse_rows(records, names, delimiter)
    return Parsed(_stated(frame, settings), errors, slow)


def _stated(frame: pl.DataFrame, settings: FeedSettings) -> pl.DataFrame:
    return google.state(frame, settings.columns)
