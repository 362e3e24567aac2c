"""`sparfuchs search` and `sparfuchs index`: what the API would answer, and the index behind it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    money,
    out,
    print_json,
    progress,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows import query_to_slate
from sparfuchs.flows.subscriptions import rebuild_index
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import UsageError
from sparfuchs.search import api as search_api

index_app = typer.Typer(help="The search index.", no_args_is_help=True, rich_markup_mode=None)

Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="KEY=VALUE",
        help="category, merchant, not_merchant, brand, verdict, tag, unit, price_min, price_max "
        "(minor units), discount_min, deals=yes; may be repeated.",
    ),
]


def _more(name: str) -> Callable[[search_api.Query, str], search_api.Query]:
    def add(query: search_api.Query, value: str) -> search_api.Query:
        changed: dict[str, Any] = {name: (*getattr(query, name), value)}
        return replace(query, **changed)

    return add


def _number(name: str) -> Callable[[search_api.Query, str], search_api.Query]:
    def put(query: search_api.Query, value: str) -> search_api.Query:
        if not value.isdecimal():
            raise UsageError(f"{name} wants a whole number, not {value!r}", field=name)
        changed: dict[str, Any] = {name: int(value)}
        return replace(query, **changed)

    return put


def _deals(query: search_api.Query, value: str) -> search_api.Query:
    if value not in {"yes", "no"}:
        raise UsageError(f"deals is yes or no, not {value!r}", field="deals")
    return replace(query, only_deals=value == "yes")


_FILTERS: Final = {
    "category": _more("categories"),
    "merchant": _more("merchants"),
    "not_merchant": _more("not_merchants"),
    "brand": _more("brands"),
    "verdict": _more("verdicts"),
    "tag": _more("tags"),
    "unit": _more("units"),
    "price_min": _number("price_min"),
    "price_max": _number("price_max"),
    "discount_min": _number("discount_min"),
    "deals": _deals,
}


def search(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="Words; empty for all.")] = "",
    given: Filters = None,
    sort: Annotated[search_api.Sort, typer.Option(help="In what order.")] = (
        search_api.Sort.RELEVANCE
    ),
    limit: Annotated[int, typer.Option(help="How many at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Where an earlier page ended.")] = None,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="Read nothing into the words, mend none.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Listings that fit a query, as the API would answer."""
    with reporting(as_json=as_json):
        query = search_api.Query(
            text=text, sort=sort, limit=limit, cursor=cursor, verbatim=verbatim
        )
        for pair in given or []:
            key, _, value = pair.partition("=")
            if key not in _FILTERS or not value:
                raise UsageError(
                    f"--filter wants one of {', '.join(_FILTERS)} and a value, not {pair!r}",
                    value=pair,
                )
            query = _FILTERS[key](query, value)
        with installation(data_dir) as here:
            found = query_to_slate.find(here, query, now=system_clock())
        if as_json:
            print_json(found)
        else:
            _show(found)


def _show(found: dict[str, Any]) -> None:
    rows = table("offer", "title", "price#", "verdict")
    for item in found["items"]:
        price = item["price"]
        percent = "" if not item["honest_pct"] else f" {item['honest_pct']} %"
        rows.add_row(
            item["id"],
            f"{said(item['title'])}\n[dim]{said(item['merchant']['name'])}[/]",
            money(price["minor"], price["currency"]) if price else "–",
            "\n".join(
                [
                    f"{item['verdict'] or 'not judged'}{percent}",
                    *(f"[green]{tag['text']['de']}[/]" for tag in item["tags"]),
                ]
            ),
        )
    out.print(rows)
    total = found["total"]
    about = "about " if total["approximate"] else ""
    out.print(f"{about}{total['value']:,} listings, by {found['sort'].replace('_', ' ')}")
    for line in _told(found):
        out.print(f"[dim]{line}[/]")
    if "popular_means" in found:
        out.print(f"[dim]most popular: {found['popular_means']['en']}[/]")
    if found["next_cursor"]:
        out.print(f"[dim]more: --cursor {found['next_cursor']}[/]", soft_wrap=True)


def _told(found: dict[str, Any]) -> Iterator[str]:
    """What was read into the words, a line each."""
    told = found["understood"]
    for swap in told["mended"]:
        yield f"{said(swap['typed'])} was taken for {said(swap['taken'])}"
    if told["dropped"]:
        yield f"not every hit has: {said(', '.join(told['dropped']))}"
    if told["did_you_mean"]:
        yield f"did you mean: {said(told['did_you_mean'])}"
    low, high = told["price_min"], told["price_max"]
    if low is not None or high is not None:
        bounds = [money(one, "EUR") if one is not None else "…" for one in (low, high)]
        yield f"price: {bounds[0]} to {bounds[1]}"
    if told["deals_only"]:
        yield "only deals"
    if told["merchant"]:
        yield f"at {said(told['merchant'])}"
    for relief in found["reliefs"]:
        yield f"without {relief['filter']}: {relief['value']:,} listings"


@index_app.callback()
def index() -> None:
    """The search index."""


@index_app.command("rebuild")
def rebuild(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Makes the index anew from the database; the present one answers until then."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        began = system_clock()
        with progress(quiet=as_json) as step:
            listings = rebuild_index(here, progress=step)
        seconds = (system_clock() - began).total_seconds()
    if as_json:
        print_json({"listings": listings, "seconds": round(seconds, 3)})
    else:
        out.print(f"{listings:,} listings in {seconds:.1f} s")
