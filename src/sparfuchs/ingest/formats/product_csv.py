"""Delimited product feeds with columns of any name, by a guessed or set mapping."""

from sparfuchs.ingest.formats import mapped
from sparfuchs.ingest.formats.delimited import parse_rows
from sparfuchs.ingest.formats.guess_columns import ColumnMapping
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed


def parse(records: Records, names: list[str], delimiter: str, mapping: ColumnMapping) -> Parsed:
    """Raw rows to stated columns; rows with a wrong number of fields become errors."""
    frame, errors, slow = parse_rows(records, names, delimiter)
    return Parsed(mapped.state(frame, mapping.sources), errors, slow)
