"""The words of a query as the engine's clauses: what must stand somewhere, and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import tantivy

from sparfuchs.search.rank import (
    AMOUNT,
    BRAND,
    CATEGORY,
    FIELDS,
    NUMBER,
    PHRASE,
    PIECES,
    THING,
    TIE,
    TYPED,
)
from sparfuchs.search.understand import Meant, Way, Wish

_Clause = tuple[tantivy.Occur, tantivy.Query]
# More than any sum of words: what has all of them comes first, then what has all but the dropped.
TIER: Final = 1000.0


def matching(schema: tantivy.Schema, meant: Meant, dropped: Sequence[Wish]) -> tantivy.Query | None:
    """What has every wish that is needed, or as many of them as are left when some are dropped;
    None without a wish.
    """
    needed = meant.needed
    if not needed:
        return None
    some = all_of(schema, needed)
    if dropped:
        each = [(tantivy.Occur.Should, _wish(schema, wish)) for wish in needed]
        some = tantivy.Query.boolean_query(each, len(needed) - len(dropped))
    if not meant.whole:
        return some
    number = _term(schema, "number", meant.whole)
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Should, some), (tantivy.Occur.Should, number)]
    )


def ranked(
    schema: tantivy.Schema, meant: Meant, dropped: Sequence[Wish], matches: tantivy.Query
) -> tantivy.Query:
    """The same with what each hit is worth, in tiers of TIER: those first that have every word."""
    ways: list[_Clause] = [(tantivy.Occur.Must, matches)]
    needless = [wish for wish in meant.wishes if wish.needless]
    if dropped:
        left = [wish for wish in meant.needed if wish not in dropped]
        ways += [
            (tantivy.Occur.Should, _worth(all_of(schema, wishes), TIER))
            for wishes in (meant.needed, left)
        ]
    ways += [(tantivy.Occur.Should, _wish(schema, wish)) for wish in needless]
    if any(len(wish.ways) > 1 for wish in meant.needed):
        typed = [replace(wish, ways=wish.ways[:1]) for wish in meant.needed]
        ways.append((tantivy.Occur.Should, _worth(all_of(schema, typed), TYPED)))
    stems = [stem for wish in meant.needed for stem in wish.ways[0].stems]
    if len(stems) > 1:
        phrase = tantivy.Query.phrase_query(schema, "title", list(stems))
        ways.append((tantivy.Occur.Should, tantivy.Query.boost_query(phrase, PHRASE)))
    # The fewer words there are, the more it matters which of them says what the thing is.
    worth = THING / max(1, len(meant.needed))
    things = [_thing(schema, wish, worth) for wish in meant.things]
    if things:  # one of the words says what the thing is: it counts once
        ways.append((tantivy.Occur.Should, tantivy.Query.disjunction_max_query(things, 0.0)))
    for number in dict.fromkeys([meant.whole, *meant.models]):
        ways.append((tantivy.Occur.Should, _worth(_term(schema, "number", number), NUMBER)))
    told = meant.told
    for name, value, worth in (
        ("category", told.category, CATEGORY),
        ("maker", told.brand, BRAND),
    ):
        if value is not None:
            ways.append((tantivy.Occur.Should, _worth(_term(schema, name, value), worth)))
    return tantivy.Query.boolean_query(ways)


def all_of(schema: tantivy.Schema, wishes: Sequence[Wish]) -> tantivy.Query:
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, _wish(schema, wish)) for wish in wishes]
    )


def _wish(schema: tantivy.Schema, wish: Wish) -> tantivy.Query:
    ways = [_way(schema, way) for way in wish.ways]
    if wish.exact is not None:
        ways.append(_worth(_term(schema, "number", wish.exact), AMOUNT))
    return ways[0] if len(ways) == 1 else tantivy.Query.disjunction_max_query(ways, TIE)


def _way(schema: tantivy.Schema, way: Way) -> tantivy.Query:
    fields = PIECES if any(map(str.isdigit, way.stems)) else FIELDS
    words = [_word(schema, stem, fields) for stem in way.stems]
    every = (
        words[0]
        if len(words) == 1
        else tantivy.Query.boolean_query([(tantivy.Occur.Must, word) for word in words])
    )
    return every if way.worth == 1 else tantivy.Query.boost_query(every, way.worth)


def _word(schema: tantivy.Schema, stem: str, fields: Mapping[str, float]) -> tantivy.Query:
    return tantivy.Query.disjunction_max_query(
        [
            tantivy.Query.boost_query(tantivy.Query.term_query(schema, name, stem, "freq"), worth)
            for name, worth in fields.items()
        ],
        TIE,
    )


def _thing(schema: tantivy.Schema, wish: Wish, worth: float) -> tantivy.Query:
    """What is worth more where the last word of a wish is what the thing is."""
    ways = [
        tantivy.Query.boost_query(_term(schema, "thing", way.stems[-1]), worth * way.worth)
        for way in wish.ways
    ]
    return tantivy.Query.disjunction_max_query(ways, 0.0)


def _term(schema: tantivy.Schema, name: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema, name, value)


def _worth(query: tantivy.Query, worth: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, worth)
