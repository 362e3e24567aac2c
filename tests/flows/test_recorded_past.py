"""A recorded past leaves what as many readings would have left."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.market import Shop, Stated, cents, day, feed, read_at_once
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.release import discard_run
from sparfuchs.kernel.errors import Conflict, UsageError

ROW = {"link": "https://shop.example/x", "title": "Angebot"}


def year(seed: int, readings: int, offers: int) -> list[Stated]:
    """What a shop states at each reading: prices, sales and stock that change now and then."""
    draw = random.Random(seed)
    now: Stated = {}
    told = []
    for reading in range(readings):
        for number in range(offers):
            name = f"o{number}"
            if name not in now and (number == 0 or draw.random() < 0.3 or reading > 5):
                now[name] = {**ROW, "price": f"{draw.randint(900, 9900) / 100:.2f} EUR"}
            elif name in now and draw.random() < 0.15:
                row = dict(now[name])
                match draw.randint(0, 3):
                    case 0:
                        row["price"] = f"{draw.randint(900, 9900) / 100:.2f} EUR"
                        row.pop("sale_price", None)
                    case 1:
                        price = float(row["price"].split()[0])
                        row["sale_price"] = f"{price * draw.choice([0.5, 0.7, 0.9]):.2f} EUR"
                    case 2:
                        row.pop("sale_price", None)
                    case _:
                        sold = row.get("availability") == "out_of_stock"
                        row["availability"] = "in_stock" if sold else "out_of_stock"
                now[name] = row
        told.append({name: dict(row) for name, row in now.items()})
    return told


def left_by(shop: Shop) -> dict[str, Any]:
    """History, verdicts, ratings, deals and offers, without what tells one source from another."""
    source = shop.source.id
    by_name = "JOIN offer_texts t ON t.id = {0} WHERE {0} >> 32 = :source ORDER BY 1, 2"

    def ask(columns: str, table: str, key: str) -> list[tuple[Any, ...]]:
        return shop.rows(
            f"SELECT t.source_offer_id, {columns} FROM {table} x {by_name.format('x.' + key)}",
            source=source,
        )

    return {
        "history": ask(
            "at, kind, before_minor, price_minor, x.currency, availability, ref_price_minor, "
            "ref_kind, claim_percent",
            "price_changes",
            "offer_id",
        ),
        "verdicts": ask(
            # What does not depend on when the offer was last judged.
            "verdict, honest_pct, l30_minor, coverage_window, t0, first_seen",
            "verdicts",
            "offer_id",
        ),
        "deals": [
            row for row in ask("verdict, honest_pct, closed_at", "deals", "offer_id") if not row[-1]
        ],
        "offers": ask("price_minor, availability, claim_ref_minor, status", "offers", "id"),
        "runs": shop.rows(
            "SELECT at, status, sum_micros, accepted, new, changed, unchanged, gone "
            "FROM feed_runs WHERE source_id = :source AND status = 'published' ORDER BY at",
            source=source,
        ),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_a_recorded_past_leaves_what_as_many_readings_would_have_left(
    here: Installation, tmp_path: Path, seed: int
) -> None:
    told = year(seed, 60, 9)
    # Outages: some days nobody read, and the hour is not always the same.
    times = [day(n + (n % 3) * 0.02) for n in range(60) if n not in (20, 21, 22, 23, 40)]
    told = [told[n] for n in range(60) if n not in (20, 21, 22, 23, 40)]
    slowly = Shop(here, tmp_path / "a.tsv", merchant="Einzeln")
    at_once = Shop(here, tmp_path / "b.tsv", merchant="Auf einmal")
    for stated, at in zip(told, times, strict=True):
        report = slowly.read(at, feed(stated))
        assert not report.held
    read_at_once(here, at_once, told, times)
    one, other = left_by(slowly), left_by(at_once)
    for part in one:
        assert other[part] == one[part], part
    assert len(one["history"]) > 50


def test_R_F_2_a_reading_of_a_recorded_past_with_prices_in_cents_is_discarded(
    here: Installation, tmp_path: Path
) -> None:
    told = [{f"o{n}": {**ROW, "price": f"{20 + n}.00 EUR"} for n in range(6)} for _ in range(8)]
    told[4] = {
        name: {**row, "price": f"{cents(row['price'])}.00 EUR"} for name, row in told[4].items()
    }
    times = [day(n) for n in range(8)]
    slowly = Shop(here, tmp_path / "a.tsv", merchant="Einzeln")
    at_once = Shop(here, tmp_path / "b.tsv", merchant="Auf einmal")
    for stated, at in zip(told, times, strict=True):
        report = slowly.read(at, feed(stated))
        if report.held:
            discard_run(here, f"{slowly.source.path}:{report.run.number}")
    read_at_once(here, at_once, told, times)
    one, other = left_by(slowly), left_by(at_once)
    for part in one:
        assert other[part] == one[part], part
    doubted = at_once.rows(
        "SELECT number, status, doubts FROM feed_runs WHERE source_id = :source AND status <> "
        "'published'",
        source=at_once.source.id,
    )
    assert [(number, status) for number, status, _ in doubted] == [(5, "discarded")]
    assert doubted[0][2][0]["code"] == "prices_leapt"


def test_the_next_reading_goes_on_from_a_recorded_past(here: Installation, tmp_path: Path) -> None:
    told = year(5, 40, 6)
    times = [day(n) for n in range(40)]
    shop = Shop(here, tmp_path / "a.tsv")
    read_at_once(here, shop, told, times)
    again = shop.read(day(40))
    assert (again.run.number, again.run.counts.unchanged) == (41, len(told[-1]))
    half = shop.offer("o0")["price"]["minor"] // 2
    cheaper = {**told[-1], "o0": {**ROW, "price": f"{half / 100:.2f} EUR"}}
    after = shop.read(day(41), feed(cheaper))
    assert after.run.counts.changed == 1
    assert shop.history("o0")[-1] == ("price", 41.0, half)


def test_a_past_is_attached_only_to_a_source_without_one(
    here: Installation, tmp_path: Path
) -> None:
    shop = Shop(here, tmp_path / "a.tsv")
    told, times = year(6, 5, 3), [day(n) for n in range(5)]
    read_at_once(here, shop, told, times)
    with pytest.raises(Conflict, match="runs of its own"):
        read_at_once(here, shop, told, times)
    other = Shop(here, tmp_path / "b.tsv", merchant="Anderer")
    with pytest.raises(UsageError, match="not after"):
        read_at_once(here, other, told, [*times[:-1], datetime(2025, 1, 1, tzinfo=UTC)])
