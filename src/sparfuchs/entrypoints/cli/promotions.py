"""`sparfuchs promotions …`: what shops grant beside their prices."""

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
from sparfuchs.flows.show_promotions import list_promotions, show_promotion
from sparfuchs.kernel.clock import system_clock

app = typer.Typer(help="Coupons and promotions with their terms.", no_args_is_help=True)


@app.command("list")
def list_them(
    merchant: Annotated[
        str | None, typer.Option("--merchant", metavar="SLUG", help="Of one merchant.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those over, to come or no longer stated.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Promotions that are valid now, or all of them."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = list_promotions(
            here, merchant, now=system_clock(), everything=everything, limit=limit
        )
        if as_json:
            print_json({"promotions": found})
            return
        if not found:
            out.print("No promotions are valid now." if not everything else "No promotions yet.")
            return
        rows = table("promotion", "merchant", "what", "code", "gives", "until (UTC)", "status")
        for one in found:
            rows.add_row(
                one["id"],
                said(one["merchant"]["name"]),
                said(one["title"]),
                said(one["code"] or "–"),
                said(gain(one)),
                _moment(one["ends_at"]),
                one["status"],
            )
        out.print(rows)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """One promotion with its terms."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        one = show_promotion(here, name, now=system_clock())
        if as_json:
            print_json(one)
            return
        out.print(
            f"[bold]{said(one['title'])}[/]  {said(one['merchant']['name'])}, {one['status']}"
        )
        if one["description"]:
            out.print(said(one["description"]), soft_wrap=True)
        rows = table("term", "")
        rows.add_row("gives", said(gain(one)))
        rows.add_row("code", said(one["code"] or "none needed"))
        least = one["minimum_spend"]
        if least:
            rows.add_row("minimum spend", money(least["minor"], least["currency"]))
        rows.add_row("valid", f"{_moment(one['starts_at'])} to {_moment(one['ends_at'])} UTC")
        rows.add_row("for", "everything" if one["for_everything"] else said(_scope(one)))
        for key, text in one["terms"].items():
            rows.add_row(
                said(key.replace("_", " ")),
                said(text if isinstance(text, str) else ", ".join(text)),
            )
        rows.add_row("stated by", said(f"{one['source']}, as {one['source_promotion_id']}"))
        rows.add_row("first seen", _moment(one["first_seen_at"]))
        if one["gone_at"]:
            rows.add_row("no longer stated since", _moment(one["gone_at"]))
        out.print(rows)
        if one["url"]:
            out.print(f"[dim]{said(one['url'])}[/]", soft_wrap=True)


def gain(one: dict[str, Any]) -> str:
    """What a promotion gives, in a few words."""
    if one["percent"] is not None:
        return f"{one['percent']} %"
    if (off := one["money_off"]) is not None:
        return money(off["minor"], off["currency"])
    return str(one["kind"]).replace("_", " ")


def _scope(one: dict[str, Any]) -> str:
    told = [
        f"{name.replace('_', ' ')} {', '.join(values)}" for name, values in one["scope"].items()
    ]
    return "; ".join(told) or "the offers that name it"


def _moment(text: str | None) -> str:
    return "–" if text is None else text[:16].replace("T", " ")
