"""Understand: from what a person typed to what is looked for, by what the index knows.

Words about money and deals become filters, a word that the index does not know becomes the one that
was meant, and every other word is looked for in each way in which it may be written. All of it is
told, and none of it is done when the query is `verbatim`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from sparfuchs.kernel.text import fold
from sparfuchs.search.language.analysis import Analysis
from sparfuchs.search.language.measures import is_mixed, measures, models, pieces
from sparfuchs.search.language.spelling import MOST_LETTERS, MOST_WORDS, words
from sparfuchs.search.language.stems import stem
from sparfuchs.search.language.synonyms import Phrase, Synonyms, phrase
from sparfuchs.search.model import Query, Swap, Understood
from sparfuchs.search.understand_prices import price_wish

# Words that say how and not what: a hit need not have them.
_SMALL: Final = frozenset(
    {
        "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer",
        "und", "oder", "mit", "fuer", "von", "vom", "zum", "zur", "im", "in", "am", "an", "auf",
        "aus", "bei", "zu", "the", "a", "of", "and", "or", "with", "for", "to", "on", "by",
        "kaufen", "guenstig", "guenstige", "guenstiger", "billig", "billige", "billiger",
        "online", "bestellen", "buy", "cheap",
    }
)  # fmt: skip
_DEALS: Final = re.compile(
    r"\b(?:(?:stark\s+)?reduzier(?:t|te|ter|tes|ten)|rabattier(?:t|te|ter|tes|ten)|(?:im\s+)?sale|"
    r"im\s+angebot|sonderangebote?|angebote?|(?:mit\s+)?rabatt|deals?|schnaeppchen|on\s+sale|"
    r"discounted)\b"
)
_LOCAL: Final = re.compile(
    r"\b(?:lokal(?:e|er|es|en)?|vor\s+ort|in\s+(?:der|meiner)\s+naehe|nearby|near\s+me)\b"
)
_AT_MERCHANT: Final = re.compile(r"\b(?:bei|von|vom|at|from)\s+(?:haendler\s+|shop\s+)?")
_LEGAL: Final = frozenset(
    {"gmbh", "ag", "kg", "ug", "ohg", "se", "co", "shop", "store", "online", "de", "com", "eu"}
)
_TOKEN: Final = re.compile(r"[a-z0-9]+(?:[-/.][a-z0-9]+)*")
_FEW: Final = 3  # letters before a number that belong to it
_MENDED_AT_MOST: Final = 4  # words of one query
_TRIED: Final = 3  # words near a wrong one that are looked up together with the others
_OFTEN: Final = 200  # times as many listings have a word that is offered for one that is there
_RARE: Final = 2  # listings that have a word, for another to be offered


class Facts(Protocol):
    """What an index knows of words. Stems are those of its analysis."""

    analysis: Analysis

    def seen(self, stem: str) -> int:
        """In how many listings the stem stands, at most; 0 for none."""
        ...

    def near(self, word: str) -> list[str]:
        """Words of the index, folded, that may be meant by another, the likeliest first."""
        ...

    def frequency(self, word: str) -> int:
        """In how many listings a word of `near` stands."""
        ...

    def together(self, stems: Iterable[str]) -> int:
        """How many listings have all of these."""
        ...

    def brand(self, phrase: Phrase) -> str | None:
        """The brand that is written so."""
        ...

    def category(self, phrase: Phrase) -> str | None:
        """The category whose last level is written so; of several the one with most listings."""
        ...

    def merchant(self, phrase: tuple[str, ...]) -> str | None:
        """The merchant whose name has these words."""
        ...


@dataclass(frozen=True)
class Way:
    """One way in which a wish is written: all of these stems. `worth` is what it counts."""

    stems: Phrase
    worth: float = 1.0


@dataclass(frozen=True)
class Wish:
    """One word of a query (or some that belong together), by each way in which it is written, and
    by a term that is looked up as it is (an amount). A `needless` one only ranks.
    """

    written: str
    ways: tuple[Way, ...]
    exact: str | None = None
    needless: bool = False


@dataclass(frozen=True)
class Meant:
    """A query as it is asked: with the filters that its words stood for, and its wishes."""

    query: Query
    wishes: tuple[Wish, ...]
    models: tuple[str, ...]
    whole: str
    told: Understood

    @property
    def things(self) -> tuple[Wish, ...]:
        """Those that may say what a thing is: a brand does not."""
        brand = phrase(self.told.brand) if self.told.brand else ()
        return tuple(one for one in self.needed if not set(one.ways[0].stems) <= set(brand))

    @property
    def needed(self) -> tuple[Wish, ...]:
        return tuple(wish for wish in self.wishes if not wish.needless)


@dataclass
class _Reading:
    """What was read so far."""

    text: str
    query: Query
    told: dict[str, object] = field(default_factory=dict)


# What was typed comes before what means the same, which must not outweigh it by being rare.
_APART: Final = 0.5  # a compound that is written apart, or words that make one
_SYNONYM: Final = 0.2


def understand(query: Query, facts: Facts, synonyms: Synonyms) -> Meant:
    """What a query means to an index. The filters that somebody set stay as they are."""
    reading = _Reading(fold(query.text[:MOST_LETTERS]), query)
    if not query.verbatim:
        _read_filters(reading, facts)
    said = _words(reading.text)
    mended: list[Swap] = []
    if not query.verbatim:
        said = list(_mended(said, facts, synonyms, mended))
    wishes = tuple(_wishes(said, facts, Synonyms({}) if query.verbatim else synonyms))
    if all(wish.needless for wish in wishes):
        wishes = tuple(replace(wish, needless=False) for wish in wishes)
    phrases = list(_phrases(said))
    told = Understood(
        words=tuple(wish.written for wish in wishes if not wish.needless),
        mended=tuple(mended),
        also=tuple(
            Swap(wish.written, other)
            for wish in wishes
            if not query.verbatim
            for other in dict.fromkeys(_also(wish, synonyms))
        ),
        did_you_mean=None if query.verbatim else _better(said, facts),
        brand=_first(facts.brand(one) for one in phrases),
        category=_first(facts.category(one) for one in phrases),
        **reading.told,  # type: ignore[arg-type] # its keys are fields
    )
    bare = "".join(word.written for word in said).lstrip("0")
    return Meant(reading.query, wishes, tuple(models(reading.text)), bare, told)


# --- words that are filters ---------------------------------------------------------------------


def _read_filters(reading: _Reading, facts: Facts) -> None:
    query, told = reading.query, reading.told
    wish = price_wish(reading.text)
    if (wish.low, wish.high) != (None, None) and (query.price_min, query.price_max) == (None, None):
        reading.text = wish.rest
        query = replace(query, price_min=wish.low, price_max=wish.high)
        told |= {"price_min": wish.low, "price_max": wish.high}
    for pattern, name in ((_DEALS, "only_deals"), (_LOCAL, "local")):
        rest = pattern.sub(" ", reading.text)
        # One offer alone is a word; with others, or as many, it is what is wished of them.
        if rest != reading.text and reading.text.strip() != "angebot":
            reading.text = rest
            told[name] = True
    if "only_deals" in told:
        query = replace(query, only_deals=True)
    found = None if query.merchants else _merchant(reading.text, facts)
    if found is not None:
        merchant, reading.text = found
        query = replace(query, merchants=(merchant,))
        told["merchant"] = merchant
    reading.query = query


def _merchant(text: str, facts: Facts) -> tuple[str, str] | None:
    """The merchant that is named after "bei", and the text without it."""
    for found in _AT_MERCHANT.finditer(text):
        after = words(text[found.end() :])
        for many in range(min(5, len(after)), 0, -1):
            merchant = facts.merchant(tuple(after[:many]))
            if merchant is not None:
                rest = [*words(text[: found.start()]), *after[many:]]
                return merchant, " ".join(rest)
    return None


def merchant_phrases(slug: str) -> Iterator[tuple[str, ...]]:
    """How a merchant of this slug is named: whole, and without what law adds."""
    parts = tuple(words(slug))
    yield parts
    while len(parts) > 1 and parts[-1] in _LEGAL:
        parts = parts[:-1]
        yield parts


# --- words that are looked for ------------------------------------------------------------------


@dataclass(frozen=True)
class _Said:
    """A word as it was written, or an amount with its term."""

    written: str
    stems: Phrase
    exact: str | None = None


def _words(text: str) -> list[_Said]:
    found: list[_Said] = []
    at = 0
    for amount in measures(text):
        found += _plain(text[at : amount.start])
        written = text[amount.start : amount.end]
        found.append(_Said(written, tuple(map(stem, words(written))), amount.term))
        at = amount.end
    found += _plain(text[at:])
    return found[:MOST_WORDS]


def _plain(text: str) -> list[_Said]:
    """Words; the letters and digits of a model are one (`tx-610`, and `tx 610` as well)."""
    found: list[_Said] = []
    for token in _TOKEN.findall(text):
        runs = pieces(token) if is_mixed(token) else tuple((word,) for word in words(token))
        for run in runs:
            before = found[-1].written if found else ""
            few = before.isalpha() and len(before) <= _FEW and before not in _SMALL
            if few and len(run) == 1 and run[0].isdigit():
                found[-1] = _Said(f"{before} {run[0]}", tuple(map(stem, (before, *run))))
                continue
            written = token if len(run) > 1 and len(runs) == 1 else " ".join(run)
            found.append(_Said(written, tuple(map(stem, run))))
    return found


def _wishes(said: list[_Said], facts: Facts, synonyms: Synonyms) -> Iterator[Wish]:
    """Wishes from left to right: the longest phrase of the synonyms first, then words that make
    one together (`door bell`, `staub sauger`), then each alone.
    """
    place = 0
    while place < len(said):
        many = _phrase_at(said, place, synonyms)
        part = said[place : place + many]
        stems = tuple(one for word in part for one in word.stems)
        if many == 1 and part[0].exact is not None:
            yield Wish(part[0].written, (Way(stems),), part[0].exact)
            place += 1
            continue
        written = " ".join(word.written for word in part)
        ways = [Way(stems)]
        if many == 1:
            ways += _apart(part[0].written, facts)
        ways += [
            Way(other, _SYNONYM)
            for other, _ in synonyms.of(stems)
            if any(facts.seen(one) for one in other)
        ]
        joined = _joined(said, place, facts) if many == 1 else None
        if joined is not None:
            both = (*stems, *said[place + 1].stems)
            yield Wish(f"{written} {said[place + 1].written}", (Way(both), Way((joined,), _APART)))
            place += 2
            continue
        yield Wish(written, tuple(ways), needless=written in _SMALL)
        place += many


def _phrase_at(said: list[_Said], place: int, synonyms: Synonyms) -> int:
    for many in range(min(synonyms.longest, len(said) - place), 1, -1):
        stems = tuple(one for word in said[place : place + many] for one in word.stems)
        if synonyms.of(stems):
            return many
    return 1


def _apart(word: str, facts: Facts) -> list[Way]:
    """A compound as its parts: what is sold as `Akku-Staubsauger` is found as `Akkustaubsauger`."""
    parts = facts.analysis.lexicon.parts(word)
    if not parts.heads:
        return []
    return [Way((parts.others[0], parts.heads[0]), _APART)]


def _joined(said: list[_Said], place: int, facts: Facts) -> str | None:
    """The stem of a word and the next one, where the index knows the two as one."""
    if place + 1 >= len(said):
        return None
    one, two = said[place], said[place + 1]
    if one.exact or two.exact or not (one.written.isalpha() and two.written.isalpha()):
        return None
    if one.written in _SMALL or two.written in _SMALL:
        return None
    joined = stem(one.written + two.written)
    return joined if facts.seen(joined) else None


def _also(wish: Wish, synonyms: Synonyms) -> Iterator[str]:
    ways = {way.stems for way in wish.ways}
    for other, written in synonyms.of(wish.ways[0].stems):
        if other in ways:
            yield written


def _phrases(said: list[_Said]) -> Iterator[Phrase]:
    """Every run of up to four words, the longest first."""
    for many in range(min(4, len(said)), 0, -1):
        for start in range(len(said) - many + 1):
            yield tuple(one for word in said[start : start + many] for one in word.stems)


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)


# --- words that are not there -------------------------------------------------------------------


def _mended(
    said: list[_Said], facts: Facts, synonyms: Synonyms, mended: list[Swap]
) -> Iterator[_Said]:
    for place, word in enumerate(said):
        others = [one for n, each in enumerate(said) if n != place for one in each.stems]
        wrong = len(mended) < _MENDED_AT_MOST and _unknown(word, facts, synonyms)
        if wrong and _joined_anyhow(said, place, facts):
            wrong = False
        meant = _meant(word.written, others, facts) if wrong else None
        if meant is None:
            yield word
            continue
        mended.append(Swap(word.written, " ".join(meant)))
        yield from (_Said(one, (stem(one),)) for one in meant)


def _joined_anyhow(said: list[_Said], place: int, facts: Facts) -> bool:
    """Whether the word is one half of a word that the index knows."""
    if _joined(said, place, facts) is not None:
        return True
    return place > 0 and _joined(said, place - 1, facts) is not None


def _unknown(word: _Said, facts: Facts, synonyms: Synonyms) -> bool:
    """Whether the index knows a word in no way. Never one with a digit: it may be a model's."""
    if word.exact is not None or not word.written.isalpha() or word.written in _SMALL:
        return False
    if facts.seen(word.stems[0]):
        return False
    if any(all(map(facts.seen, other)) for other, _ in synonyms.of(word.stems)):
        return False
    return not any(all(map(facts.seen, way.stems)) for way in _apart(word.written, facts))


def _meant(word: str, others: list[str], facts: Facts) -> tuple[str, ...] | None:
    """What somebody meant by a word that is none: the nearest one that goes with the others, or
    two words that were run together.
    """
    near = facts.near(word)
    known = [one for one in others if facts.seen(one)]
    if known:
        for one in near[:_TRIED]:
            if facts.together([stem(one), *known]):
                return (one,)
    if near:
        return (near[0],)
    return _run_together(word, facts)


def _run_together(word: str, facts: Facts) -> tuple[str, str] | None:
    """`samsungtv` as two words, where both are there; of several ways that with the rarer one the
    most frequent.
    """
    ways = [
        (min(facts.frequency(word[:place]), facts.frequency(word[place:])), place)
        for place in range(3, len(word) - 1)
    ]
    count, place = max(ways, default=(0, 0))
    return (word[:place], word[place:]) if count else None


def _better(said: list[_Said], facts: Facts) -> str | None:
    """The text with words for which there are others, near and far more frequent; None if none."""
    changed = False
    better: list[str] = []
    for word in said:
        taken = word.written
        if word.exact is None and word.written.isalpha():
            seen = facts.seen(word.stems[0])
            if 0 < seen <= _RARE:
                near = [one for one in facts.near(word.written) if stem(one) != word.stems[0]]
                if near and facts.frequency(near[0]) > _OFTEN * seen:
                    taken, changed = near[0], True
        better.append(taken)
    return " ".join(better) if changed else None
