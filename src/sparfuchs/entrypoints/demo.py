"""The demo: an empty installation becomes a living market.

Its year of readings is folded in bulk through the stages of any feed: each shop's newest documents
are split, parsed, checked, identified and published, and its recorded past with them. Judging,
rating and the index follow from the events as ever. From then on its shops are read over HTTP.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints import parts
from sparfuchs.entrypoints.demo_folder import HOST, DemoMarket, demo_of, free_ports, keep
from sparfuchs.entrypoints.supervisor import Role
from sparfuchs.flows.gather_run import Progress
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.recorded_past import read_payload, read_with_past
from sparfuchs.flows.sources import add_source
from sparfuchs.flows.subscriptions import catch_up, rebuild_index
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, StoreUnavailable
from sparfuchs.market import api as market
from sparfuchs.plumbing.settings import Settings

SEED: Final = 1
OFFERS: Final = 36_000
# How often the demo's shops are read; their prices move as often.
INTERVAL: Final = "15m"
_TICK: Final = 0.1


def make(here: Installation, progress: Progress, *, seed: int = SEED, offers: int = OFFERS) -> int:
    """Fills an empty installation with a market and its year, or goes on where that was broken off.

    Gives how many offers it has. Raises Conflict for an installation with offers of its own.
    """
    kept = demo_of(here.settings)
    if kept is None:
        with here.database.reading() as work:
            if catalog.totals(work)["sources"]:
                raise Conflict("A market is made in an empty installation; this one has sources")
        opened = system_clock().replace(microsecond=0)
        shops = len(market.make_world(seed, offers=offers, opened=opened).shops)
        kept = DemoMarket(seed, offers, opened, free_ports(shops + 1), shops, whole=False)
        keep(here.settings, kept)
    world = market.make_world(kept.seed, offers=kept.offers, opened=kept.opened)
    total = fill(here, world, kept.base, progress)
    keep(here.settings, replace(kept, whole=True))
    return total


def make_apart(settings: Settings, stopping: threading.Event) -> None:
    """The same by a program of its own, so that its memory goes with it; ended when told to stop.

    Raises StoreUnavailable when it failed; it has said why.
    """
    command = parts.sparfuchs("market", "fill", "--data-dir", str(settings.data_dir))
    leash = (sys.executable, "-m", "sparfuchs.entrypoints.leash", str(os.getpid()))
    with subprocess.Popen(
        [*leash, *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us alone
    ) as program:
        while True:
            try:
                code = program.wait(_TICK)
                break
            except subprocess.TimeoutExpired:
                if stopping.is_set():
                    program.terminate()
    if code and not stopping.is_set():
        raise StoreUnavailable("The demo market could not be made; the next start goes on with it")


def fill(here: Installation, world: market.World, base: int, progress: Progress) -> int:
    """Every shop's year, read and judged, and the index over all of it. Gives how many offers.

    What was read before is left alone.
    """
    stock, total = market.WorldStock(world), 0
    for place, (facts, shop) in enumerate(zip(stock.shops(), world.shops, strict=True)):
        origin = f"http://{HOST}:{base + 1 + place}"
        total += _read(here, world, facts, shop, origin)
        if facts.grants:
            _read_promotions(here, world, facts, shop, origin)
        progress("offers with their year", total)
    progress("judging", total)
    catch_up(here)
    rebuild_index(here, progress=lambda _step, rows: progress("listings", rows))
    return total


def _read(
    here: Installation,
    world: market.World,
    facts: market.ShopFacts,
    shop: market.Storefront,
    origin: str,
) -> int:
    """One shop: its past and what it states at the opening, without HTTP. Gives its offers."""
    at = world.opened
    settings = {"interval": INTERVAL}
    if facts.format is ingest.Format.SHOPIFY_JSON:
        settings |= {"currency": facts.currency, "shop_url": origin}  # it states neither
    source = add_source(
        here, shop.merchant, shop.source, origin + facts.feed, settings, now=system_clock()
    )
    if source.head_run:
        return source.live
    written = market.write(
        facts.format,
        world.stated(facts.slug, at),
        shop=market.Shop(facts.name, origin, facts.currency, facts.style),
        at=at,
    )
    here.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="demo-", dir=here.scratch) as folder:
        payload = _laid_down(Path(folder), written, settings, here, at)
        report = read_with_past(
            here, source, payload, market.past(world, shop), at=at, now=system_clock()
        )
    if report.held:
        raise StoreUnavailable(f"The demo's shop {shop.merchant} was held: {report.run.doubts}")
    return report.run.counts.accepted


def _read_promotions(
    here: Installation,
    world: market.World,
    facts: market.ShopFacts,
    shop: market.Storefront,
    origin: str,
) -> None:
    """What a shop grants at the opening, through a source of its own."""
    at = world.opened
    settings = {"interval": INTERVAL, "format": ingest.Format.GOOGLE_PROMOTIONS.value}
    location = origin + market.PROMOTIONS_PATH
    source = add_source(here, shop.merchant, "aktionen", location, settings, now=system_clock())
    if source.head_run:
        return
    page = market.write_promotions(
        world.granted(shop, at), market.Shop(facts.name, origin, facts.currency, facts.style)
    )
    with TemporaryDirectory(prefix="demo-", dir=here.scratch) as folder:
        payload = _laid_down(Path(folder), [page], settings, here, at)
        read_payload(here, source, payload, at=at, now=system_clock())


def _laid_down(
    folder: Path,
    pages: Sequence[market.Page],
    settings: dict[str, str],
    here: Installation,
    at: datetime,
) -> ingest.Payload:
    """The documents as files, found as any feed on disk is."""
    into = folder / "feed"
    into.mkdir()
    for number, page in enumerate(pages):
        name = Path(page.path.partition("?")[0]).name
        (into / f"{number:04}-{name}").write_bytes(page.body)
    location = into if len(pages) > 1 else next(into.iterdir())
    payload = ingest.fetch(
        str(location),
        settings=ingest.FeedSettings.from_pairs(settings),
        validators={},
        into=folder / "payload",
        fetcher=here.fetcher,
        at=at,
    )
    assert isinstance(payload, ingest.Payload)
    return payload


def roles(settings: Settings) -> Sequence[Role]:
    """The shops, as one program."""
    kept = demo_of(settings)
    if kept is None:
        return ()
    opened = kept.opened.isoformat()
    role = parts.shops(settings, seed=kept.seed, offers=kept.offers, opened=opened, port=kept.base)
    return (role,)


def is_one(settings: Settings) -> bool:
    return demo_of(settings) is not None


def is_unfinished(settings: Settings) -> bool:
    """Whether making it was broken off."""
    kept = demo_of(settings)
    return kept is not None and not kept.whole
