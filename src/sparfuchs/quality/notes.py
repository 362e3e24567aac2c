"""Why a rating is what it is: what was noted of an offer, as bits beside the rating, and in words.

Points follow from the notes alone, so that the reasons told for a part cost exactly what the part
lacks. Fifteen small facts fit into thirty bits; a row an offer stays narrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from sparfuchs.kernel.frames import Availability
from sparfuchs.kernel.money import Money
from sparfuchs.quality import weigh
from sparfuchs.quality.levels import ABSURD_TIMES

VERDICTS: Final = tuple(weigh.PRICE_BY_VERDICT)
CLAIMS: Final = ("", *weigh.PRICE_OFF_BY_CLAIM)
STOCK: Final = tuple(one.value for one in Availability)
_UNKNOWN: Final = 7

# Name of each note and how many bits it has; the first has the lowest.
BITS: Final = {
    "title": 2,  # 0 fine, 1 too short or too long, 2 none
    "description": 2,  # 0 fine, 1 short, 2 none
    "no_image": 1,
    "no_brand": 1,
    "no_identifier": 1,
    "no_category": 1,
    "verdict": 3,  # place in VERDICTS, 7: not judged
    "claim": 2,  # place in CLAIMS
    "raised": 1,
    "odd": 2,  # 0 believable, 1 odd, 2 absurd
    "dear": 1,
    "stock": 3,  # place in STOCK, 7: not stated
    "unasserted": 1,
    "rows": 3,  # points given
    "claims": 3,  # points given
    "links": 2,  # points given
    "by_shelf": 1,
}
_PLACES: Final = {name: sum(list(BITS.values())[:place]) for place, name in enumerate(BITS)}

CONTENT_LOST: Final = {
    "no_image": weigh.IMAGE,
    "no_brand": weigh.BRAND,
    "no_identifier": weigh.IDENTIFIER,
    "no_category": weigh.CATEGORY,
}


def packed(notes: Mapping[str, pl.Expr]) -> pl.Expr:
    """All notes as one whole number. Raises KeyError for a note that is missing."""
    return pl.sum_horizontal(
        notes[name].cast(pl.Int32) * (1 << place) for name, place in _PLACES.items()
    ).cast(pl.Int32)


def unpacked(notes: int) -> dict[str, int]:
    """The notes of a rating by name."""
    return {name: notes >> place & (1 << BITS[name]) - 1 for name, place in _PLACES.items()}


def of_offer() -> dict[str, pl.Expr]:
    """The notes of RATED with FOUND and what `beside` adds; those of the merchant are missing."""
    shortest, longest = weigh.TITLE_LETTERS
    letters = pl.col("title_length").fill_null(0)
    described = pl.col("description_length").fill_null(0)
    absent = {
        "no_image": ~(pl.col("images") > 0).fill_null(value=False),
        "no_brand": ~pl.col("has_brand").fill_null(value=False),
        "no_identifier": ~pl.col("has_identifier").fill_null(value=False),
        "no_category": ~pl.col("has_category").fill_null(value=False),
    }
    times = pl.col("times").fill_null(0)
    return {
        "title": pl.when(letters.is_between(shortest, longest))
        .then(0)
        .when(letters > 0)
        .then(1)
        .otherwise(2),
        "description": pl.when(described >= weigh.DESCRIPTION_LETTERS)
        .then(0)
        .when(described > 0)
        .then(1)
        .otherwise(2),
        **absent,
        "verdict": _place("verdict", VERDICTS, _UNKNOWN),
        "claim": _place("claim_verdict", CLAIMS, 0),
        "raised": pl.col("flags").list.contains("recent_raise").fill_null(value=False),
        "odd": pl.when(times >= ABSURD_TIMES).then(2).when(times > 0).then(1).otherwise(0),
        "dear": pl.col("dear").fill_null(value=False),
        "stock": _place("availability", STOCK, _UNKNOWN),
        "unasserted": pl.col("asserted_at").is_not_null(),
        "by_shelf": pl.col("by_shelf").fill_null(value=True),
    }


def _place(name: str, words: tuple[str, ...], unknown: int) -> pl.Expr:
    places = {word: place for place, word in enumerate(words)}
    return (
        pl.col(name).cast(pl.String).replace_strict(places, default=unknown, return_dtype=pl.Int32)
    )


def points(notes: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """What each part gives, from the notes and `coverage_since`."""
    content = pl.lit(weigh.CONTENT) - _half(notes["title"], weigh.TITLE)
    content -= _half(notes["description"], weigh.DESCRIPTION)
    for name, lost in CONTENT_LOST.items():
        content -= notes[name].cast(pl.Int32) * lost
    price = _by_place(
        notes["verdict"], [weigh.PRICE_BY_VERDICT[v] for v in VERDICTS], weigh.PRICE_NEUTRAL
    )
    price -= _by_place(notes["claim"], _CLAIM_LOST, 0)
    price -= notes["raised"].cast(pl.Int32) * weigh.PRICE_OFF_RAISED
    price -= _by_place(notes["odd"], _ODD_LOST, 0)
    known = pl.col("coverage_since").fill_null(0.0).clip(0.0, 1.0)
    fresh = pl.when(notes["unasserted"]).then(0).otherwise((known * weigh.FRESHNESS).floor())
    return {
        "content": content,
        "price": price.clip(0, weigh.PRICE),
        "freshness": fresh,
        "merchant": notes["rows"] + notes["claims"] + notes["links"],
        "availability": _by_place(
            notes["stock"],
            [weigh.AVAILABILITY_POINTS[s] for s in STOCK],
            weigh.AVAILABILITY_NEUTRAL,
        ),
    }


_CLAIM_LOST: Final = [weigh.PRICE_OFF_BY_CLAIM.get(claim, 0) for claim in CLAIMS]
_ODD_LOST: Final = [0, weigh.PRICE_OFF_ODD, weigh.PRICE_OFF_ABSURD]


def _half(code: pl.Expr, whole: int) -> pl.Expr:
    """What a text lacks: nothing, half of its points, all of them."""
    return pl.when(code == 0).then(0).when(code == 1).then(whole - whole // 2).otherwise(whole)


def _by_place(code: pl.Expr, values: list[int], otherwise: int) -> pl.Expr:
    return code.replace_strict(dict(enumerate(values)), default=otherwise, return_dtype=pl.Int32)


@dataclass(frozen=True)
class Reason:
    """One thing that a part of a rating lost points for, in words."""

    part: str
    code: str
    lost: int
    de: str
    en: str


def reasons(row: Mapping[str, Any], currency: str | None) -> list[Reason]:
    """What a stored rating (one RATING row) lost its points for; in each part they add up to what
    it lacks. Nothing for a rating from before reasons were kept.
    """
    if row["notes"] is None:
        return []
    noted = unpacked(row["notes"])
    told = [
        *_of_content(noted),
        *_of_price(noted, row, currency),
        *_of_the_rest(noted, row),
    ]
    return [reason for reason in told if reason.lost]


def _of_content(noted: Mapping[str, int]) -> list[Reason]:
    def text(name: str, whole: int, words: dict[int, tuple[str, str]]) -> Reason:
        code = noted[name]
        lost = (0, whole - whole // 2, whole)[code]
        return Reason("content", f"{name}_{('ok', 'poor', 'none')[code]}", lost, *words[code])

    shortest, longest = weigh.TITLE_LETTERS
    told = [
        text(
            "title",
            weigh.TITLE,
            {
                0: ("", ""),
                1: (
                    f"Der Titel hat nicht {shortest} bis {longest} Zeichen.",
                    f"The title does not have {shortest} to {longest} characters.",
                ),
                2: ("Es fehlt ein Titel.", "There is no title."),
            },
        ),
        text(
            "description",
            weigh.DESCRIPTION,
            {
                0: ("", ""),
                1: (
                    f"Die Beschreibung ist kürzer als {weigh.DESCRIPTION_LETTERS} Zeichen.",
                    f"The description is shorter than {weigh.DESCRIPTION_LETTERS} characters.",
                ),
                2: ("Es fehlt eine Beschreibung.", "There is no description."),
            },
        ),
    ]
    words = {
        "no_image": ("Es fehlt ein Bild.", "There is no picture."),
        "no_brand": ("Es fehlt die Marke.", "The brand is missing."),
        "no_identifier": (
            "Es fehlen GTIN und Herstellernummer.",
            "GTIN and maker's number are missing.",
        ),
        "no_category": ("Es fehlt eine Kategorie.", "There is no category."),
    }
    told += [
        Reason("content", name, lost * noted[name], *words[name])
        for name, lost in CONTENT_LOST.items()
    ]
    return told


_VERDICT_WORDS: Final = {
    "genuine": ("", ""),
    "small": ("Der Preis ist kaum gesenkt.", "The price is hardly reduced."),
    "plausible": (
        "Ob der Preis gesenkt ist, wissen wir nur zum Teil.",
        "Whether the price is reduced is known only in part.",
    ),
    "no_reduction": ("Der Preis ist nicht gesenkt.", "The price is not reduced."),
    "insufficient": (
        "Über frühere Preise ist zu wenig bekannt.",
        "Too little is known of earlier prices.",
    ),
    "exempt": ("Frühere Preise sind hier kein Maßstab.", "Earlier prices are no measure here."),
    "uvp_only": ("Es ist nur eine UVP bekannt.", "Only a recommended retail price is known."),
    "": ("Der Preis ist noch nicht beurteilt.", "The price is not judged yet."),
}
_CLAIM_WORDS: Final = {
    "claim_inflated": (
        "Die angegebene Ermäßigung nennt einen Preis, der kaum oder nie verlangt wurde.",
        "The stated reduction names a price hardly or never asked.",
    ),
    "claim_overstated": (
        "Die angegebene Ermäßigung ist nach den uns bekannten Preisen zu hoch.",
        "The stated reduction is too high by the prices known to us.",
    ),
}


def _of_price(
    noted: Mapping[str, int], row: Mapping[str, Any], currency: str | None
) -> list[Reason]:
    verdict = VERDICTS[noted["verdict"]] if noted["verdict"] < len(VERDICTS) else ""
    claim = CLAIMS[noted["claim"]]
    base = weigh.PRICE_BY_VERDICT.get(verdict, weigh.PRICE_NEUTRAL)
    steps = [
        (verdict or "not_judged", weigh.PRICE - base, _VERDICT_WORDS[verdict]),
        (claim, _CLAIM_LOST[noted["claim"]], _CLAIM_WORDS.get(claim, ("", ""))),
        (
            "recent_raise",
            noted["raised"] * weigh.PRICE_OFF_RAISED,
            ("Der Preis wurde kurz vorher angehoben.", "The price was raised shortly before."),
        ),
        ("odd_price", _ODD_LOST[noted["odd"]], _odd_words(noted, row, currency)),
    ]
    told, left = [], weigh.PRICE
    for code, lost, words in steps:  # what is gone already cannot be lost again
        told.append(Reason("price", code, min(lost, left), *words))
        left -= min(lost, left)
    return told


def _odd_words(
    noted: Mapping[str, int], row: Mapping[str, Any], currency: str | None
) -> tuple[str, str]:
    """How many times dearer or cheaper than how many like it; the numbers are those of the row."""
    if not noted["odd"]:
        return "", ""
    dear, shelf = bool(noted["dear"]), bool(noted["by_shelf"])
    amount = "" if currency is None else Money(row["peer_minor"], currency).german()
    alike = (
        ("in derselben Kategorie", "on the same shelf")
        if shelf
        else ("derselben Marke in derselben Kategorie", "of the same brand on the same shelf")
    )
    middle = (f" (Mitte {amount})", f" (middle {amount})") if amount else ("", "")
    german = (
        f"{row['times']}-mal {'teurer' if dear else 'billiger'} als die Mitte von {row['peers']} "
        f"Angeboten {alike[0]}{middle[0]}."
    )
    english = (
        f"{row['times']} times {'dearer' if dear else 'cheaper'} than the middle of "
        f"{row['peers']} offers {alike[1]}{middle[1]}."
    )
    return german, english


def _of_the_rest(noted: Mapping[str, int], row: Mapping[str, Any]) -> list[Reason]:
    stock = STOCK[noted["stock"]] if noted["stock"] < len(STOCK) else Availability.UNKNOWN.value
    fresh = (
        ("Der Preis war zuletzt nicht zu sehen.", "The price was not to be seen lately.")
        if noted["unasserted"]
        else (
            "Der Preis ist nicht lückenlos beobachtet.",
            "The price was not watched all the time.",
        )
    )

    def signal(code: str, most: int, de: str, en: str) -> Reason:
        given = noted[code]
        return Reason(
            "merchant",
            code,
            most - given,
            f"{de}: {given} von {most} Punkten (vorsichtig geschätzt).",
            f"{en}: {given} of {most} points (a careful estimate).",
        )

    return [
        Reason(
            "freshness",
            "unasserted" if noted["unasserted"] else "gaps",
            weigh.FRESHNESS - row["freshness"],
            *fresh,
        ),
        signal("rows", weigh.ROWS, "Lesbare Angaben des Händlers", "Readable rows of the merchant"),
        signal(
            "claims",
            weigh.CLAIMS,
            "Haltbare Ermäßigungen des Händlers",
            "Reductions of the merchant that hold",
        ),
        signal(
            "links",
            weigh.LINKS,
            "Erreichbare Seiten des Händlers",
            "Pages of the merchant that answer",
        ),
        Reason(
            "availability",
            f"stock_{stock}",
            weigh.AVAILABILITY - row["availability"],
            *_STOCK_WORDS[stock],
        ),
    ]


_STOCK_WORDS: Final = {
    "unknown": ("Ob es lieferbar ist, ist nicht angegeben.", "Whether it is in stock is not said."),
    "in_stock": ("", ""),
    "out_of_stock": ("Nicht lieferbar.", "Out of stock."),
    "preorder": ("Nur vorbestellbar.", "For pre-order only."),
    "backorder": ("Erst später lieferbar.", "Delivered only later."),
    "limited": ("Nur noch begrenzt lieferbar.", "In limited stock."),
}
