"""How a merchant mends what was rejected: for each reason its rule, an example of a right value and
one sentence in German and in English. The one table of it; reports, files and the API tell it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sparfuchs.kernel.outcome import Reason


@dataclass(frozen=True, slots=True)
class Remedy:
    """`rule` is the one that a row breaks in most formats, `example` a value that would be taken
    (None: there is no value that everybody could use).
    """

    rule: str
    example: str | None
    de: str
    en: str


REMEDIES: Final[Mapping[Reason, Remedy]] = {
    Reason.ROW_MALFORMED: Remedy(
        "R-F-1",
        None,
        "Der Eintrag lässt sich nicht zerlegen: Prüfen Sie Anführungszeichen, Trennzeichen und "
        "schließende Tags in dieser Zeile; jede Zeile braucht so viele Spalten wie die Kopfzeile.",
        "This entry cannot be taken apart: check quotes, delimiters and closing tags in this "
        "line; each row needs as many columns as the header.",
    ),
    Reason.ROW_TOO_LONG: Remedy(
        "R-F-1",
        None,
        "Der Eintrag ist zu lang (ein Feld höchstens 64 KiB, eine Zeile höchstens 1 MiB): Kürzen "
        "Sie den Text, oder suchen Sie davor nach einem Anführungszeichen, das nicht endet.",
        "This entry is too long (64 KiB a field, 1 MiB a row at most): shorten the text, or look "
        "before it for a quote that does not end.",
    ),
    Reason.ID_MISSING: Remedy(
        "1.1",
        "SKU-4711",
        "Geben Sie jedem Angebot eine eigene, bleibende Nummer in der Spalte für die Id; heißt sie "
        "anders, sagen Sie es mit id_column=..., oder bilden Sie sie mit id_from=link.",
        "Give each offer a number of its own that stays, in the column for the id; where that has "
        "another name say so with id_column=..., or make one with id_from=link.",
    ),
    Reason.ID_TOO_LONG: Remedy(
        "1.4",
        "SKU-4711",
        "Die Nummer des Angebots ist länger als 255 Zeichen: Nehmen Sie eine kürzere, etwa die "
        "Artikelnummer.",
        "The offer's id is longer than 255 characters: use a shorter one, such as the SKU.",
    ),
    Reason.ID_DUPLICATE: Remedy(
        "R-RUN-4",
        "SKU-4711-rot",
        "Diese Nummer steht schon an einem früheren Eintrag: Geben Sie jeder Variante eine eigene, "
        "und jedem Angebot nur eine Zeile.",
        "An earlier entry has this id already: give each variant one of its own, and each offer "
        "one row only.",
    ),
    Reason.TITLE_MISSING: Remedy(
        "1.1",
        "Trinkflasche 750 ml, blau",
        "Tragen Sie einen Titel ein; heißt seine Spalte anders, sagen Sie es mit title_column=...",
        "Fill in a title; where its column has another name say so with title_column=...",
    ),
    Reason.PRICE_MISSING: Remedy(
        "R-F-7",
        "19.99 EUR",
        "Tragen Sie den Preis ein, den man ohne Code und Mitgliedschaft zahlt; heißt seine Spalte "
        "anders, sagen Sie es mit price_column=...",
        "Fill in the price that is asked without code or membership; where its column has another "
        "name say so with price_column=...",
    ),
    Reason.PRICE_UNREADABLE: Remedy(
        "R-F-5",
        "19.99 EUR",
        "Schreiben Sie nur eine Zahl und höchstens eine Währung, ohne weitere Wörter und Zeichen.",
        "Write one number and at most one currency, with no other words or signs.",
    ),
    Reason.PRICE_AMBIGUOUS: Remedy(
        "R-F-5",
        "1299.00 EUR",
        "Der Text kann mehr als einen Preis bedeuten: Schreiben Sie genau einen Betrag, ohne „ab“ "
        "und Spannen, mit zwei Nachkommastellen; gruppiert das Zeichen überall Tausender, sagen "
        "Sie es mit thousands=. oder thousands=,",
        "The text may mean more than one price: write one amount, without “from” or ranges, with "
        "two decimals; if the sign groups thousands everywhere say so with thousands=. or "
        "thousands=,",
    ),
    Reason.PRICE_NOT_POSITIVE: Remedy(
        "R-F-7",
        "19.99 EUR",
        "Der Preis muss größer als null sein: Tragen Sie den wirklichen Preis ein, oder lassen Sie "
        "das Angebot weg, solange es nicht verkauft wird.",
        "The price must be above zero: fill in the real one, or leave the offer out while it is "
        "not for sale.",
    ),
    Reason.PRICE_TOO_PRECISE: Remedy(
        "R-F-6",
        "19.99 EUR",
        "Der Preis hat mehr Nachkommastellen als seine Währung: Runden Sie auf ganze Cent.",
        "The price has more decimals than its currency: round it to whole cents.",
    ),
    Reason.PRICE_TOO_LARGE: Remedy(
        "R-F-7",
        "19.99 EUR",
        "Der Preis ist größer, als ein Preis sein kann: Suchen Sie nach einem fehlenden "
        "Dezimalzeichen oder einer vertauschten Spalte.",
        "The price is larger than a price can be: look for a lost decimal sign or a column in the "
        "wrong place.",
    ),
    Reason.CURRENCY_MISSING: Remedy(
        "R-F-5",
        "19.99 EUR",
        "Nennen Sie die Währung beim Preis oder in einer eigenen Spalte; ist es immer dieselbe, "
        "genügt currency=EUR an der Quelle.",
        "Name the currency beside the price or in a column of its own; if it is always the same, "
        "currency=EUR at the source will do.",
    ),
    Reason.CURRENCY_UNKNOWN: Remedy(
        "R-F-5",
        "EUR",
        "Das ist kein Währungscode nach ISO 4217: Schreiben Sie EUR, CHF, PLN und so weiter, oder "
        "setzen Sie currency=EUR an der Quelle.",
        "This is no currency code of ISO 4217: write EUR, CHF, PLN and so on, or set currency=EUR "
        "at the source.",
    ),
    Reason.CURRENCY_CONTRADICTS: Remedy(
        "R-F-5",
        "19.99 EUR",
        "Zwei Angaben nennen verschiedene Währungen: Preis, Angebotspreis und Währungsspalte "
        "müssen dieselbe nennen.",
        "Two statements name different currencies: price, sale price and the column for the "
        "currency must name the same.",
    ),
    Reason.CODE_MISSING: Remedy(
        "1.5",
        "HERBST10",
        "Die Aktion verlangt einen Code und nennt keinen: Tragen Sie generic_redemption_code ein, "
        "oder setzen Sie offer_type auf no_code.",
        "The promotion wants a code and names none: fill in generic_redemption_code, or set "
        "offer_type to no_code.",
    ),
    Reason.DATES_UNREADABLE: Remedy(
        "1.5",
        "2026-11-01T00:00+01:00/2026-11-30T23:59+01:00",
        "Schreiben Sie die Laufzeit als Beginn/Ende nach ISO 8601; das Ende liegt nach dem Beginn.",
        "Write the time of validity as start/end in ISO 8601; the end comes after the start.",
    ),
    Reason.PRODUCT_UNCLEAR: Remedy(
        "R-J-2",
        None,
        "Auf der Seite stehen mehrere Produkte, und keines passt zu ihrer Adresse: Geben Sie dem "
        "gemeinten in den strukturierten Daten die Adresse der Seite (url) oder seine sku.",
        "The page has several products and none of them fits its address: give the one that is "
        "meant the page's address (url) or its sku in the structured data.",
    ),
    Reason.UNKNOWN_TODAY: Remedy(
        "R-RUN-1",
        None,
        "Heute gibt es kein Angebot mit diesem Kennzeichen: Lesen Sie zuerst die Quelle, oder "
        "berichtigen Sie das Kennzeichen.",
        "No offer has this sign today: read the source first, or correct the sign.",
    ),
    Reason.AMBIGUOUS_TODAY: Remedy(
        "R-RUN-1",
        None,
        "Mehrere Angebote tragen heute dieses Kennzeichen: Nehmen Sie die Nummer der Quelle.",
        "Several offers have this sign today: use the source's own id.",
    ),
    Reason.TIME_UNREADABLE: Remedy(
        "R-G-2",
        "2026-11-01T06:00:00Z",
        "Schreiben Sie die Zeit nach ISO 8601.",
        "Write the time in ISO 8601.",
    ),
    Reason.NOT_PAST: Remedy(
        "R-RUN-1",
        "2025-11-01T06:00:00Z",
        "Ein Preis der Vergangenheit muss vor der jüngsten Lesung der Quelle liegen.",
        "A price of the past must lie before the newest reading of the source.",
    ),
    Reason.ALREADY_RECORDED: Remedy(
        "R-RUN-1",
        None,
        "Zu dieser Zeit steht schon ein Preis in der Geschichte: Lassen Sie die Zeile weg.",
        "The history has a price for this time already: leave the row out.",
    ),
    Reason.STOCK_UNREADABLE: Remedy(
        "4.2",
        "in_stock",
        "Schreiben Sie in_stock, out_of_stock, preorder, backorder oder limited, oder ja und nein.",
        "Write in_stock, out_of_stock, preorder, backorder or limited, or yes and no.",
    ),
    Reason.AUDIENCE_UNKNOWN: Remedy(
        "4.2",
        "public",
        "Schreiben Sie public für den Preis aller, member für Mitglieder oder coupon_public für "
        "den mit einem Code, den jeder hat.",
        "Write public for everybody's price, member for members or coupon_public for the one with "
        "a code that anybody has.",
    ),
}

RULES: Final[dict[str, str]] = {reason.value: remedy.rule for reason, remedy in REMEDIES.items()}


def remedy_of(reason: str) -> Remedy | None:
    """What to do about a stored reason; None for one that a newer version wrote."""
    known = {one.value for one in REMEDIES}
    return REMEDIES[Reason(reason)] if reason in known else None
