"""The simulated market in an installation, from files: its year at once, then readings by hand.

What the demo does over HTTP, for tests, benchmarks and generated pages that want to say when a shop
is read. Each shop's newest documents lie in a folder of its own and are written anew before they
are read again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.recorded_past import read_with_past
from sparfuchs.flows.sources import add_source, find_source
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.ingest import api as ingest
from sparfuchs.market import api as market


class Settled:
    """A market whose shops are sources of an installation."""

    def __init__(self, here: Installation, world: market.World, folder: Path) -> None:
        self.here = here
        self.world = world
        self._folder = folder
        self._facts = {facts.slug: facts for facts in market.WorldStock(world).shops()}

    def settle(
        self,
        shops: Iterable[market.Storefront] | None = None,
        *,
        progress: Callable[[str, int], None] = lambda _step, _rows: None,
    ) -> int:
        """Every shop's year and what it states at the opening, judged. Gives how many offers.

        Raises AssertionError for a shop whose first reading is held: its feed is our own.
        """
        at, total = self.world.opened, 0
        for shop in self.world.shops if shops is None else shops:
            source = self._added(shop, at)
            into = self._folder / f"{shop.slug}-payload"
            into.mkdir(parents=True)
            payload = ingest.fetch(
                str(self._written(shop, at)),
                settings=ingest.FeedSettings.from_pairs(self._settings(shop)),
                validators={},
                into=into,
                fetcher=self.here.fetcher,
                at=at,
            )
            assert isinstance(payload, ingest.Payload)
            past = market.past(self.world, shop)
            report = read_with_past(self.here, source, payload, past, at=at, now=at)
            assert not report.held, report.run.doubts
            total += report.run.counts.accepted
            progress("settled", total)
        catch_up(self.here)
        return total

    def read(self, shop: market.Storefront, at: datetime) -> None:
        """A reading of one shop, judged: another one, or the first of a shop without a past."""
        read_and_judge(self.here, self._added(shop, at), at=at, now=at)

    def source(self, shop: market.Storefront) -> catalog.Source:
        slug = next(one.slug for one in self._merchants() if one.name == shop.merchant)
        return find_source(self.here, f"{slug}/{shop.source}")

    def _merchants(self) -> list[catalog.Merchant]:
        with self.here.database.reading() as work:
            return catalog.all_merchants(work)

    def _settings(self, shop: market.Storefront) -> dict[str, str]:
        facts = self._facts[shop.slug]
        needs = facts.format is ingest.Format.SHOPIFY_JSON
        return {"interval": "24h"} | ({"currency": facts.currency} if needs else {})

    def _added(self, shop: market.Storefront, at: datetime) -> catalog.Source:
        location = str(self._written(shop, at))
        return add_source(
            self.here,
            shop.merchant,
            shop.source,
            location,
            self._settings(shop),
            now=self.world.opened,
        )

    def _written(self, shop: market.Storefront, at: datetime) -> Path:
        """What the shop states at a moment, as files; the folder where there are several."""
        facts = self._facts[shop.slug]
        into = self._folder / shop.slug
        into.mkdir(parents=True, exist_ok=True)
        for old in into.iterdir():
            old.unlink()
        pages = market.write(
            facts.format,
            self.world.stated(shop.slug, at),
            shop=market.Shop(
                facts.name, f"https://{shop.slug}.example", facts.currency, facts.style
            ),
            at=at,
        )
        for number, page in enumerate(pages):
            name = Path(page.path.partition("?")[0]).name
            (into / f"{number:04}-{name}").write_bytes(page.body)
        return into if len(pages) > 1 else next(into.iterdir())
