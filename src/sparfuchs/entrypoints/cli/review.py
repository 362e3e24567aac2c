"""`sparfuchs matching review`: doubtful pairs, and what people say of them."""

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
from sparfuchs.flows import review_matches as flow
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.clock import system_clock

app = typer.Typer(
    help="Doubtful pairs: say whether two offers are the same product.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Answer = dict[str, Any]

Pair = Annotated[int, typer.Argument(metavar="PAIR", min=1, help="Its number in the list.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000)]


@app.command("list")
def list_pairs(limit: Limit = 20, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Pairs that wait, the likeliest first, with what speaks for and against each."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.list_reviews(here, limit=limit, now=system_clock())
    if as_json:
        print_json({"items": found})
        return
    if not found:
        out.print("No pair waits for an answer.")
    for one in found:
        out.print(f"[bold]{one['id']}[/]  {one['probability']:.0%}  {said(one['reasons'])}")
        for end in one["offers"]:
            price = end["price"] or {"minor": None, "currency": None}
            shop = said(end["merchant"]["name"]) if end["merchant"] else "gone"
            told = f"{money(price['minor'], price['currency'])}  {shop}"
            out.print(f"  {end['id']}  {said(end['title'] or '')}  [dim]{told}[/]", soft_wrap=True)


@app.command("accept")
def accept(pair: Pair, data_dir: DataDir = None, as_json: Json = False) -> None:
    """The two offers of a pair are the same product."""
    _answer(pair, same=True, data_dir=data_dir, as_json=as_json)


@app.command("reject")
def reject(pair: Pair, data_dir: DataDir = None, as_json: Json = False) -> None:
    """The two offers of a pair are two products."""
    _answer(pair, same=False, data_dir=data_dir, as_json=as_json)


@app.command("split")
def split(
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="Its id.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """An offer is not the product that it was put into."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.split_offer(here, offer, now=system_clock())
        catch_up(here)
    _show(found, as_json=as_json)


@app.command("undo")
def undo(
    answer: Annotated[
        int | None,
        typer.Argument(metavar="[ANSWER]", help="The newest if not given.", show_default=False),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Takes an answer back: products are what they were without it."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.undo_answer(here, answer, now=system_clock())
        catch_up(here)
    _show(found, as_json=as_json)


@app.command("answers")
def answers(limit: Limit = 20, data_dir: DataDir = None, as_json: Json = False) -> None:
    """What was answered, the newest first; each answer is a label that models learn from."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.list_answers(here, limit=limit)
    if as_json:
        print_json({"items": found})
        return
    rows = table("answer#", "kind", "pairs#", "at (UTC)", "taken back (UTC)")
    for one in found:
        when = [(one[name] or "–")[:16].replace("T", " ") for name in ("at", "undone_at")]
        rows.add_row(str(one["id"]), one["kind"], f"{one['pairs']:,}", *when)
    out.print(rows)


def _answer(pair: int, *, same: bool, data_dir: DataDir, as_json: bool) -> None:
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.answer_review(here, pair, same=same, now=system_clock())
        catch_up(here)
    _show(found, as_json=as_json)


def _show(found: Answer, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    out.print(
        f"answer {found['answer']} ({found['kind']}, {found['pairs']:,} pairs): "
        f"{len(found['moved']):,} offers moved"
    )
    for offer, product in found["products"].items():
        out.print(f"  offer {offer}  product {product}")
