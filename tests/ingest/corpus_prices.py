"""Price texts from feeds and what they mean under a grammar (domain.md 1.2 and our own finds).

Each entry: text, decimal sign, then either (minor units, currency text) or the reason of refusal.
"""

from typing import NamedTuple

from sparfuchs.kernel.outcome import Reason


class Seen(NamedTuple):
    text: str
    decimal: str
    means: tuple[str, str, str | None] | Reason  # whole, fraction, token
    where: str


PRICES = [
    Seen("19.99 EUR", ".", ("19", "99", "EUR"), "Google's own grammar"),
    Seen("15 EUR", ".", ("15", "", "EUR"), "no decimals"),
    Seen("19.99EUR", ".", ("19", "99", "EUR"), "no blank"),
    Seen("EUR 19.99", ".", ("19", "99", "EUR"), "currency before"),
    Seen("  19.99\u00a0EUR ", ".", ("19", "99", "EUR"), "non-breaking blank"),
    Seen("19.99 eur", ".", ("19", "99", "eur"), "small letters"),
    Seen("1,299.00 USD", ".", ("1299", "00", "USD"), "grouping with decimals is clear"),
    Seen("1.299,00 €", ",", ("1299", "00", "€"), "the German way"),
    Seen("1'299.00 CHF", ".", ("1299", "00", "CHF"), "the Swiss way"),
    Seen("1.144.000", ",", ("1144000", "", None), "two groups cannot be decimals"),
    Seen("249,90", ",", ("249", "90", None), "Awin in the wild"),
    Seen("399.90 BRL", ".", ("399", "90", "BRL"), "Awin's former price"),
    Seen("KWD 1.250", ".", ("1", "250", "KWD"), "three decimals are right for dinars"),
    Seen("190.28 b7d2554b0ce8", ".", ("190", "28", "b7d2554b0ce8"), "an inner id as currency"),
    Seen("Rs.500", ".", ("500", "", "Rs."), "an abbreviation with its point"),
    Seen("12,5", ",", ("12", "5", None), "one decimal"),
]

REFUSED = [
    Seen("10,999 €", ".", Reason.PRICE_AMBIGUOUS, "fuel price or ten thousand"),
    Seen("1.299 €", ",", Reason.PRICE_AMBIGUOUS, "the same in a German feed"),
    Seen("9.99 - 19.99 EUR", ".", Reason.PRICE_AMBIGUOUS, "a range; the first is no price"),
    Seen("9.99-19.99", ".", Reason.PRICE_AMBIGUOUS, "a range without blanks"),
    Seen("3 für 2", ".", Reason.PRICE_AMBIGUOUS, "not a price at all"),
    Seen("ab 9.99 EUR", ".", Reason.PRICE_AMBIGUOUS, "price of the cheapest variant"),
    Seen("from 9.99", ".", Reason.PRICE_AMBIGUOUS, "the same in English"),
    Seen("19,99 EUR", ".", Reason.PRICE_UNREADABLE, "comma in a feed of points"),
    Seen("19.99 EUR", ",", Reason.PRICE_UNREADABLE, "point in a feed of commas"),
    Seen("1,23,456", ".", Reason.PRICE_UNREADABLE, "groups of two"),
    Seen("19.99 EUR/kg", ".", Reason.PRICE_UNREADABLE, "a unit price"),
    Seen("20 %", ".", Reason.PRICE_UNREADABLE, "a discount"),
    Seen("auf Anfrage", ".", Reason.PRICE_UNREADABLE, "no number"),
    Seen("-", ".", Reason.PRICE_UNREADABLE, "a dash"),
    Seen("€ EUR 5", ".", Reason.PRICE_UNREADABLE, "two currencies"),
    Seen("1e3", ".", Reason.PRICE_AMBIGUOUS, "a spreadsheet's number: two of them, to us"),
    Seen("$..75", ".", Reason.PRICE_UNREADABLE, "a page that lost its zero"),
    Seen("$.75", ".", Reason.PRICE_UNREADABLE, "the same"),
    Seen("3 100р.", ".", Reason.PRICE_AMBIGUOUS, "a blank that groups"),
    Seen("July, 2004", ".", Reason.PRICE_UNREADABLE, "a date"),
    Seen("-5.00 EUR", ".", Reason.PRICE_NOT_POSITIVE, "a credit note"),
    Seen("gratis", ".", Reason.PRICE_NOT_POSITIVE, "free is no price to compare"),
    Seen("kostenlos", ",", Reason.PRICE_NOT_POSITIVE, "the same"),
    Seen("", ".", Reason.PRICE_MISSING, "nothing"),
    Seen(" \t", ".", Reason.PRICE_MISSING, "blanks"),
    Seen("NaN", ".", Reason.PRICE_MISSING, "how a table library writes nothing"),
    Seen("#N/A", ",", Reason.PRICE_MISSING, "how a spreadsheet does"),
]
