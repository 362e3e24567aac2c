"""Which format the header of a delimited file speaks, and which sign parts its columns."""

from dataclasses import dataclass
from typing import Final

from sparfuchs.ingest.formats import awin_csv, google, google_tsv
from sparfuchs.ingest.formats.column_names import PRICES, SURE, WEAK, squashed
from sparfuchs.ingest.formats.delimited import header_names
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.guess_columns import guess
from sparfuchs.ingest.settings import FeedSettings, Format

_USUAL: Final = (",", ";", "\t", "|")
_ANY: Final = frozenset(PRICES).union(*SURE.values(), *WEAK.values())
_PROMOTION: Final = frozenset({"promotion_id", "promotion_effective_dates"})
_NEEDED: Final = ("id", "title", "price")


@dataclass(frozen=True, slots=True)
class Header:
    """Columns in order under `delimiter`; `format` is None when they are those of no feed."""

    delimiter: str
    names: list[str]
    format: Format | None


def best_header(line: bytes, settings: FeedSettings) -> Header:
    """The delimiter under which most column names are known (domain.md 2.6), and whose they are."""
    own = {attribute_name(name) for name in settings.columns.values()}
    signs = {chr(c) for c in line if c < 128 and not chr(c).isalnum()} - set("\"'_-: \r\n.()/")  # noqa: PLR2004
    candidates = (
        [settings.delimiter] if settings.delimiter else [*_USUAL, *sorted(signs - set(_USUAL))]
    )
    best, most = Header(candidates[0], [], None), -1
    for sign in candidates:
        names = header_names(line, sign)
        known = max(
            len(google_tsv.KNOWN_COLUMNS.intersection(names)),
            len(awin_csv.KNOWN_COLUMNS.intersection(names)),
            sum(squashed(name) in _ANY for name in names),
        ) + len(own.intersection(names))
        if known > most:
            best, most = Header(sign, names, None), known
    return Header(best.delimiter, best.names, _format(best.names, settings))


def _format(names: list[str], settings: FeedSettings) -> Format | None:
    """Google's or Awin's columns where they hold what is needed, else those of any shape.

    Awin and Google are read by name alone and exactly; what they would find less of id, title and
    price in than a guess, or no id, is read by the guess, which says what is missing.
    """
    if len(_PROMOTION.intersection(names)) == len(_PROMOTION):
        return Format.GOOGLE_PROMOTIONS
    own = {
        attribute for attribute, name in settings.columns.items() if attribute_name(name) in names
    }
    google_has = {google.ALIASES.get(name, name) for name in names} | own
    google_known = len(google_tsv.KNOWN_COLUMNS.intersection(names)) + len(own)
    awin_known = len(awin_csv.KNOWN_COLUMNS.intersection(names)) + len(own)
    awin_has = {
        stated for stated in _NEEDED if set(awin_csv.SOURCES[stated]).intersection(names)
    } | own
    exact, has, known = (
        (Format.AWIN_CSV, awin_has, awin_known)
        if awin_known > google_known
        else (Format.GOOGLE_TSV, google_has, google_known)
    )
    found = sum(name in has for name in _NEEDED)
    guessed = len(_NEEDED) - len(guess(names, settings.columns, {}).missing)
    enough = guessed > found or (guessed == found and "id" not in has)
    if enough and guessed >= 2:  # noqa: PLR2004 - of three; one alone is chance
        return Format.PRODUCT_CSV
    return exact if known >= 2 else None  # noqa: PLR2004
