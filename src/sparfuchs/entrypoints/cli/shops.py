"""`sparfuchs market serve`: the shops of the simulated market as real servers."""

import asyncio
import signal
from datetime import datetime, time
from typing import Annotated, Final

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    err,
    moment,
    out,
    print_json,
    reporting,
)
from sparfuchs.entrypoints.wiring import for_a_person
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import UsageError
from sparfuchs.market import api as market
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import Settings

_PORT_BASE: Final = 8100


def serve(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which market.")] = 1,
    offers: Annotated[
        int, typer.Option("--offers", min=1, help="About how many offers all shops have.")
    ] = 30_000,
    opened: Annotated[
        str | None,
        typer.Option(
            "--opened",
            metavar="ISO-TIME",
            help="When the market's past of a year ended; prices follow from it. Midnight (UTC) "
            "if not given.",
        ),
    ] = None,
    port_base: Annotated[
        int,
        typer.Option(
            "--port-base",
            min=0,
            max=65_535,
            help="Port of /health; the shops have those after it. 0: any that are free.",
        ),
    ] = _PORT_BASE,
    faults: Annotated[
        float,
        typer.Option(
            "--faults", min=0.0, max=1.0, help="Share of shops in which something goes wrong."
        ),
    ] = 0.02,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Serves the shops of the simulated market on this machine until it is told to stop."""
    with reporting(as_json=as_json):
        configure(for_a_person(Settings.load(data_dir)))
        world = market.make_world(seed, offers=offers, opened=_opened(opened))
        count = market.expected_offers(world)
        err.print(
            f"The market of seed {seed}, opened {world.opened:%Y-%m-%d %H:%M} UTC: "
            f"{len(world.shops)} shops, about {count:,} offers"
        )
        plan = market.scheduled(seed, rate=faults)

        def ready(addresses: market.Addresses) -> None:
            err.print("All shops are open; Ctrl-C closes them.")
            if as_json:
                print_json({"ready": addresses.health, "feeds": dict(addresses.feeds)})
            else:
                out.print(f"ready {addresses.health}", soft_wrap=True)

        asyncio.run(_until_told(market.WorldStock(world), port_base, plan, ready))
        err.print("The shops are closed.")


def _opened(text: str | None) -> datetime:
    """Raises UsageError for a moment to come: a shop would be asked what it never stated."""
    now = system_clock()
    if text is None:
        return datetime.combine(now, time(), now.tzinfo)
    at = moment(text)
    if at > now:
        raise UsageError(f"--opened {text} lies in the future", opened=text)
    return at


async def _until_told(
    stock: market.Stock, port_base: int, plan: market.Plan, ready: market.Ready
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await market.serve(
        stock, stop=stop, base_port=port_base, clock=system_clock, plan=plan, ready=ready
    )
