"""The market's shops read by the real line, over HTTP, into the database; on good and bad days."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from flows.market import installed
from market.build import many
from market.shops import Rows
from plumbing.loopback import SleptTime
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import add_source
from sparfuchs.ingest.api import Format
from sparfuchs.kernel.errors import FeedUnreadable, FetchFailed
from sparfuchs.market.faults import Fault, Switches
from sparfuchs.market.serve import Addresses, serving
from sparfuchs.market.write.feed import WRITTEN
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.settings import FetchSettings, Settings


@dataclass
class Town:
    """A market that is served, and an installation that reads it; one time for both."""

    stock: Rows
    switches: Switches
    addresses: Addresses
    here: Installation
    slept: SleptTime

    def passes(self, **time: float) -> None:
        self.stock.passes(**time)
        self.slept.now = max(self.slept.now, self.stock.now) + timedelta(**time)

    def read(self, slug: str) -> Report:
        now: datetime = self.stock.now
        source = add_source(self.here, slug, "feed", self.addresses.feeds[slug], {}, now=now)
        return read_and_judge(self.here, source, at=now, now=now)

    def counts(self, slug: str) -> tuple[int, int, int, int]:
        counts = self.read(slug).run.counts
        return counts.new, counts.changed, counts.unchanged, counts.gone


@pytest.fixture
def town(settings: Settings) -> Iterator[Town]:
    stock, switches, slept = Rows(), Switches(), SleptTime()
    with (
        serving(stock, clock=stock.clock, plan=switches, late=5) as addresses,
        installed(settings) as here,
    ):
        pairs = {address.removeprefix("http://") for address in addresses.shops.values()}
        fetch = FetchSettings.model_validate({"allow_private": pairs, "read_timeout": 0.5})
        with Fetcher(fetch, clock=slept.clock, sleep=slept.sleep) as fetcher:
            yield Town(stock, switches, addresses, replace(here, fetcher=fetcher), slept)


@pytest.mark.parametrize("format", WRITTEN)
def test_a_shop_is_read_found_unchanged_by_304_and_read_again_when_it_moved(
    town: Town,
    format: Format,  # noqa: A002
) -> None:
    town.stock.frames[format] = town.stock.stated(format, town.stock.now)
    assert town.counts(format) == (40, 0, 0, 0)
    town.passes(hours=1)
    same = town.read(format)
    assert same.run.kind is catalog.RunKind.UNCHANGED
    town.stock.moved(format)
    town.passes(hours=1)
    assert town.counts(format) == (0, 3, 37, 0)


# Content that is not to be believed is held; what did not come or is no feed fails.
OUTCOMES = {
    Fault.PRICES_TIMES_100: None,
    Fault.HALF: None,
    Fault.NO_OFFERS: None,
    Fault.HTML_PAGE: FeedUnreadable,
    Fault.SERVER_ERROR: FetchFailed,
    Fault.BUSY: FetchFailed,
    Fault.SLOW: FetchFailed,
    Fault.TRUNCATED: FetchFailed,
    Fault.BROKEN_GZIP: FetchFailed,
}


def test_every_fault_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(Fault)


@pytest.mark.parametrize("format", [Format.GOOGLE_RSS, Format.AWIN_CSV, Format.SHOPIFY_JSON])
@pytest.mark.parametrize("fault", Fault)
def test_a_bad_day_changes_nothing_and_the_next_good_reading_recovers(
    town: Town,
    fault: Fault,
    format: Format,  # noqa: A002
) -> None:
    town.stock.frames[format] = town.stock.stated(format, town.stock.now)
    town.counts(format)
    town.stock.moved(format)
    town.passes(hours=12)
    town.switches.set(format, fault)
    error = OUTCOMES[fault]
    if format is Format.AWIN_CSV and fault is Fault.BROKEN_GZIP:
        error = FeedUnreadable  # it came whole: the archive itself is damaged
    if error is None:
        assert town.read(format).held
    else:
        with pytest.raises(error):
            town.read(format)
    town.switches.clear(format)
    town.passes(hours=12)
    assert town.counts(format) == (0, 3, 37, 0)


def test_a_shop_whose_second_page_breaks_off_is_read_in_part_and_loses_nothing(
    town: Town,
) -> None:
    slug = Format.SHOPIFY_JSON
    town.stock.frames[slug] = many(1080)  # 270 products, 250 of them on the first page
    assert town.counts(slug) == (1080, 0, 0, 0)
    town.stock.moved(slug)
    town.passes(hours=12)
    town.switches.set(slug, Fault.TRUNCATED)
    run = town.read(slug).run
    assert run.kind is catalog.RunKind.PARTIAL
    assert (run.counts.changed, run.counts.gone) == (3, 0)
    town.switches.clear(slug)
    town.passes(hours=12)
    assert town.counts(slug) == (0, 0, 1080, 0)
