"""The merchants of the market: who they are, what they sell, and how honest they are about it.

Forty-five shops with habits of their own, the last of which is the second way to one of the others'
offers: the same merchant through another network.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sparfuchs.ingest.api import Format


class Policy(StrEnum):
    """How a price moves and what is said of it."""

    PLAIN = "plain"  # prices change, nothing is claimed
    HONEST = "honest"  # now and then a sale, against the price really asked before
    LIST_LIE = "list_lie"  # always "reduced" from a price never asked
    PUMP = "pump"  # raised for some weeks, then "reduced" to the old price
    PERMANENT = "permanent"  # always reduced from a "previous" price
    STEPWISE = "stepwise"  # a sale that gets deeper in steps
    UVP = "uvp"  # set beside the maker's price


POLICIES: Final = tuple(Policy)


class Title(StrEnum):
    """How a shop puts a title together."""

    BRAND_FIRST = "brand_first"  # Quarnil HX-420 Kopfhörer, Schwarz
    NOUN_FIRST = "noun_first"  # Kopfhörer Quarnil HX-420 Schwarz
    MODEL_LAST = "model_last"  # Quarnil Kopfhörer faltbar Schwarz (HX-420)
    SHOUTING = "shouting"  # QUARNIL KOPFHÖRER HX-420 SCHWARZ
    SHORT = "short"  # Quarnil Kopfh. HX-420 schw.
    NEW = "new"  # NEU: Quarnil HX420 Kopfhörer - Schwarz


@dataclass(frozen=True)
class Habits:
    """What makes a shop unlike the others. Shares are of its offers, between 0 and 1.

    mix: policies by weight. carried: share of the families of its categories. level: its prices
    against an ordinary shop's. season: share of offers whose campaign is on when the market opens.
    decimals: whether one reading of the year states prices a hundred times too high. moving: share
    of offers that are priced anew every few hours. dated: whether the end of a campaign is stated.
    restarts: every so many days the stated end of a "sale" that never ends is moved on; 0: none is
    stated.
    """

    mix: dict[Policy, float]
    tops: tuple[int, ...]
    carried: float
    title: Title
    level: float = 1.0
    ending: int = 99
    season: float = 0.25
    no_gtin: float = 0.0
    wrong_gtin: float = 0.0
    no_brand: float = 0.0
    no_category: float = 0.0
    no_description: float = 0.0
    shipping: int | None = 490
    sold_out: float = 0.1
    decimals: bool = False
    outages: int = 1
    hour: float = 5.0
    moving: float = 0.0
    local: bool = False
    coupons: bool = False
    dated: bool = False
    restarts: int = 0


@dataclass(frozen=True)
class Storefront:
    """One way to a merchant's offers, as the market's server shows it.

    `owner` is the slug of the shop whose offers these are: its own, or that of the same merchant's
    other way.
    """

    slug: str
    merchant: str
    source: str
    format: Format
    owner: str
    habits: Habits = field(repr=False)


_H, _P, _L, _U, _E, _S, _V = (
    Policy.HONEST,
    Policy.PLAIN,
    Policy.LIST_LIE,
    Policy.PUMP,
    Policy.PERMANENT,
    Policy.STEPWISE,
    Policy.UVP,
)

# Name, categories (places in kinds.TOPS), what mostly happens to prices, its weight.
_NAMES: Final = (
    ("Tonhafen", (0,), _H, 0.7),
    ("Elektro Lindqvist", (0, 1), _P, 0.6),
    ("Bitlager", (0,), _L, 0.6),
    ("Klangkontor", (0,), _S, 0.5),
    ("Technikscheune", (0, 1, 6), _E, 0.6),
    ("Handyhof", (0,), _U, 0.6),
    ("Speicherwerk", (0,), _P, 0.8),
    ("Küchenkapitän", (1,), _H, 0.8),
    ("Topf & Tiegel", (1, 6), _V, 0.7),
    ("Haushaltsbörse", (1, 4), _L, 0.5),
    ("Bohnenkönig", (1, 5), _H, 0.6),
    ("Saugstark", (1,), _U, 0.5),
    ("Fadenfabrik", (2,), _S, 0.6),
    ("Modehaus Petersen", (2,), _H, 0.7),
    ("Schuhspeicher", (2, 3), _E, 0.5),
    ("Taschenliebe", (2,), _L, 0.7),
    ("Strickliesels Laden", (2,), _P, 0.9),
    ("Kleiderkammer Süd", (2, 7), _H, 0.5),
    ("Bergauf", (3,), _H, 0.8),
    ("Zeltplatz 7", (3,), _S, 0.5),
    ("Laufwerkstatt", (3, 2), _V, 0.6),
    ("Radwandel", (3,), _P, 0.7),
    ("Sportarena Nord", (3, 2), _L, 0.5),
    ("Drogerie Silberdistel", (4,), _P, 0.7),
    ("Seifenkiste", (4,), _H, 0.7),
    ("Pflegeparadies", (4, 5), _E, 0.6),
    ("Waschbär & Söhne", (4, 1), _H, 0.5),
    ("Hofkiste", (5,), _P, 0.8),
    ("Feinkost Adler", (5,), _H, 0.7),
    ("Teekontor Elbe", (5,), _S, 0.5),
    ("Nussbaumers", (5,), _H, 0.6),
    ("Vorratskammer24", (5, 4), _L, 0.5),
    ("Lichtblick Leuchten", (6,), _H, 0.6),
    ("Gartenzwerg & Co", (6, 3), _U, 0.5),
    ("Bettenburg", (6,), _E, 0.7),
    ("Regalwerk", (6,), _V, 0.6),
    ("Grillgott", (6, 1), _H, 0.6),
    ("Spielekiste", (7,), _H, 0.7),
    ("Puzzlepalast", (7,), _P, 0.8),
    ("Kinderreich", (7, 2), _S, 0.5),
    ("Babybasar", (7,), _L, 0.6),
    ("Rundumladen", (0, 1, 2, 3, 4, 5, 6, 7), _H, 0.5),
    ("Kaufhaus am Markt", (1, 2, 4, 6, 7), _V, 0.5),
    ("Restpostenrampe", (0, 1, 3, 6), _L, 0.8),
    ("Elbmarkt", (0, 1, 3, 6), _H, 0.7),
)  # fmt: skip

_FORMATS: Final = (
    Format.GOOGLE_RSS,
    Format.GOOGLE_TSV,
    Format.AWIN_CSV,
    Format.SHOPIFY_JSON,
    Format.GOOGLE_ATOM,
    Format.GOOGLE_RSS,
    Format.GOOGLE_TSV,
    Format.AWIN_CSV,
    Format.WOOCOMMERCE_JSON,
    Format.GOOGLE_RSS,
)
_SOURCES: Final = {
    Format.GOOGLE_RSS: "google",
    Format.GOOGLE_TSV: "google-tsv",
    Format.AWIN_CSV: "awin",
    Format.SHOPIFY_JSON: "shopify",
    Format.GOOGLE_ATOM: "google-atom",
    Format.WOOCOMMERCE_JSON: "woocommerce",
}
_ENDINGS: Final = (99, 95, 90, 0)
# The Elbmarkt's offers come through a second network as well, under other ids.
_TWICE: Final = "elbmarkt"


def _slug(name: str) -> str:
    plain = name.lower().replace("&", "")
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        plain = plain.replace(letter, pair)
    return "-".join(plain.split())


def _habits(place: int, tops: tuple[int, ...], policy: Policy, weight: float) -> Habits:
    """Habits by the place in the list: each number below is met by some shops and not by others."""
    others = [one for one in (_P, _H, _V) if one is not policy]
    mix = {policy: weight, **{one: (1 - weight) / len(others) for one in others}}
    return Habits(
        mix=mix,
        tops=tops,
        # Broad shops carry less of each category.
        carried=min(0.5, 0.34 / len(tops) ** 0.4) * (0.8 + place % 5 * 0.1),
        title=tuple(Title)[place % len(Title)],
        level=0.92 + place * 7 % 17 / 100,
        ending=_ENDINGS[place % len(_ENDINGS)],
        season=0.2 + place % 4 * 0.08,
        no_gtin=(0.0, 0.05, 0.3, 1.0)[place % 7 % 4] if place % 3 else 0.0,
        wrong_gtin=0.02 if place % 9 == 4 else 0.0,  # noqa: PLR2004 - some shops
        no_brand=0.4 if place % 11 == 5 else 0.0,  # noqa: PLR2004 - some shops
        no_category=0.5 if place % 13 == 6 else 0.0,  # noqa: PLR2004 - some shops
        no_description=0.3 if place % 8 == 3 else 0.0,  # noqa: PLR2004 - some shops
        shipping=(490, 0, 395, None, 695)[place % 5],
        sold_out=0.04 + place % 6 * 0.02,
        decimals=place % 10 == 7,  # noqa: PLR2004 - some shops
        outages=place % 3,
        hour=3.0 + place % 12 * 0.5,
        moving=0.2 if place % 6 == 4 else 0.0,  # noqa: PLR2004 - some shops
        local=place % 22 == 9,  # noqa: PLR2004 - some shops
        coupons=place % 6 == 1,
        dated=place % 10 == 0,
        restarts=3 if policy is _L and place % 11 == 9 else 0,  # noqa: PLR2004 - some shops
    )


def _shops() -> tuple[Storefront, ...]:
    made = []
    for place, (name, tops, policy, weight) in enumerate(_NAMES):
        kind = _FORMATS[place % len(_FORMATS)]
        slug = _slug(name)
        habits = _habits(place, tops, policy, weight)
        made.append(Storefront(slug, name, _SOURCES[kind], kind, slug, habits))
        if slug == _TWICE:
            second = Format.AWIN_CSV if kind is not Format.AWIN_CSV else Format.GOOGLE_TSV
            made.append(
                Storefront(
                    f"{slug}-{_SOURCES[second]}", name, _SOURCES[second], second, slug, habits
                )
            )
    return tuple(made)


SHOPS: Final = _shops()
