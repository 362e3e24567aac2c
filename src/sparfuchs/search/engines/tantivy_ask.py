"""One query answered by one generation of the index: what matches, in which order, how many."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import tantivy

from sparfuchs.search import cursor
from sparfuchs.search.cursor import Place
from sparfuchs.search.engines.tantivy_counts import Counted
from sparfuchs.search.engines.tantivy_documents import (
    LOW_BITS,
    ORDERS,
    end_key,
    standing_of,
)
from sparfuchs.search.engines.tantivy_reader import Reader
from sparfuchs.search.engines.tantivy_words import TIER, all_of, matching
from sparfuchs.search.engines.tantivy_words import ranked as by_worth
from sparfuchs.search.language.synonyms import Synonyms
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
    Relief,
    Sort,
    Total,
)
from sparfuchs.search.rank import RANKED, rank
from sparfuchs.search.understand import Meant, Wish, understand

_TERMS: Final = {
    "category": "category",
    "merchant": "merchant",
    "verdict": "verdict",
    "tag": "tag",
    "unit": "unit",
}
# What a query asks for by each filter, and what stands there when it does not.
_OWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "category": {"categories": ()},
    "merchant": {"merchants": ()},
    "price": {"price_min": None, "price_max": None},
    "discount": {"discount_min": None},
    "verdict": {"verdicts": ()},
    "tag": {"tags": ()},
    "unit": {"units": ()},
}
# So many listings are asked for one that is shown: products have two or three of them.
_FOLDED: Final = 3


_Clause = tuple[tantivy.Occur, tantivy.Query]


class Asking:
    """One query while it is answered."""

    def __init__(self, reader: Reader, query: Query, synonyms: Synonyms) -> None:
        self.reader = reader
        commit = reader.commit
        self.searcher, self.counts = commit.searcher, commit.counts
        self.schema = reader.schema
        self.asked = query
        self.meant: Meant = understand(query, commit.facts, synonyms)
        self.query = self.meant.query
        self.filters = self._filters()

    def page(self) -> Page:
        query, place = self.query, cursor.read(self.asked)
        self.dropped = self._dropped()
        met = (Met.ALL, Met.BUT_ONE, Met.ANY)[min(len(self.dropped), 2)]
        asked = self._matching()
        facets = self._facets(asked, met) if query.facets else {}
        total = self._total(asked, met)
        order = ORDERS.get(query.sort)
        if order is None and not self.meant.wishes:
            order = ORDERS[Sort.DISCOUNT]  # without words nothing is more relevant than a deal
        hits, following = (
            self._by_score(self._matching(ranked=True), place)
            if order is None
            else self._by_key(asked, place, order[0], highest_first=order[1])
        )
        told = replace(self.meant.told, dropped=tuple(wish.written for wish in self.dropped))
        return Page(
            hits=tuple(hits),
            total=Total(total),
            facets=facets,
            next_cursor=None if following is None else cursor.write(self.asked, following),
            generation=self.reader.folder.name,
            met=met,
            understood=told,
            reliefs=() if total else self._reliefs(),
        )

    # --- words passed over ----------------------------------------------------------------------

    def _dropped(self) -> tuple[Wish, ...]:
        """The words that a hit need not have, for hardly anything has them all: one after the
        other that without which most is left, until there is enough. Looked for without any
        filter: a filter that leaves nothing is for the person to lift, not a reason to pass words
        over.
        """
        needed = list(self.meant.needed)
        if self.query.verbatim or len(needed) < 2:  # noqa: PLR2004 - one word has no other way
            return ()
        what = ("dropped", Query(text=self._wished()), Met.ALL)
        known: tuple[Wish, ...] | None = self.counts.get(what)
        if known is None:
            known = tuple(self._passed_over(needed))
            self.counts.put(what, known)
        return known

    def _passed_over(self, needed: list[Wish]) -> list[Wish]:
        if self._have(needed) >= ENOUGH:
            return []
        # What nothing has is of no use to anybody.
        dropped = [wish for wish in needed if not self._have([wish])]
        left = [wish for wish in needed if wish not in dropped]
        while len(left) > 1 and self._have(left) < ENOUGH:
            found = [self._have([one for one in left if one is not wish]) for wish in left]
            dropped.append(left.pop(found.index(max(found))))
        return dropped if left else []

    def _have(self, wishes: list[Wish]) -> int:
        return self._count(all_of(self.schema, wishes))

    def _reliefs(self) -> tuple[Relief, ...]:
        """Of a page without a hit: each filter without which there is something."""
        found = [Relief(name, self._count(self._matching(without=name))) for name in self.filters]
        if self.query.not_merchants:
            kept = replace(self.query, not_merchants=())
            found.append(Relief("not_merchant", self._count(self._matching(query=kept))))
        return tuple(sorted((one for one in found if one.value), key=lambda one: -one.value))

    # --- what matches ---------------------------------------------------------------------------

    def _matching(
        self,
        *,
        without: str | None = None,
        ranked: bool = False,
        query: Query | None = None,
    ) -> tantivy.Query:
        """What matches. Only where it is `ranked` do words say how much they are worth, and those
        that are not needed count: that finds nothing more, and costs.
        """
        query = query or self.query
        must: list[_Clause] = [
            (tantivy.Occur.Must, clause)
            for name, clauses in self.filters.items()
            if name != without
            for clause in clauses
        ]
        text = matching(self.schema, self.meant, self.dropped)
        if text is not None:
            if ranked:
                text = by_worth(self.schema, self.meant, self.dropped, text)
            must.append((tantivy.Occur.Must, text))
        if query.not_merchants:
            must.append((tantivy.Occur.MustNot, self._terms("merchant", query.not_merchants)))
            if len(must) == 1:
                must.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(must) if must else tantivy.Query.all_query()

    def _filters(self) -> Mapping[str, list[tantivy.Query]]:
        """Clauses by the facet they belong to: a facet is counted without its own (OR inside)."""
        query = self.query
        found: dict[str, list[tantivy.Query]] = {}
        for name, values in (
            ("category", query.categories),
            ("merchant", query.merchants),
            ("verdict", query.verdicts),
            ("tag", query.tags),
            ("unit", query.units),
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

    def _wished(self) -> str:
        """The words as they are looked for: of two queries with one text, one may have read a price
        into it and the other not.
        """
        return "\x1f".join(wish.written for wish in self.meant.wishes)

    def _counted(self, without: str | None = None) -> Query:
        """The query as far as counts depend on it, without one of its filters."""
        query = self.query
        ends = "end" in self.filters
        return replace(
            query,
            text=self._wished(),
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
        ids = self._in_rank(found)
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

    def _in_rank(self, found: list[tuple[Any, Any]]) -> list[int]:
        """The second stage (`search/rank.py`), over the first few hundred; of each product the
        listing that stands highest.
        """
        addresses = [address for _, address in found]
        ids, products = self._ids(addresses), self._products(addresses)
        scores = np.array([score for score, _ in found], dtype=np.float64)
        tier, fit = np.divmod(scores, TIER)  # never mixed: what has more of the words comes first
        first = min(len(found), RANKED)
        keys = {
            name: np.array(self.searcher.fast_field_values(name, addresses[:first])) >> LOW_BITS
            for name in ("by_discount", "by_popular", "by_new")
            if first
        }
        if first:
            fit[:first] = rank(fit[:first], standing_of(keys), self.query.at)
        late = np.arange(len(found)) >= first
        # Equal to a millionth is equal: sums of floats differ by the order of their parts.
        order = np.lexsort((np.array(ids), -np.round(fit, 6), -tier, late))
        first_of: dict[int, int] = {}
        for place in order.tolist():
            first_of.setdefault(products[place], ids[place])
        return list(first_of.values())

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
                bases[name] = self._matching(without=name)
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
                "unit": query.units,
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
