"""What was rejected, how it is mended, how it went day by day, and what a held run would change."""

import csv
import io
import re

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.market import NOW, Shop, day
from sparfuchs.flows.facts import run_facts
from sparfuchs.flows.rejections import (
    rejected_rows,
    rejection_items,
    rejection_trend,
    rejections_csv,
    with_remedies,
)
from sparfuchs.ingest.api import REMEDIES, allowed_keys, remedy_of
from sparfuchs.kernel.frames import REJECTION
from sparfuchs.kernel.outcome import Reason

FORMULA = ("=", "+", "@", "-", "\t", "\r")


def rejected(*values: str) -> pl.DataFrame:
    rows = [(n, v, "price", v, "price_unreadable", "R-F-5") for n, v in enumerate(values, 1)]
    return pl.DataFrame(rows, schema=REJECTION, orient="row")


def test_every_reason_is_mended_in_german_and_in_english() -> None:
    assert set(REMEDIES) == set(Reason)
    for reason, remedy in REMEDIES.items():
        assert remedy.rule, reason
        for text in (remedy.de, remedy.en):
            assert text[0].isupper(), reason
            assert text[-1] in ".,", reason
            assert len(text) > 20, reason
        assert remedy.de != remedy.en, reason


def test_settings_that_remedies_name_exist() -> None:
    texts = [text for remedy in REMEDIES.values() for text in (remedy.de, remedy.en)]
    named = {name for text in texts for name in re.findall(r"(\w+)=", text)}
    assert named >= {"id_column", "id_from", "thousands", "currency"}
    assert named <= set(allowed_keys())


def test_a_reason_of_another_version_has_no_remedy_and_is_shown() -> None:
    assert remedy_of("from_the_future") is None
    rows = rejected("x").with_columns(reason=pl.lit("from_the_future"))
    (item,) = rejection_items(rows)
    assert (item["reason"], item["mend"]) == ("from_the_future", {"de": None, "en": None})


def test_a_rejection_says_line_id_field_value_rule_and_remedy(shop: Shop) -> None:
    report = shop.read(0, {"a": 5.0, "b": {"price": "viel"}, "c": 6.0, "d": 7.0, "e": 8.0})
    (item,) = rejection_items(rejected_rows(shop.here, report.run))
    assert {name: item[name] for name in REJECTION} == {
        "line": 3,
        "source_offer_id": "b",
        "field": "price",
        "value": "viel",
        "reason": "price_unreadable",
        "rule": "R-F-5",
    }
    assert item["example"] == "19.99 EUR"
    assert item["mend"]["de"].startswith("Schreiben Sie nur eine Zahl")
    assert item["mend"]["en"].startswith("Write one number")


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+49", "@SUM(A1)", "-2+3", " =1", "\t=1", "＝1", "x;=cmd|' /C calc'!A0", "a,+1"],
)
def test_no_cell_of_the_table_is_a_formula(value: str) -> None:
    table = rejections_csv(rejected(value)).decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["value"].lstrip().startswith("'") or "'=" in row["value"] or "'+" in row["value"]
    for delimiter in ",;\t":
        for cells in csv.reader(io.StringIO(table), delimiter=delimiter):
            assert not [cell for cell in cells if cell.strip(' "').startswith(FORMULA)], cells


def test_an_ordinary_value_stays_as_it_is() -> None:
    plain = ["5,-", "ab 1.299 €", "Größe: M; Farbe: rot", "a-b", 'sagt "hallo"', "zwei\nZeilen"]
    rows = csv.DictReader(io.StringIO(rejections_csv(rejected(*plain)).decode()))
    assert [row["value"] for row in rows] == plain


@given(st.lists(st.text(max_size=12), max_size=4))
@example(["\x1f=1+1", "\x00@x", "\u200b=1", "a;\x1f=1"])
def test_whatever_a_feed_says_no_cell_begins_a_formula(values: list[str]) -> None:
    rows = csv.reader(io.StringIO(rejections_csv(rejected(*values)).decode(), newline=""))
    for cells in rows:
        assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "-"))]


def test_the_table_has_every_row_with_its_remedy() -> None:
    assert with_remedies(rejected("x", "y")).columns == [
        *REJECTION, "example", "mend_de", "mend_en",
    ]  # fmt: skip
    assert len(rejections_csv(rejected("x", "y")).splitlines()) == 3


def test_the_trend_tells_each_day_by_its_last_reading_and_its_worst(shop: Shop) -> None:
    good = {f"p{n}": 5.0 + n for n in range(8)}
    shop.read(0.0, {**good, "x": {"price": "viel"}, "y": {"price": ""}})
    shop.read(0.2, {**good, "x": {"price": "viel"}})
    shop.read(1.0, {**good, "x": 4.0})
    held = shop.read(2.0, {"p0": {"price": "viel"}, "p1": {"price": "viel"}})
    assert held.held
    found = rejection_trend(shop.here, shop.source, now=day(3), days=3)
    assert [one["day"] for one in found["days"]] == ["2026-01-02", "2026-01-03"]
    found = rejection_trend(shop.here, shop.source, now=day(3), days=30)
    first, second, third = found["days"]
    assert (first["readings"], first["read"], first["rejected"]) == (2, 9, {"price_unreadable": 1})
    assert first["most"] == {"price_missing": 1, "price_unreadable": 1}
    assert first["share"] == pytest.approx(1 / 9, abs=1e-4)
    assert (second["rejected"], second["share"]) == ({}, 0.0)
    assert (third["held"], third["rejected"], third["share"]) == (1, {"price_unreadable": 2}, 1.0)


def test_R_F_2_a_held_run_shows_what_differs_with_examples(shop: Shop) -> None:
    prices = {f"p{n}": 10.0 + n for n in range(10)}
    shop.read(0, prices)
    report = shop.read(1, {"p0": 10.0, "p1": 99.0, "p2": 12.5, "fresh": 3.0})
    found = run_facts(report.run, "laden/feed")["difference"]
    assert found["rows"] == {"before": 10, "now": 4}
    assert (found["missing"], found["lost_share"], found["new"], found["moved"]) == (7, 0.7, 1, 2)
    examples = found["examples"]
    assert [one["source_offer_id"] for one in examples["missing"]] == ["p3", "p4", "p5", "p6", "p7"]
    assert examples["missing"][0]["title"] == "Angebot p3"
    assert examples["new"] == [
        {"source_offer_id": "fresh", "title": "Angebot fresh", "before": None, "after": 300,
         "currency": "EUR"},
    ]  # fmt: skip
    assert [(one["source_offer_id"], one["before"], one["after"]) for one in examples["moved"]] == [
        ("p1", 1100, 9900),
        ("p2", 1200, 1250),
    ]
    assert run_facts(shop.read(2, prices).run, "laden/feed")["difference"] is None


def test_a_first_run_that_is_held_differs_from_nothing(shop: Shop) -> None:
    report = shop.read(0, {"a": {"price": "viel"}, "b": 5.0})
    assert report.held
    assert report.run.difference is not None
    assert (report.run.difference["rows"]["before"], report.run.difference["lost_share"]) == (
        None,
        0.0,
    )
    assert rejected_rows(shop.here, report.run).height == 1
    assert report.run.at < NOW
