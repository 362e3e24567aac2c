"""The expected "no" as a value: why a row was rejected, named by a code and a rule."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a row is not taken. The codes are stable: they stand in reports, files and the API."""

    ROW_MALFORMED = "row_malformed"
    ROW_TOO_LONG = "row_too_long"
    ID_MISSING = "id_missing"
    ID_TOO_LONG = "id_too_long"
    ID_DUPLICATE = "id_duplicate"
    TITLE_MISSING = "title_missing"
    PRICE_MISSING = "price_missing"
    PRICE_UNREADABLE = "price_unreadable"
    PRICE_AMBIGUOUS = "price_ambiguous"
    PRICE_NOT_POSITIVE = "price_not_positive"
    PRICE_TOO_PRECISE = "price_too_precise"
    PRICE_TOO_LARGE = "price_too_large"
    CURRENCY_MISSING = "currency_missing"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_CONTRADICTS = "currency_contradicts"
    CODE_MISSING = "code_missing"
    DATES_UNREADABLE = "dates_unreadable"
    PRODUCT_UNCLEAR = "product_unclear"
    UNKNOWN_TODAY = "unknown_today"
    AMBIGUOUS_TODAY = "ambiguous_today"
    TIME_UNREADABLE = "time_unreadable"
    NOT_PAST = "not_past"
    ALREADY_RECORDED = "already_recorded"
    STOCK_UNREADABLE = "stock_unreadable"
    AUDIENCE_UNKNOWN = "audience_unknown"


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was not taken, with the place, the value and the rule."""

    reason: Reason
    line: int
    field: str
    value: str
    rule: str
    source_offer_id: str | None = None
