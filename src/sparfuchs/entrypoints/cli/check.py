"""`sparfuchs check`: reads a feed without storing anything, and says how to mend it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import polars as pl
import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    Pairs,
    money,
    out,
    pairs,
    print_json,
    reporting,
    said,
    table,
)
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import FetchFailed, NotFound
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import Settings

FIRST_SHOWN = 5


def check(
    location: Annotated[str, typer.Argument(metavar="PATH_OR_URL")],
    given: Pairs = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Shows what a feed is, its first offers, and each row that would be rejected."""
    with reporting(as_json=as_json):
        settings = ingest.FeedSettings.from_pairs(pairs(given))
        found = read_through(location, settings, Settings.load(data_dir))
        if isinstance(found, ingest.Promotions):
            if as_json:
                print_json(_plain_promotions(found))
            else:
                _show_promotions(found)
        elif as_json:
            print_json(as_plain(found))
        else:
            _show(found)


def read_through(
    location: str, settings: ingest.FeedSettings, here: Settings
) -> ingest.Check | ingest.Promotions:
    """Fetches and reads a feed whole, and keeps nothing of it. Raises what reading raises."""
    configure(here)
    if "://" not in location and not Path(location).expanduser().exists():
        raise NotFound(f"There is no file or folder {location}", path=location)
    with TemporaryDirectory(prefix="sparfuchs-check-") as folder, Fetcher(here.fetch) as fetcher:
        payload = ingest.fetch(
            location,
            settings=settings,
            validators={},
            into=Path(folder),
            fetcher=fetcher,
            at=system_clock(),
        )
        if isinstance(payload, ingest.Unchanged):
            raise FetchFailed(f"{location} answered as if it had been asked for changes only")
        if ingest.detect(payload, settings).format is ingest.Format.GOOGLE_PROMOTIONS:
            return ingest.read_promotions(payload, settings)
        return ingest.check(payload, settings)


def as_plain(found: ingest.Check) -> dict[str, object]:
    """The result as JSON values."""
    facts = found.detected.facts()
    return {
        "format": facts.get("format"),
        "encoding": facts.get("encoding"),
        "currency": facts.get("currency"),
        "delimiter": facts.get("delimiter"),
        "decimal": facts.get("decimal"),
        "compression": facts.get("compression"),
        "columns": _columns(found),
        "read": found.read,
        "accepted": found.accepted,
        "rejected": dict(found.rejected),
        "flags": dict(found.flags),
        "slow_rows": found.slow_rows,
        "advice": list(found.advice),
        # The first few, as plain values for JSON.
        "offers": [_plain_offer(row) for row in found.first.rows(named=True)],
        "problems": found.examples.rows(named=True),
    }


def _plain_promotions(found: ingest.Promotions) -> dict[str, object]:
    """Promotions as JSON values, with the same counts as for offers."""
    reasons = found.rejections["reason"].value_counts(sort=True)
    return {
        **found.detected.facts(),
        "read": found.promotions.height + found.rejections.height,
        "accepted": found.promotions.height,
        "rejected": dict(reasons.rows()),  # a reason a row
        "promotions": found.promotions.rows(named=True),  # few, and each is shown whole
        "problems": found.rejections.rows(named=True),
    }


def _columns(found: ingest.Check) -> dict[str, object]:
    """What was guessed to be what, for formats of any shape: attribute -> where from, and doubt."""
    mapping = found.detected.mapping
    if mapping is None:
        return {}
    return {
        name: {"from": list(sources), "doubt": mapping.doubts.get(name)}
        for name, sources in mapping.sources.items()
    }


def _plain_offer(row: dict[str, Any]) -> dict[str, object]:
    names = ("source_offer_id", "title", "brand", "gtin14", "landing_url", "availability")
    price = row["sale_minor"] if row["sale_minor"] is not None else row["regular_minor"]
    return {
        **{name: row[name] for name in names},
        "price": {"minor": price, "currency": row["currency"]},
        "flags": row["flags"] or [],
    }


def _show(found: ingest.Check) -> None:
    facts = said(", ".join(f"{key} {value!r}" for key, value in found.detected.facts().items()))
    out.print(f"[bold]{found.detected.facts().get('format', 'unknown')}[/]  [dim]{facts}[/]")
    out.print(
        f"read {found.read:,}, accepted {found.accepted:,}, "
        f"rejected {sum(found.rejected.values()):,}"
        + (f", slow reader {found.slow_rows:,}" if found.slow_rows else "")
    )
    if (mapping := found.detected.mapping) is not None:
        columns = table("attribute", "read from", "in doubt", title="\nColumns as guessed")
        for name, sources in mapping.sources.items():
            doubt = "?" if name in mapping.doubts else ""
            columns.add_row(name, said(", ".join(sources)), doubt)
        out.print(columns)
    _show_offers(found.first.head(FIRST_SHOWN))
    if found.examples.height:
        rows = table("line#", "id", "field", "value", "reason", "rule", title="\nProblems")
        for row in found.examples.iter_rows(named=True):  # a person reads them one by one
            rows.add_row(
                str(row["line"]),
                said(row["source_offer_id"] or "–"),
                said(row["field"]),
                said(str(row["value"])[:60]),
                row["reason"],
                row["rule"],
            )
        out.print(rows)
        for reason, number in found.rejected.items():
            out.print(f"  {number:,} rows: {reason}")
    for flag, number in found.flags.items():
        out.print(f"[yellow]{number:,} rows flagged {flag}[/]")
    for sentence in found.advice:
        out.print(f"[yellow]Advice:[/] {said(sentence)}", soft_wrap=True)


def _show_promotions(found: ingest.Promotions) -> None:
    out.print(f"[bold]{found.detected.format.value}[/]")
    out.print(f"accepted {found.promotions.height:,}, rejected {found.rejections.height:,}\n")
    rows = table("id", "title", "kind", "code", "until")
    for row in found.promotions.iter_rows(named=True):  # a person reads them one by one
        until = f"{row['ends_at']:%Y-%m-%d %H:%M} UTC" if row["ends_at"] else "–"
        name, title = said(row["source_promotion_id"]), said(row["title"])
        rows.add_row(name, title, row["kind"], said(row["code"] or "–"), until)
    out.print(rows)
    for row in found.rejections.iter_rows(named=True):  # likewise
        shown = f"{row['field']} {row['value']!r}: {row['reason']}"
        out.print(f"[yellow]{row['line']}[/] {said(shown)}")


def _show_offers(first: pl.DataFrame) -> None:
    for row in first.iter_rows(named=True):  # a person reads them one by one
        sale, regular, currency = row["sale_minor"], row["regular_minor"], row["currency"]
        price = money(sale if sale is not None else regular, currency)
        was = f"  [dim]instead of {money(regular, currency)}[/]" if sale is not None else ""
        out.print(f"\n[bold]{said(row['title'])}[/]", soft_wrap=True)
        out.print(f"{price}{was}  {row['availability'].replace('_', ' ')}")
        facts = (row["brand"], row["gtin14"], row["colour"], row["size"], row["category_path"])
        told = " · ".join(fact for fact in facts if fact)
        if told:
            out.print(f"[dim]{said(told)}[/]", soft_wrap=True)
