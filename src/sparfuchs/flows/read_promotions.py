"""A reading of promotions: from their documents to stored promotions, as a run of their source.

Promotions come in documents of their own (Google's) or stand on offers (the codes in posts of a
deal community). Either way they touch no price (R-G-7).
"""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Protocol

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.gather_run import KeptDocuments, keep_payload
from sparfuchs.flows.installation import Installation
from sparfuchs.ingest import api as ingest
from sparfuchs.plumbing.db import Work


class Reader(Protocol):
    """What this story needs of the run that it is part of."""

    here: Installation
    source: catalog.Source
    settings: ingest.FeedSettings
    carry: timedelta
    released: catalog.FeedRun | None

    @property
    def seconds(self) -> float: ...


def fold_in_promotions(
    run: Reader,
    payload: ingest.Payload,
    detected: ingest.Detected,
    packing: "Future[KeptDocuments] | None",
    facts_of: Callable[[catalog.RunKind], catalog.RunFacts],
) -> catalog.FeedRun:
    """Reads a payload of promotions whole, then publishes what it says or holds it."""
    here, source = run.here, run.source
    found = ingest.read_promotions(payload, run.settings, detected=detected)
    kind = catalog.RunKind.FULL if payload.complete else catalog.RunKind.PARTIAL
    facts = facts_of(kind)
    counts = catalog.Counts(
        read=found.promotions.height + found.rejections.height,
        accepted=found.promotions.height,
        # One row a reason.
        rejected=dict(found.rejections["reason"].value_counts(sort=True).rows()),
    )
    noted = catalog.Reading(
        settings=dict((run.released or source).settings),
        detected=detected.facts(),
        salt=ingest.parser_salt(run.settings),
        digest=payload.digest,
        validators=payload.validators,
    )
    doubts = catalog.weigh_promotions(source, kind, counts, noted.detected)
    held = bool(doubts) and run.released is None
    if packing is not None:
        noted = noted.with_payload(packing.result())
    elif held:
        noted = noted.with_payload(keep_payload(here, source, facts.number, payload))
    refused = found.rejections if found.rejections.height else None
    laid = catalog.lay_down(here.files, source, facts.number, {"rejections": refused})
    with here.database.unit_of_work() as work:
        if held:
            return catalog.hold(
                work,
                source,
                kind,
                catalog.RunStatus.HELD,
                facts.at,
                counts,
                doubts,
                noted,
                rejections=laid["rejections"],
                carry=run.carry,
                seconds=run.seconds,
            )
        published = catalog.publish_promotions(
            work,
            source,
            facts,
            found.promotions,
            counts,
            noted,
            rejections=laid["rejections"],
            carry=run.carry,
            seconds=run.seconds,
        )
        mark_released(work, source, run.released)
    return published


def keep_codes_of_posts(work: Work, source: catalog.Source, facts: catalog.RunFacts) -> None:
    """The codes that live posts of a deal community name, as promotions for these posts."""
    stated = ingest.promotions_of_posts(catalog.posts_with_codes(work, source.id))
    catalog.keep_promotions(work, source, stated, at=facts.at, run=facts.number)


def mark_released(work: Work, source: catalog.Source, held: catalog.FeedRun | None) -> None:
    """The held run whose content is published in this transaction is decided by it. Raises
    Conflict when somebody else has decided meanwhile: then this comes too late, and all of it goes.
    """
    if held is not None:
        catalog.held_run(work, source, held.number)
        catalog.mark_run(work, source.id, held.number, catalog.RunStatus.RELEASED)
