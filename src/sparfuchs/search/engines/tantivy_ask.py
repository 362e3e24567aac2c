"""One query answered by one generation of the index: what matches, in which order, how many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import tantivy
import xxhash

from sparfuchs.search import cursor
from sparfuchs.search.cursor import Place
from sparfuchs.search.engines.tantivy_counts import Counted, Counts
from sparfuchs.search.engines.tantivy_documents import BOOSTS, ORDERS, WORDS, analyzer, end_key
from sparfuchs.search.model import (
    DISCOUNT_BANDS,
    ENOUGH,
    FACETS,
    MOST_HITS,
    MOST_RELEVANT,
    MOST_VALUES,
    PRICE_BANDS,
    FacetValue,
    Met,
    Page,
    Query,
    Sort,
    Total,
)
from sparfuchs.search.understand import words

_TIE: Final = 0.1  # what a word counts in its other fields
_PHRASE: Final = 2.0  # what the words are worth on top where they follow each other
_WHOLE: Final = 20.0  # more than any sum of words: what has all of them comes first
_NUMBER: Final = 10.0  # a number of the maker or of the world is the thing itself
_TERMS: Final = {
    "category": "category",
    "merchant": "merchant",
    "verdict": "verdict",
    "tag": "tag",
}
# What a query asks for by each filter, and what stands there when it does not.
_OWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "category": {"categories": ()},
    "merchant": {"merchants": ()},
    "price": {"price_min": None, "price_max": None},
    "discount": {"discount_min": None},
    "verdict": {"verdicts": ()},
    "tag": {"tags": ()},
}
# So many listings are asked for one that is shown: products have two or three of them.
_FOLDED: Final = 3


@dataclass(frozen=True)
class Commit:
    """One state of a generation, and what was counted in it."""

    searcher: tantivy.Searcher
    counts: Counts


class Reader:
    """One generation, opened for reading, with the analyzer that queries go through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = tantivy.Index.open(str(folder))
        self.analyzer = analyzer()
        self.index.register_tokenizer(WORDS, self.analyzer)
        self.index.config_reader("manual")
        self.stamp = b""
        self.refresh()

    def refresh(self) -> None:
        """Sees the newest commit, of whatever process.

        The list of segments says whether there is one: file times are too coarse for two commits
        within some milliseconds. Raises FileNotFoundError when the generation was cleared away.
        """
        stamp = xxhash.xxh3_64_digest((self.folder / "meta.json").read_bytes())
        if stamp != self.stamp:
            self.index.reload()
            self.commit = Commit(self.index.searcher(), Counts())
            self.stamp = stamp

    @property
    def schema(self) -> tantivy.Schema:
        return self.index.schema


_Clause = tuple[tantivy.Occur, tantivy.Query]


class Asking:
    """One query while it is answered."""

    def __init__(self, reader: Reader, query: Query) -> None:
        self.reader = reader
        commit = reader.commit
        self.searcher, self.counts = commit.searcher, commit.counts
        self.schema = reader.schema
        self.query = query
        self.filters = self._filters()

    def page(self) -> Page:
        query, place = self.query, cursor.read(self.query)
        met = self._met()
        asked = self._matching(met)
        facets = self._facets(asked, met) if query.facets else {}
        total = self._total(asked, met)
        order = ORDERS.get(query.sort)
        if order is None and not words(query.text):
            order = ORDERS[Sort.DISCOUNT]  # without words nothing is more relevant than a deal
        hits, following = (
            self._by_score(self._matching(met, ranked=True), place)
            if order is None
            else self._by_key(asked, place, order[0], highest_first=order[1])
        )
        return Page(
            hits=tuple(hits),
            total=Total(total),
            facets=facets,
            next_cursor=None if following is None else cursor.write(query, following),
            generation=self.reader.folder.name,
            met=met,
        )

    def _met(self) -> Met:
        """How many of the words a listing must have, by what there is without any filter: a filter
        that leaves nothing is for the person to lift, not a reason to pass words over.
        """
        if len(words(self.query.text)) < 2:  # noqa: PLR2004 - one word has no other way
            return Met.ALL
        return next((met for met in (Met.ALL, Met.BUT_ONE) if self._found(met) >= ENOUGH), Met.ANY)

    def _found(self, met: Met) -> int:
        what = ("found", Query(text=self.query.text), met)
        known: int | None = self.counts.get(what)
        if known is None:
            text = self._text(met, ranked=False)
            known = self._count(text) if text is not None else 0
            self.counts.put(what, known)
        return known

    # --- what matches ---------------------------------------------------------------------------

    def _matching(
        self, met: Met, *, without: str | None = None, ranked: bool = False
    ) -> tantivy.Query:
        must: list[_Clause] = [
            (tantivy.Occur.Must, clause)
            for name, clauses in self.filters.items()
            if name != without
            for clause in clauses
        ]
        text = self._text(met, ranked=ranked)
        if text is not None:
            must.append((tantivy.Occur.Must, text))
        if self.query.not_merchants:
            must.append((tantivy.Occur.MustNot, self._terms("merchant", self.query.not_merchants)))
            if len(must) == 1:
                must.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(must) if must else tantivy.Query.all_query()

    def _text(self, met: Met, *, ranked: bool) -> tantivy.Query | None:
        """What matches by words. Only where it is `ranked` are words that follow each other looked
        for, and those first that have all the words: that finds nothing more, and costs.
        """
        said = words(self.query.text)
        if not said:
            return None
        stems = [stem for word in said for stem in self.reader.analyzer.analyze(word)]
        every = tantivy.Query.boolean_query([(tantivy.Occur.Must, self._word(s)) for s in stems])
        ways: list[_Clause] = [(tantivy.Occur.Should, every)]
        if met is not Met.ALL:
            least = max(1, len(stems) - 1) if met is Met.BUT_ONE else 1
            some = [(tantivy.Occur.Should, self._word(stem)) for stem in stems]
            ways = [(tantivy.Occur.Should, tantivy.Query.boolean_query(some, least))]
            if ranked:
                whole = tantivy.Query.const_score_query(every, _WHOLE)
                ways.append((tantivy.Occur.Should, whole))
        if ranked and len(stems) > 1:
            phrase = tantivy.Query.phrase_query(self.schema, "title", list(stems))
            ways.append((tantivy.Occur.Should, tantivy.Query.boost_query(phrase, _PHRASE)))
        number = tantivy.Query.term_query(self.schema, "number", "".join(said).lstrip("0"))
        ways.append((tantivy.Occur.Should, tantivy.Query.boost_query(number, _NUMBER)))
        return tantivy.Query.boolean_query(ways)

    def _word(self, stem: str) -> tantivy.Query:
        return tantivy.Query.disjunction_max_query(
            [
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self.schema, name, stem, "freq"), boost
                )
                for name, boost in BOOSTS.items()
            ],
            _TIE,
        )

    def _filters(self) -> Mapping[str, list[tantivy.Query]]:
        """Clauses by the facet they belong to: a facet is counted without its own (OR inside)."""
        query = self.query
        found: dict[str, list[tantivy.Query]] = {}
        for name, values in (
            ("category", query.categories),
            ("merchant", query.merchants),
            ("verdict", query.verdicts),
            ("tag", query.tags),
            ("maker", query.brands),
        ):
            if values:
                found[name] = [self._terms(name, values)]
        if query.price_min is not None or query.price_max is not None:
            found["price"] = [self._range("price", query.price_min or 0, query.price_max)]
        if query.discount_min is not None:
            found["discount"] = [self._range("discount", query.discount_min, None)]
        if query.only_deals:
            found["deal"] = [tantivy.Query.term_query(self.schema, "deal", 1)]
        if query.at is not None and (query.only_deals or query.sort is Sort.ENDING_SOON):
            found["end"] = [self._range("by_end", end_key(query.at), None)]
        return found

    def _terms(self, name: str, values: tuple[str, ...]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self.schema, name, list(values))

    def _range(self, name: str, low: int | None, high: int | None) -> tantivy.Query:
        return tantivy.Query.range_query(
            self.schema, name, tantivy.FieldType.Integer, lower_bound=low, upper_bound=high
        )

    def _total(self, asked: tantivy.Query, met: Met) -> int:
        what = ("total", self._counted(), met)
        known: int | None = self.counts.get(what)
        if known is None:
            known = self._count(asked)
            self.counts.put(what, known)
        return known

    def _counted(self, without: str | None = None) -> Query:
        """The query as far as counts depend on it, without one of its filters."""
        query = self.query
        ends = "end" in self.filters
        return replace(
            query,
            sort=query.sort if ends else Sort.RELEVANCE,
            at=query.at if ends else None,
            limit=MOST_HITS,
            cursor=None,
            facets=True,
            **_OWN.get(without or "", {}),
        )

    def _count(self, asked: tantivy.Query) -> int:
        found = self.searcher.search(asked, limit=1, count=True)
        return int(found.count or 0)  # type: ignore[attr-defined] # the stub lacks it

    # --- in order -------------------------------------------------------------------------------

    def _by_key(
        self, asked: tantivy.Query, place: Place | None, name: str, *, highest_first: bool
    ) -> tuple[list[int], Place | None]:
        """A page in order, each product once: of its listings the first that the query finds."""
        shown: list[int] = []
        seen: set[int] = set()
        follows = asked if place is None else self._after(asked, place, name, high=highest_first)
        wanted = _FOLDED * self.query.limit + 1
        while True:
            found = self.searcher.search(
                follows,
                limit=wanted,
                count=False,
                order_by_field=name,
                order=tantivy.Order.Desc if highest_first else tantivy.Order.Asc,
            ).hits
            addresses = [address for _, address in found]
            ids, products = self._ids(addresses), self._products(addresses)
            if place is not None:
                seen |= self._before(asked, place, name, products, highest_first=highest_first)
            keys = [int(key) for key, _ in found]
            for number, (one, product) in enumerate(zip(ids, products, strict=True)):
                if len(shown) == self.query.limit and product not in seen:
                    return shown, _place(keys[:number], ids[:number], place)
                if product not in seen:
                    seen.add(product)
                    shown.append(one)
            if len(found) < wanted:
                return shown, None
            place = _place(keys, ids, place)
            assert place is not None
            follows = self._after(asked, place, name, high=highest_first)

    def _after(self, asked: tantivy.Query, place: Place, name: str, *, high: bool) -> tantivy.Query:
        """What matches and comes after a place."""
        low, high_end = (None, place.key) if high else (place.key, None)
        clauses: list[_Clause] = [
            (tantivy.Occur.Must, asked),
            (tantivy.Occur.Must, self._range(name, low, high_end)),
        ]
        if place.ids:
            shown = tantivy.Query.term_set_query(self.schema, "id", list(place.ids))
            clauses.append((tantivy.Occur.MustNot, shown))
        return tantivy.Query.boolean_query(clauses)

    def _before(
        self,
        asked: tantivy.Query,
        place: Place,
        name: str,
        products: list[int],
        *,
        highest_first: bool,
    ) -> set[int]:
        """Those of these products of which a listing came up to a place, on an earlier page."""
        several = [one for one in products if one > 0]
        if not several:
            return set()
        low, high = (place.key, None) if highest_first else (None, place.key)
        found = self.searcher.search(
            tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, asked),
                    (tantivy.Occur.Must, self._range(name, low, high)),
                    (
                        tantivy.Occur.Must,
                        tantivy.Query.term_set_query(self.schema, "product", several),
                    ),
                ]
            ),
            limit=MOST_RELEVANT,
            count=False,
        ).hits
        addresses = [address for _, address in found]
        # What has the very key of the place and was not shown comes after it.
        keys = self.searcher.fast_field_values(name, addresses) if addresses else []
        return {
            product
            for product, one, key in zip(
                self._products(addresses), self._ids(addresses), keys, strict=True
            )
            if key != place.key or one in place.ids
        }

    def _by_score(
        self, asked: tantivy.Query, place: Place | None
    ) -> tuple[list[int], Place | None]:
        """By relevance, equal scores by id: the engine has them in the order of its files, which
        merging changes. A page begins after the listing that ended the last one, wherever that
        stands by now; only if it is gone, after as many as were shown. A product is shown once, by
        the listing that fits best.
        """
        found = self.searcher.search(asked, limit=MOST_RELEVANT, count=False).hits
        addresses = [address for _, address in found]
        ids, products = self._ids(addresses), self._products(addresses)
        scores = (-score for score, _ in found)
        first: dict[int, int] = {}
        for _, one, product in sorted(zip(scores, ids, products, strict=True)):
            first.setdefault(product, one)
        ids = list(first.values())
        start = 0 if place is None else min(max(0, place.key), len(ids))
        if place is not None and place.ids and place.ids[-1] in ids:
            start = ids.index(place.ids[-1]) + 1
        end = start + self.query.limit
        if end >= len(ids):
            return ids[start:], None
        return ids[start:end], Place(end, (ids[end - 1],))

    def _products(self, addresses: list[Any]) -> list[int]:
        """The product of each; one of its own, below zero, where a listing has none."""
        if not addresses:
            return []
        return [int(one or 0) for one in self.searcher.fast_field_values("product", addresses)]

    def _ids(self, addresses: list[Any]) -> list[int]:
        if not addresses:
            return []
        return [int(one) for one in self.searcher.fast_field_values("id", addresses) if one]

    # --- facets ---------------------------------------------------------------------------------

    def _facets(self, asked: tantivy.Query, met: Met) -> dict[str, tuple[FacetValue, ...]]:
        """Counts of every facet; one that is filtered by is counted without its own filter."""
        answers: dict[str, dict[str, int]] = {}
        together: dict[str, Any] = {}  # what is counted over the query as it is, in one go
        bases = dict.fromkeys(FACETS, asked)
        counted = {name: (name, self._counted(name), met) for name in FACETS}
        for name in FACETS:
            if name in self.filters:
                bases[name] = self._matching(met, without=name)
            known = self.counts.get(counted[name])
            if known is not None:
                answers[name] = known
            elif name in self.filters:
                answers[name] = self._buckets(bases[name], {name: _aggregation(name)})[name]
            else:
                together[name] = _aggregation(name)
        if together:
            answers |= self._buckets(asked, together, total=("total", self._counted(), met))
        for name, found in answers.items():
            self.counts.put(counted[name], found)
        return {name: self._values(name, answers[name], bases[name]) for name in FACETS}

    def _buckets(
        self, asked: tantivy.Query, wanted: Mapping[str, Any], *, total: Counted | None = None
    ) -> dict[str, dict[str, int]]:
        """Counts by facet and value; of a band by its lower edge. The `total` comes with them."""
        all_told = {} if total is None else {"total": {"value_count": {"field": "source"}}}
        found = self.searcher.aggregate(asked, {**wanted, **all_told})
        if total is not None:
            self.counts.put(total, int(found["total"]["value"]))
        return {
            name: {
                str(one["key"] if name in _TERMS else int(one["from"])): int(one["doc_count"])
                for one in found[name]["buckets"]
                if (one["key"] if name in _TERMS else one.get("from") is not None)
            }
            for name in wanted
        }

    def _values(
        self, name: str, found: Mapping[str, int], base: tantivy.Query
    ) -> tuple[FacetValue, ...]:
        query = self.query
        if name in _TERMS:
            chosen = {
                "category": query.categories,
                "merchant": query.merchants,
                "verdict": query.verdicts,
                "tag": query.tags,
            }[name]
            counts = dict(found)
            # What is chosen stays visible, be it rare or gone: only the frequent were counted.
            for value in chosen:
                if value not in counts:
                    counts[value] = self._count(
                        tantivy.Query.boolean_query(
                            [
                                (tantivy.Occur.Must, base),
                                (tantivy.Occur.Must, self._terms(name, (value,))),
                            ]
                        )
                    )
            return tuple(
                FacetValue(value, count, value in chosen)
                for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            )
        edges = PRICE_BANDS if name == "price" else DISCOUNT_BANDS
        by_edge = {int(edge): count for edge, count in found.items()}
        if name == "discount":  # "from 20 % on" holds what is above it as well
            above = 0
            for edge in reversed(edges):
                above += by_edge.get(edge, 0)
                by_edge[edge] = above
        first = query.price_min if name == "price" else query.discount_min
        return tuple(FacetValue(str(edge), by_edge.get(edge, 0), edge == first) for edge in edges)


def _place(keys: list[int], ids: list[int], before: Place | None) -> Place | None:
    """After the last of these; where there are none, where it was before."""
    if not keys:
        return before
    last = keys[-1]
    same = [one for key, one in zip(keys, ids, strict=True) if key == last]
    if before is not None and before.key == last:
        same = [*before.ids, *same]
    return Place(last, tuple(same))


def _aggregation(name: str) -> dict[str, Any]:
    if name in _TERMS:
        return {"terms": {"field": _TERMS[name], "size": MOST_VALUES}}
    edges = PRICE_BANDS if name == "price" else DISCOUNT_BANDS
    bands = zip(edges, (*edges[1:], 1 << 40), strict=True)
    return {"range": {"field": name, "ranges": [{"from": low, "to": high} for low, high in bands]}}
