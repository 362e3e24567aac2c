"""`sparfuchs check`: reads a feed without storing anything, and says how to mend it."""

from pathlib import Path
from typing import Annotated, Any

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
    show_remedy,
    table,
)
from sparfuchs.entrypoints.cli.ingest import DEFAULT_SOURCE
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.check_feed import can_be_saved, check_location
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import Settings

FIRST_SHOWN = 5
Answer = dict[str, Any]


def check(
    location: Annotated[str, typer.Argument(metavar="PATH_OR_URL")],
    given: Pairs = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep it as a source, with these settings.")
    ] = False,
    merchant: Annotated[
        str | None, typer.Option("--merchant", help="Name of the shop, for --save.")
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="Name of this way to its offers, for --save.")
    ] = DEFAULT_SOURCE,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Shows what a feed is, its first offers, and each row that would be rejected."""
    with reporting(as_json=as_json):
        if save and not merchant:
            raise UsageError("--save wants --merchant NAME: whose offers these are")
        chosen = pairs(given)
        settings = Settings.load(data_dir)
        configure(settings)
        now = system_clock()
        with Fetcher(settings.fetch) as fetcher:
            found = check_location(location, chosen, fetcher=fetcher, at=now)
        if not as_json:
            _show(found)
        if save and merchant:
            found["saved"] = _save(location, merchant, source, chosen, found, data_dir)
            if not as_json:
                name = said(found["saved"])
                out.print(f"\nSaved as [bold]{name}[/]. Read it: sparfuchs source run {name}")
        if as_json:
            print_json(found)


def _save(
    location: str,
    merchant: str,
    name: str,
    chosen: dict[str, str],
    found: Answer,
    data_dir: Path | None,
) -> str:
    """The path of the source that was made of it. Raises UsageError when nothing is taken of it."""
    can_be_saved(found)
    with installation(data_dir) as here:
        return add_source(here, merchant, name, location, chosen, now=system_clock()).path


def _show(found: Answer) -> None:
    names = ("encoding", "currency", "delimiter", "decimal", "compression")
    facts = said(", ".join(f"{name} {found[name]!r}" for name in names if found[name]))
    out.print(f"[bold]{found['format']}[/]  [dim]{facts}[/]")
    out.print(
        f"read {found['read']:,}, accepted {found['accepted']:,}, "
        f"rejected {sum(found['rejected'].values()):,}"
        + (f", slow reader {found['slow_rows']:,}" if found["slow_rows"] else "")
    )
    if found["columns"]:
        columns = table("attribute", "read from", "in doubt", title="\nColumns as guessed")
        for name, one in found["columns"].items():
            columns.add_row(name, said(", ".join(one["from"])), "?" if one["doubt"] else "")
        out.print(columns)
    for offer in found["offers"][:FIRST_SHOWN]:
        _show_card(offer)
    if found["promotions"]:
        _show_promotions(found["promotions"])
    _show_problems(found)
    for flag, number in found["flags"].items():
        out.print(f"[yellow]{number:,} rows flagged {flag}[/]")
    for sentence in found["advice"]:
        out.print(f"[yellow]Advice:[/] {said(sentence)}", soft_wrap=True)
    if found["would_hold"]:
        why = ", ".join(found["would_hold"])
        out.print(f"[bold yellow]A first run of it would be held for a person to look:[/] {why}")


def _show_problems(found: Answer) -> None:
    if not found["problems"]:
        return
    rows = table("line#", "id", "field", "value", "reason", "rule", title="\nProblems")
    for row in found["problems"]:
        rows.add_row(
            str(row["line"]),
            said(row["source_offer_id"] or "–"),
            said(row["field"]),
            said((row["value"] or "–")[:60]),
            row["reason"],
            row["rule"],
        )
    out.print(rows)
    for one in found["remedies"]:
        such = f", such as [green]{said(one['example'])}[/]" if one["example"] else ""
        out.print(f"\n[bold]{one['rows']:,}[/] ({one['share']:.1%}) {one['reason']}{such}")
        show_remedy(one["mend"]["de"], one["mend"]["en"])


def _show_promotions(found: list[Answer]) -> None:
    rows = table("id", "title", "kind", "code", "until", title="\nPromotions")
    for row in found:
        until = f"{row['ends_at'][:16].replace('T', ' ')} UTC" if row["ends_at"] else "–"
        name, title = said(row["source_promotion_id"]), said(row["title"])
        rows.add_row(name, title, row["kind"], said(row["code"] or "–"), until)
    out.print(rows)


def _show_card(offer: Answer) -> None:
    before = offer["instead_of"]
    was = f"  [dim]instead of {_amount(before)}[/]" if before else ""
    out.print(f"\n[bold]{said(offer['title'])}[/]", soft_wrap=True)
    out.print(f"{_amount(offer['price'])}{was}  {offer['availability'].replace('_', ' ')}")
    facts = (offer["brand"], offer["gtin14"], offer["colour"], offer["size"])
    told = " · ".join(fact for fact in (*facts, offer["category_path"]) if fact)
    if told:
        out.print(f"[dim]{said(told)}[/]", soft_wrap=True)


def _amount(given: Answer | None) -> str:
    return money(given["minor"], given["currency"]) if given else "–"
