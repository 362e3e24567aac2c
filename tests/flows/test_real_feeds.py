"""Half a year of a real shop, against counts from a plain parse of the same files."""

import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from flows.market import NOW, Shop
from ingest.feeds import REAL
from sparfuchs.flows.gather_run import silent
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.release import release_run
from sparfuchs.flows.report import Report

FEEDS = REAL / "feed-groundies-history"
G = "{http://base.google.com/ns/1.0}"

pytestmark = pytest.mark.skipif(not FEEDS.exists(), reason=f"{FEEDS} is not there")


def snapshots(name: str) -> list[tuple[datetime, Path]]:
    found = sorted(FEEDS.glob(f"*_{name}.xml.gz"))
    return [(datetime.fromisoformat(path.name[:10]).replace(tzinfo=UTC), path) for path in found]


def plain(path: Path) -> dict[str, int]:
    """Cents by id, from the plainest parse there is; a price of nothing is none."""
    with gzip.open(path) as file:
        items = list(ET.parse(file).iter("item"))  # noqa: S314 - files of our own
    prices = {}
    for item in items:
        amount = round(float((item.findtext(f"{G}price") or "").split()[0]) * 100)
        if amount > 0:
            prices[item.findtext(f"{G}id") or ""] = amount
    return prices


@dataclass
class Plain:
    """What should be known, by two rules: first seen is new, twice in a row missing is gone."""

    prices: dict[str, int] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)

    def read(self, told: dict[str, int], present: set[str]) -> tuple[int, int, set[str]]:
        """New, gone, and the ids whose price moved."""
        new = len(told.keys() - self.prices.keys())
        moved = {name for name, price in told.items() if self.prices.get(name, price) != price} | {
            name for name in present - told.keys() if self.prices.get(name)
        }
        ended = 0
        for name in self.prices.keys() - self.gone:
            if name in present:
                self.missed[name] = 0
                continue
            self.missed[name] += 1
            if self.missed[name] == 2:
                self.gone.add(name)
                ended += 1
        self.gone -= told.keys()
        self.prices.update(told)
        return new, ended, moved


def ids(path: Path) -> set[str]:
    with gzip.open(path) as file:
        return {item.findtext(f"{G}id") or "" for item in ET.parse(file).iter("item")}  # noqa: S314


def release(shop: Shop, report: Report) -> Report:
    name = f"{report.source.path}:{report.run.number}"
    released = release_run(shop.here, name, now=NOW, progress=silent)
    judge(shop.here, released)
    return released


def test_R_F_2_a_feed_with_inner_ids_for_a_currency_is_held_until_it_is_said(shop: Shop) -> None:
    at, path = snapshots("products")[0]
    shop.path = path
    report = shop.read(at)
    assert report.held
    assert dict(report.run.counts.rejected) == {"currency_unknown": len(plain(path))}
    assert shop.count("offers") == 0
    shop.settings = {"currency": "USD"}
    said = shop.read(at)
    assert (said.held, said.run.counts.new) == (False, len(plain(path)))
    assert {row[0] for row in shop.rows("SELECT currency FROM offers")} == {"USD"}


@pytest.mark.parametrize("name", ["products", "merchant_feed"])
def test_half_a_year_of_a_shop_counts_what_a_plain_parse_counts(shop: Shop, name: str) -> None:
    shop.name, shop.settings = name, {"currency": "USD"}
    known = Plain()
    held = []
    for at, path in snapshots(name):
        shop.path = path
        report = shop.read(at)
        if report.held:
            held.append([doubt.code for doubt in report.run.doubts])
            report = release(shop, report)
        told, present = plain(path), ids(path)
        new, gone, moved = known.read(told, present)
        counts = report.run.counts
        assert (counts.read, counts.accepted) == (len(present), len(told)), path.name
        assert (counts.new, counts.gone) == (new, gone), path.name
        prices = shop.rows(
            "SELECT count(*) FROM price_changes WHERE run = :run AND kind = 5 AND offer_id >> 32 "
            "= :source",
            run=report.run.number,
            source=report.source.id,
        )
        assert prices == [(len(moved),)], path.name
    # The ids were all replaced once; nothing else looked like a broken feed.
    assert held == ([["replaced"]] if name == "products" else [])
    stored = {
        str(key): price
        for key, price in shop.rows(
            "SELECT source_offer_id, price_minor FROM offers JOIN offer_texts USING (id) "
            "WHERE status = 0 AND price_minor IS NOT NULL"
        )
    }
    unpriced = ids(path) - told.keys()
    expected = {
        key: price
        for key, price in known.prices.items()
        if key not in known.gone and key not in unpriced
    }
    assert stored == expected
