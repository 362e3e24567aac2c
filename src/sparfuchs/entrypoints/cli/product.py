"""`sparfuchs product`: one product with its offers, and why they are together."""

from typing import Annotated, Any

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    money,
    out,
    print_json,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows import show_product as flow
from sparfuchs.kernel.clock import system_clock

app = typer.Typer(
    help="Products: the offers that are the same thing.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Answer = dict[str, Any]


@app.callback()
def product_group() -> None:
    """Products: the offers that are the same thing."""


@app.command("show")
def show(
    product: Annotated[str, typer.Argument(metavar="ID", help="As `sparfuchs offer` shows it.")],
    why: Annotated[bool, typer.Option("--why", help="Why its offers are together.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """One product: its offers by price, its lowest prices, its variants."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.show_product(here, product, now=system_clock())
        if why:
            found["why"] = flow.why(here, product)
    if as_json:
        print_json(found)
        return
    _show(found)
    if why:
        _show_why(found["why"])


def _amount(price: Answer | None) -> str:
    return money(price["minor"], price["currency"]) if price else "–"


def _show(found: Answer) -> None:
    facts = [
        found["brand"],
        found["gtin"] and f"GTIN {found['gtin']}",
        found["mpn"] and f"MPN {found['mpn']}",
    ]
    out.print(f"[bold]{said(found['title'])}[/]  [dim]{found['id']}[/]", soft_wrap=True)
    out.print(
        f"{found['offers']:,} offers of {found['merchants']:,} merchants, from "
        f"{_amount(found['from'])}  [dim]{said(', '.join(filter(None, facts)))}[/]",
        soft_wrap=True,
    )
    rows = table("price#", "verdict", "merchant", "offer", "title")
    for one in found["items"]:
        stock = "" if one["availability"] != "out_of_stock" else " (sold out)"
        rows.add_row(
            _amount(one["price"]) + stock,
            one["verdict"] or "–",
            said(one["merchant"]["name"]),
            one["id"],
            said(one["title"]),
        )
        for other in one["also_from"]:
            rows.add_row("", "", f"also by {said(other['source'])}", other["offer"], "")
    out.print(rows)
    lows = [
        f"{_amount(one['price'])} ({'ever' if one['days'] is None else str(one['days']) + ' days'})"
        for one in found["lowest"]
    ]
    if lows:
        out.print(f"Lowest known over all offers: {', '.join(lows)}")
    for one in found["siblings"]:
        differs = ", ".join(f"{name} {value}" for name, value in one["differs"].items())
        out.print(
            f"[dim]variant {one['id']}  {said(one['title'])}  {said(differs)}, "
            f"from {_amount(one['from'])}[/]",
            soft_wrap=True,
        )


def _show_why(found: Answer) -> None:
    out.print(f"\n[bold]Why together[/]  [dim]model {said(found['model'])}[/]")
    for one in found["members"]:
        out.print(f"{one['offer']}  {said(one['title'] or '')}", soft_wrap=True)
        if one["with"] is None:
            out.print("  [dim]stands alone[/]" if one["how"] == "alone" else "")
            continue
        twice = "the same offer as" if one["same_as"] else "with"
        told = {"person": "a person said so", "key": "a number in common", "likeness": "alike"}
        out.print(
            f"  [dim]{twice} {one['same_as'] or one['with']}: {told[one['how']]}, "
            f"{one['probability']:.1%}: {said(one['reasons'] or '')}[/]",
            soft_wrap=True,
        )
