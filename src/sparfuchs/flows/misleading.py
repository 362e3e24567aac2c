"""Merchants and the patterns that their stated reductions show, for operators."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import NotFound
from sparfuchs.kernel.ids import public_id
from sparfuchs.plumbing.db import Work
from sparfuchs.quality import api as quality

Answer = dict[str, Any]

MOST_EXAMPLES: Final = 50


def misleading_merchants(
    here: Installation,
    *,
    merchant: str | None = None,
    pattern: quality.Pattern | None = None,
    examples: int = 3,
    after: str = "",
    limit: int = 50,
) -> list[Answer]:
    """Merchants by slug with the patterns found of their offers, each with its count, its share of
    the merchant's offers and some examples, the newest first; plain JSON values.

    Merchants without a pattern are left out, unless one is asked for by its slug. Raises NotFound
    for a merchant that there is not.
    """
    with here.database.reading() as work:
        sources = catalog.all_sources(work)
        counts = quality.pattern_counts(work)
        if pattern is not None:
            counts = counts.filter(pl.col("pattern") == pattern.value)
        found: dict[str, list[catalog.Source]] = {}
        for source in sources:
            found.setdefault(source.merchant.slug, []).append(source)
        if merchant is not None and merchant not in found:
            raise NotFound(f"There is no merchant {merchant!r}", merchant=merchant)
        with_some = set(counts["source"])
        slugs = [
            slug
            for slug, own in sorted(found.items())
            if (slug == merchant or merchant is None)
            and slug > after
            and (merchant is not None or with_some & {int(one.id) for one in own})
        ]
        return [
            _merchant(work, found[slug], counts, pattern, min(examples, MOST_EXAMPLES))
            for slug in slugs[:limit]
        ]


def _merchant(
    work: Work,
    sources: list[catalog.Source],
    counts: pl.DataFrame,
    pattern: quality.Pattern | None,
    examples: int,
) -> Answer:
    merchant, ids = sources[0].merchant, [int(one.id) for one in sources]
    own = counts.filter(pl.col("source").is_in(ids))
    total = sum(source.live for source in sources)
    shown = quality.pattern_examples(work, ids, pattern, limit=examples)
    titles = catalog.titles(work, shown["offer_id"])
    told: dict[str, list[Answer]] = {}
    for row in shown.rows(named=True):  # some examples, as plain values
        told.setdefault(row["pattern"], []).append(_example(row, titles, merchant.zone))
    by_pattern = own.group_by("pattern").agg(pl.col("offers").sum()).sort("pattern")
    return {
        "merchant": {"slug": merchant.slug, "name": merchant.name},
        "offers": total,
        "patterns": [
            {
                "pattern": name,
                "name": dict(quality.NAMES[quality.Pattern(name)]),
                "offers": count,
                "share": round(count / total, 4) if total else None,
                "examples": told.get(name, []),
            }
            for name, count in by_pattern.iter_rows()  # at most one a pattern
        ],
    }


def _example(row: Mapping[str, Any], titles: Mapping[int, str], zone: str) -> Answer:
    return {
        "offer": public_id(row["offer_id"]),
        "title": titles.get(row["offer_id"]),
        "text": quality.told(row, zone=zone),
        "first_found_at": row["first_at"].isoformat(),
        "last_found_at": row["last_at"].isoformat(),
    }
