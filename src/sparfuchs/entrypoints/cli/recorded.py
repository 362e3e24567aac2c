"""`sparfuchs history …`: recorded prices, where they came from, and an operator's word on them.

Folding what is old stands in `history.py`.
"""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    moment,
    money,
    out,
    print_json,
    progress,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.correct import Corrected, correct_price, release_price
from sparfuchs.flows.import_history import Imported, import_history
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_history import held_prices, price_history
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.show_offer import offer_currency
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.money import Money

Name = Annotated[
    str, typer.Argument(metavar="OFFER", help="The id, or merchant/source:id of the source.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the correction.")]


def show(name: Name, data_dir: DataDir = None, as_json: Json = False) -> None:
    """All recorded prices of an offer, where each came from, and what was corrected and why."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = price_history(here, name)
        if as_json:
            print_json(found)
        else:
            _show(found)


def _show(found: dict[str, Any]) -> None:
    rows = table("from (UTC)", "to (UTC)", "price#", "from where", "run#")
    for span in found["spans"]:
        origin = span["source"]
        words = ""
        if origin is not None:
            words = " ".join(filter(None, (origin["kind"], origin["origin"])))
            words += " (changes alone)" if origin["until_next"] else ""
        rows.add_row(
            _day(span["from"]),
            _day(span["to"]) if span["to"] else "now",
            _amount(span["price"]) if span["price"] else "unknown",
            said(words),
            str(origin["run"]) if origin else "",
        )
    out.print(rows)
    for one in found["revisions"]:
        out.print(
            f"[yellow]{one['cause']}[/] {_day(one['made_at'])}: {said(one['reason'])}",
            soft_wrap=True,
        )
        for row in one["voided"]:
            price = _amount(row["price"]) if row["price"] else "unknown"
            out.print(f"  [dim]was {row['kind']} {_day(row['at'])}  {price}[/]")


def _amount(given: dict[str, Any]) -> str:
    return money(given["minor"], given["currency"])


def _day(text: str) -> str:
    return text[:16].replace("T", " ")


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV table; gzip is understood.")],
    source: Annotated[str, typer.Option("--source", help="merchant/source, read before.")],
    origin: Annotated[
        str, typer.Option("--origin", help="Where the prices come from; shown with every point.")
    ],
    until_next: Annotated[
        bool,
        typer.Option("--until-next", help="It lists changes alone: a price holds until the next."),
    ] = False,
    through: Annotated[
        str | None,
        typer.Option("--through", help="With --until-next: until when its last rows hold."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="Of rows that state none.")
    ] = None,
    decimal: Annotated[str, typer.Option("--decimal", help="The decimal sign, . or ,")] = ".",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Past prices out of a table: source_offer_id (or gtin, mpn), seen_at, price, currency, …"""
    with reporting(as_json=as_json), installation(data_dir) as here:
        if decimal not in {".", ","}:
            raise UsageError(f"{decimal!r} is no decimal sign: . or ,", value=decimal)
        with progress(quiet=as_json) as step:
            done = import_history(
                here,
                source,
                path,
                origin=origin,
                until_next=until_next,
                through=moment(through) if through else None,
                currency=currency,
                decimal=decimal,
                progress=step,
            )
            if not done.repeated:
                judge(here, done.report, progress=step)
        if as_json:
            print_json(done.as_json())
        elif done.repeated:
            out.print("This very table was imported before; nothing to do.")
        else:
            _imported(done)


def _imported(done: Imported) -> None:
    run = f"{done.report.source.path}:{done.report.run.number}"
    out.print(
        f"Imported {done.accepted:,} of {done.read:,} rows into [bold]{done.report.source.path}[/]:"
        f" {done.offers:,} offers at {done.moments:,} moments, {done.written:,} changes.",
        soft_wrap=True,
    )
    for reason, count in done.rejected.items():
        out.print(f"  {count:,} × {reason}")
    if done.rejected:
        out.print(f"[dim]sparfuchs run show {run} names the rows[/]")
    if done.held:
        out.print(f"  {done.held:,} prices leap and count only where a later row repeats them")


def held(
    source: Annotated[str | None, typer.Option("--source", help="Of one source.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Prices that are not believed yet: ten times what they were, or a tenth, and seen once."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = held_prices(here, source, limit)
        if as_json:
            print_json({"held": found})
            return
        rows = table("offer", "title", "was#", "stated#", "since (UTC)")
        for one in found:
            rows.add_row(
                one["id"],
                said(one["title"][:50]),
                _amount(one["last"]) if one["last"] else "–",
                _amount(one["held"]),
                _day(one["since"]) if one["since"] else "held by hand",
            )
        out.print(rows if found else "No price waits.")


def correct(
    name: Name,
    reason: Reason,
    start: Annotated[str, typer.Option("--from", help="From when: an ISO time with a zone.")],
    price: Annotated[
        str | None, typer.Option("--price", help="What it was, such as 12.99, in its currency.")
    ] = None,
    void: Annotated[bool, typer.Option("--void", help="It was no price: unknown.")] = False,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Until when; else where the recorded price ends."),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Corrects or voids a recorded price of an offer; the version before stays readable."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        if (price is None) != void:
            raise UsageError("Give either --price or --void")
        done = correct_price(
            here,
            name,
            start=moment(start),
            end=moment(until) if until else None,
            price=None if price is None else _minor(here, name, price),
            reason=reason,
        )
        _tell(here, done, as_json=as_json)


def _minor(here: Installation, name: str, price: str) -> int:
    currency = offer_currency(here, name)
    try:
        minor = Money.of_decimal(Decimal(price), currency).minor
    except InvalidOperation:
        raise UsageError(f"{price!r} is no price such as 12.99", value=price) from None
    if minor <= 0:
        raise UsageError(f"{price!r} is no price above zero", value=price)
    return minor


def release(name: Name, reason: Reason, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Believes a price that waits, from when it was first stated."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        _tell(here, release_price(here, name, reason=reason), as_json=as_json)


def _tell(here: Installation, done: Corrected, *, as_json: bool) -> None:
    judge(here, done.report)
    if as_json:
        print_json(done.as_json())
        return
    out.print(
        f"Corrected [bold]{done.as_json()['offer']}[/], noted as run "
        f"{done.report.source.path}:{done.report.run.number}: {done.voided} rows voided, "
        f"{done.written} written."
    )
