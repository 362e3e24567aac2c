"""`sparfuchs offer`: one offer, and why its discount is real or not."""

from typing import Annotated, Any

import typer

from sparfuchs.entrypoints.cli.console import (
    REFERENCE,
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
from sparfuchs.flows.show_offer import show_offer
from sparfuchs.kernel.clock import system_clock

Answer = dict[str, Any]


def offer(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The id, or merchant/source:id of the source.")
    ],
    into: Annotated[
        str | None,
        typer.Option("--in", metavar="CODE", help="Also about what it costs in this currency."),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """One offer: claim, price spans, verdict with its evidence, rating, where it comes from."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = show_offer(here, name, now=system_clock(), into=into.upper() if into else None)
        if as_json:
            print_json(found)
        else:
            _show(found)


def _amount(given: Answer | None) -> str:
    return money(given["minor"], given["currency"]) if given else "–"


def _day(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "–"


def _show(found: Answer) -> None:
    out.print(f"[bold]{said(found['title'])}[/]", soft_wrap=True)
    facts = [found["merchant"], found["brand"], found["gtin"] and f"GTIN {found['gtin']}"]
    out.print(said(" · ".join(fact for fact in facts if fact)))
    stock = found["availability"].replace("_", " ")
    gone = "" if found["status"] == "live" else "  [red]no longer offered[/]"
    per = found["unit_price"]
    unit = ""
    if per is not None:
        unit = f"  {'ca. ' if per['estimated'] else ''}{_amount(per)}/{per['per']}"
        if per["contradicts"]:
            unit += f" [yellow](the shop says {_amount(per['stated'])})[/]"
    out.print(f"[bold]{_amount(found['price'])}[/]{unit}  {stock}{gone}")
    if per is not None and (less := per["shrunk"]) is not None:
        out.print(
            f"[yellow]holds less: {less['amount']:g} {per['per']} instead of "
            f"{less['amount_before']:g} {per['per']} since {_day(less['since'])} UTC, "
            f"{less['percent']}% dearer by the {per['per']}[/]"
        )
    if (about := found["about"]) is not None:
        out.print(f"[dim]about {_amount(about)} by the ECB's rate of {about['rate_day']}[/]")
    for other in found["other_prices"]:
        words = {"member": "for members", "coupon_public": "with a code for everybody"}
        out.print(f"[dim]{words.get(other['audience'], '')}: {_amount(other['price'])}[/]")
    if (waits := found["held_price"]) is not None:
        since = f"since {_day(waits['since'])} UTC" if waits["since"] else "by hand"
        out.print(
            f"[yellow]stated: {_amount(waits['price'])}, not believed {since}[/] "
            "[dim](sparfuchs history release)[/]"
        )
    claim = found["claim"]
    if claim["reference"] or claim["percent"] is not None:
        told = ["the merchant says:", REFERENCE.get(claim["kind"], "")]
        if claim["reference"]:
            told.append(_amount(claim["reference"]))
        if claim["percent"] is not None:
            told.append(f"−{claim['percent']} %")
        if claim["stated_since"]:
            told.append(f"(since {_day(claim['stated_since'])} UTC)")
        out.print(f"[dim]{' '.join(told)}[/]")
    for one in found["promotions"]:
        code = f" with code [bold]{said(one['code'])}[/]" if one["code"] else ""
        least = one["minimum_spend"]
        above = f", from {_amount(least)} on" if least else ""
        until = f", until {_day(one['ends_at'])} UTC" if one["ends_at"] else ""
        out.print(f"[cyan]{said(one['title'])}[/]{code}{above}{until}", soft_wrap=True)
    _show_verdict(found["verdict"])
    _show_spans(found["spans"])
    _show_lowest(found)
    if found["rating"]:
        _show_rating(found["rating"])
    if (product := found["product"]) is not None and product["offers"] > 1:
        out.print(
            f"Product {product['id']}: {product['offers']:,} offers of "
            f"{product['merchants']:,} merchants, from {_amount(product['from'])} "
            f"[dim](sparfuchs product show {product['id']} --why)[/]",
            soft_wrap=True,
        )
    origin = found["provenance"]
    out.print(
        f"[dim]{found['id']}  {said(origin['source'] + ':' + origin['source_offer_id'])}, "
        f"last read {_day(origin['last_seen_at'])} UTC[/]",
        soft_wrap=True,
    )
    if found["url"]:
        out.print(f"[dim]{said(found['url'])}[/]", soft_wrap=True)


def _show_verdict(verdict: Answer | None) -> None:
    if verdict is None:
        out.print("Not judged yet.")
        return
    colour = {"genuine": "green", "small": "green", "plausible": "yellow"}.get(
        verdict["verdict"], "white"
    )
    flags = f"  [dim]{', '.join(verdict['flags'])}[/]" if verdict["flags"] else ""
    out.print(
        f"\n[bold {colour}]{verdict['verdict'].upper()}[/]  "
        f"{verdict['claim_verdict'].upper()}{flags}"
    )
    out.print(said(verdict["text"]["de"]), soft_wrap=True)
    out.print(f"[dim]{said(verdict['text']['en'])}[/]", soft_wrap=True)
    evidence = verdict["evidence"]
    rows = table("evidence", "")
    rows.add_row("judged as of", _day(evidence["judged_at"]) + " UTC")
    rows.add_row("price since", _day(evidence["price_since"]) + " UTC")
    window = evidence["window"]
    rows.add_row("window", f"{_day(window['from'])} to {_day(window['to'])} UTC")
    if window["readings"] is not None:
        rows.add_row("read in it", f"{window['readings']:,} times, {said(evidence['source'])}")
    if (chain := evidence["chain"]) is not None:
        rows.add_row("cut in steps", f"{chain['steps']}, since {_day(chain['first_step_at'])} UTC")
    rows.add_row(
        "lowest in window",
        f"{_amount(evidence['lowest_30_days'])}, since {_day(evidence['lowest_30_days_from'])} UTC"
        + ("" if evidence["lowest_30_days_sighted"] else "  (carried, not sighted)")
        if evidence["lowest_30_days"]
        else "unknown",
    )
    if (low := evidence["lowest_30_days_source"]) is not None and low["kind"] != "reading":
        origin = f": {low['origin']}" if low["origin"] else ""
        rows.add_row("lowest known from", said(f"{low['kind']}{origin}, run {low['run']}"))
    if evidence["coverage"] is not None:
        rows.add_row("coverage", f"{evidence['coverage']:.0%} of the time is known")
    rows.add_row(
        "first seen", f"{_day(evidence['first_seen'])} UTC, {evidence['days_seen'] or 0} days"
    )
    if evidence["claim_reference"] is not None:
        seen = evidence["claim_reference_first_seen"]
        rows.add_row(
            "claimed reference",
            f"{_amount(evidence['claim_reference'])}, "
            + (f"asked before since {_day(seen)} UTC" if seen else "never seen before"),
        )
    out.print(rows)


def _show_rating(rating: Answer) -> None:
    parts = ", ".join(
        f"{name} {points} of {rating['most'][name]}" for name, points in rating["parts"].items()
    )
    out.print(f"\nRating [bold]{rating['score']}[/] of 100: {parts}")
    for reason in rating["reasons"]:
        out.print(f"  [dim]−{reason['lost']:<2} {said(reason['text']['en'])}[/]")


def _show_lowest(found: Answer) -> None:
    periods: dict[str, list[str]] = {}
    for low in found["lowest"]:
        name = "ever" if low["days"] is None else f"{low['days']} days"
        periods.setdefault(_amount(low["price"]), []).append(name)
    if periods:
        told = [f"{price} ({', '.join(names)})" for price, names in periods.items()]
        out.print(f"Lowest known: {', '.join(told)}")
    if found["tags"]:
        out.print("  ".join(f"[green]{tag['text']['de']}[/]" for tag in found["tags"]))


def _show_spans(spans: list[Answer]) -> None:
    rows = table("from (UTC)", "to (UTC)", "price#", title="\nPrices")
    for span in spans:
        price = _amount(span["price"]) if span["price"] else "unknown"
        rows.add_row(_day(span["from"]), _day(span["to"]) if span["to"] else "now", price)
    out.print(rows)
