"""Titles and texts of deals as people write them, and what is read of them.

Each entry: title, body, price field, decimal sign of the language; then the price (or the reason
why there is none), and codes.
"""

from typing import NamedTuple

from sparfuchs.kernel.outcome import Reason


class Seen(NamedTuple):
    title: str
    body: str
    field: str | None
    style: str | None
    price: str | Reason
    codes: tuple[str, ...] = ()


DEALS = [
    Seen("Rasierer für 24,30€ bei Markt oder 27€ direkt", "", "24,30€", ",", "24.30 €"),
    Seen("Lautsprecher für 629,00€", "", None, ",", "629.00 €"),
    Seen("Fernseher 65 Zoll für 1.999€", "", None, ",", "1999 €"),
    Seen("TV 65 inch for £1,150", "", None, ".", "1150 £"),
    Seen("Fernseher nur 599,- Euro", "", None, ",", "599 Euro"),
    Seen("Zapfsäule 1,859 € der Liter", "", None, ",", "1.859 €"),
    Seen("Maus für 1.999€", "", None, None, Reason.PRICE_AMBIGUOUS),
    Seen("Topf für 19,90 € statt 29,90 € (UVP 39,90€)", "", None, ",", "19.90 €"),
    Seen("Kopfhörer 89 € inkl. Versand, sonst 99€", "", None, ",", "89 €"),
    Seen("Kerzen ab 3,99€", "", None, ",", Reason.PRICE_AMBIGUOUS),
    Seen("Shirts from $9.99", "", None, ".", Reason.PRICE_AMBIGUOUS),
    Seen("Shirts $9.99 - $19.99", "", None, ".", Reason.PRICE_AMBIGUOUS),
    Seen("Tarif für 9,99€ mtl.", "", None, ",", Reason.PRICE_AMBIGUOUS),
    Seen("Zwei Bücher: 9€ und 12€", "", None, ",", Reason.PRICE_AMBIGUOUS),
    Seen("Stuhl unter 90 Euro", "", None, ",", Reason.PRICE_AMBIGUOUS),
    Seen("Handy 8 400 € lokal", "", None, ",", Reason.PRICE_AMBIGUOUS),
    Seen("20% auf alles", "", None, ",", Reason.PRICE_MISSING),
    Seen("50€ Rabatt auf Möbel", "", None, ",", Reason.PRICE_MISSING),
    Seen("Kamera + 50€ Laden-Gutschein", "", None, ",", Reason.PRICE_MISSING),
    Seen("Nur 4,95€ Versand", "", None, ",", Reason.PRICE_MISSING),
    Seen("Karte Ultra R100 128 GB", "", None, ",", Reason.PRICE_MISSING),
    Seen("Becher Travel Cup 0,2L", "", None, ",", Reason.PRICE_MISSING),
    Seen("Fahrrad", "Bei uns für 300€, beim Nachbarn 280€", None, ",", Reason.PRICE_MISSING),
    Seen("Kalender", "", "KOSTENLOS", ",", Reason.PRICE_UNREADABLE),
    Seen("Deal", "", "-19%", ",", Reason.PRICE_UNREADABLE),
    Seen("Deal für 7€", "", "NaN", ",", "7 €"),
    Seen("Ding 5€", "mit dem Gutscheincode WINTER20", None, ",", "5 €", ("WINTER20",)),
    Seen("Ding 5€", 'Code: "SPAR-10" und code: spar', None, ",", "5 €", ("SPAR-10",)),
    Seen("Ding $5", "use promo code FALL25 at checkout", None, ".", "5 $", ("FALL25",)),
    Seen("Ding $5", "Coupon code is A1B2C3", None, ".", "5 $", ("A1B2C3",)),
    Seen("Ding 5€", "Gutschein FÜR alle, Code NICHT nötig, Code 1234", None, ",", "5 €"),
    Seen("Ding 5€ mit Code ABCD und Code ABCD", "", None, ",", "5 €", ("ABCD",)),
]
