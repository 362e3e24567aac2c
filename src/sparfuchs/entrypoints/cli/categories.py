"""`sparfuchs categories`: the one tree, where merchants' paths lead, what was mapped by hand."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from sparfuchs.entrypoints.cli.console import DataDir, Json, out, print_json, reporting, said, table
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.categorise import categorise_anew, map_path, paths_of, unmap_path
from sparfuchs.flows.learn_categories import learn_categories
from sparfuchs.flows.sources import find_source
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import StoreUnavailable, UsageError
from sparfuchs.market import api as market
from sparfuchs.matching import api as matching

app = typer.Typer(
    help="The one tree of categories, and where merchants' paths lead in it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Source = Annotated[str, typer.Argument(metavar="SOURCE", help="merchant/name")]
_Path = Annotated[str, typer.Argument(metavar="PATH", help="The merchant's path, as it states it.")]


@app.command("tree")
def tree(
    word: Annotated[
        str | None,
        typer.Argument(metavar="[WORD]", help="Only nodes whose path has it.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """The nodes that have names, with their codes."""
    with reporting(as_json=as_json):
        ours = matching.taxonomy()
        nodes = sorted(
            (ours.path(code) or "", ours.path(code, "en") or "", code) for code in ours.nodes
        )
        wanted = (word or "").casefold()
        found = [one for one in nodes if wanted in f"{one[0]} {one[1]}".casefold()]
        if as_json:
            print_json({"categories": [{"id": code, "de": de, "en": en} for de, en, code in found]})
            return
        rows = table("code#", "German", "English")
        for de, en, code in found:
            rows.add_row(str(code), de, en)
        out.print(rows)


@app.command("list")
def list_paths(
    source: _Source,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many paths.")] = 50,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """The paths that a source states, the most frequent first, and where each leads."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = paths_of(here, find_source(here, source), limit=limit)
        if as_json:
            print_json({"paths": found})
            return
        rows = table("path", "offers#", "category", "sure#", "by")
        for one in found:
            place = one["category"]
            rows.add_row(
                said(one["path"]),
                f"{one['offers']:,}",
                said(place["path"]) if place else "unknown",
                f"{place['confidence']:.0%}" if place else "",
                place["how"] if place else "",
            )
        out.print(rows)


@app.command("map")
def map_(
    source: _Source,
    path: _Path,
    category: Annotated[
        str, typer.Argument(metavar="CODE", help="A code of the tree, or the path of a node.")
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Gives a path of a source its category by hand; it wins over all else, now and later."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        code = _code(category)
        chosen = find_source(here, source)
        moved = map_path(here, chosen, path, code, now=system_clock())
        catch_up(here)
        _told(
            {
                "source": chosen.path,
                "path": path.strip(),
                "category": matching.taxonomy().named(code),
                "moved": moved,
            },
            as_json=as_json,
        )


@app.command("unmap")
def unmap(source: _Source, path: _Path, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Takes back what was mapped by hand."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        chosen = find_source(here, source)
        moved = unmap_path(here, chosen, path, now=system_clock())
        catch_up(here)
        _told(
            {"source": chosen.path, "path": path.strip(), "category": None, "moved": moved},
            as_json=as_json,
        )


def _told(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    code = facts["category"]
    lead = matching.taxonomy().path(code) if code else "no mapping by hand"
    out.print(
        f"{said(facts['path'])} of {said(facts['source'])}: {said(lead or '')}, "
        f"{facts['moved']:,} offers moved"
    )


def _code(stated: str) -> int:
    """A code as stated, or by the path of a node in German or English. Raises UsageError."""
    if stated.isdecimal():
        return int(stated)
    code = matching.taxonomy().by_path.get(stated.strip())
    if code is None:
        raise UsageError(f"There is no category {stated!r}; see `sparfuchs categories tree`")
    return code


@app.command("renew")
def renew(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Places all offers anew, as after an update that brings another model."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        moved = categorise_anew(here, now=system_clock())
        catch_up(here)
        if as_json:
            print_json({"moved": moved})
        else:
            out.print(f"{moved:,} offers stand elsewhere than before")


@app.command("train")
def train(
    out_file: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the model is written.")
    ],
    examples: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV with path, title, brand, code, beside the words of the tree and the "
            "simulated market.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[str, typer.Option(help="What the model calls itself.")] = "1",
    as_json: Json = False,
) -> None:
    """Trains the model that places offers in the tree. Takes minutes."""
    with reporting(as_json=as_json):
        told = market.shelved()
        if examples is not None:
            told = pl.concat([told, _examples(examples)])
        started = time.perf_counter()
        made = matching.teach(told, version=version)
        try:
            made.model.save(out_file)
        except OSError as error:
            raise StoreUnavailable(
                f"{out_file} cannot be written: {error.strerror}", path=str(out_file)
            ) from error
        facts = {
            "model": version,
            "file": str(out_file),
            "bytes": out_file.stat().st_size,
            "texts": made.texts,
            "categories": len(made.model.labels),
            "right_about_unseen": round(made.unseen_right, 4),
            "seconds": round(time.perf_counter() - started, 1),
        }
        if as_json:
            print_json(facts)
        else:
            out.print(
                f"{out_file}: {made.texts:,} texts of {len(made.model.labels)} categories, right "
                f"about {made.unseen_right:.1%} of those left out one by one"
            )


@app.command("learn")
def learn(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Learns from the codes that merchants state here; the model is taken only if it is better."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        now = system_clock()
        found = learn_categories(here, market.shelved(), version=f"own-{now:%Y-%m-%d}")
        if as_json:
            print_json(asdict(found))
            return
        kept = "in use from now on; `sparfuchs categories renew` places all offers by it"
        out.print(
            f"{found.examples:,} paths with a code; on {found.held:,} held back the model in use "
            f"has {found.before:.1%}, the new one {found.after:.1%}: "
            f"{kept if found.promoted else 'not taken'}"
        )


def _examples(file: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(file, schema_overrides=matching.EXAMPLE).select(list(matching.EXAMPLE))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{file} is no table of path, title, brand, code: {error}") from error
