"""Training on a market whose truth is known, and judging its groups by the command."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from sparfuchs.entrypoints.cli import app
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.matching.evaluate_groups import evaluate_groups, read_offers
from sparfuchs.matching.scorer import shipped
from sparfuchs.matching.vary import rebranded, repriced, vary


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    asked = ("--seed", "5", "--offers", "3000", "--what", "groups")
    answer = CliRunner().invoke(app, ["market", "export", str(folder), *asked])
    assert answer.exit_code == 0
    return folder


def test_the_shipped_model_groups_a_market_that_it_has_not_seen(exported: Path) -> None:
    answer = CliRunner().invoke(app, ["evaluate", "groups", str(exported), "--json"])
    assert answer.exit_code == 0
    told = json.loads(answer.stdout.splitlines()[-1])
    assert told["whole"]["precision"] > 0.99
    assert told["whole"]["recall"] > 0.95
    assert told["over_merged"] < 0.01


def test_without_numbers_it_finds_less_and_is_hardly_less_right(exported: Path) -> None:
    found = evaluate_groups(exported, shipped(), hide=("gtin14", "mpn"))
    assert found.whole.precision > 0.97
    assert found.whole.recall > 0.6


def test_training_writes_a_model_that_can_be_judged(exported: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    some = read_offers(exported / "offers.csv").filter(pl.col("family") % 9 == 0)
    some.write_csv(tmp_path / "offers.csv")
    runner = CliRunner()
    made = runner.invoke(
        app, ["matching", "train", "--from", str(tmp_path), "--out", str(model), "--json"]
    )
    assert made.exit_code == 0
    assert json.loads(made.stdout.splitlines()[-1])["pairs"] > 300
    judged = runner.invoke(
        app, ["evaluate", "groups", str(tmp_path), "--model", str(model), "--varied", "3"]
    )
    assert judged.exit_code == 0


def test_varied_offers_keep_what_tells_them_apart(exported: Path) -> None:
    offers = read_offers(exported / "offers.csv")
    varied = vary(offers, 3)
    assert varied["product"].equals(offers["product"])
    assert varied["gtin14"].null_count() > 0.5 * varied.height
    assert vary(offers, 3).equals(varied)
    tight = (
        pl.col("title")
        .str.to_lowercase()
        .str.extract(r"([a-z]{2}[- ]?\d{3})")
        .str.replace("[- ]", "")
    )
    same = offers.select(tight).to_series() == varied.select(tight).to_series()
    assert same.mean() is not None
    assert same.fill_null(value=True).mean() > 0.75  # type: ignore[operator]


def test_what_cannot_be_read_or_hidden_is_refused(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_offers(tmp_path / "offers.csv")
    (tmp_path / "offers.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        read_offers(tmp_path / "offers.csv")
    for column in ("title", "nothing"):
        with pytest.raises(UsageError):
            evaluate_groups(exported, shipped(), hide=(column,))
    refused = CliRunner().invoke(
        app, ["evaluate", "groups", str(exported), "--model", str(tmp_path / "no.json")]
    )
    assert refused.exit_code == 2


def test_other_brands_and_prices_leave_products_what_they_are() -> None:
    told = pl.DataFrame(
        {
            "title": ["Quarnil HX-700 Kopfhörer", "Lampe"],
            "description": ["Von Quarnil", None],
            "brand": ["Quarnil", None],
            "price_minor": [10_000, None],
        },
        schema_overrides={"price_minor": pl.Int64()},
    )
    assert rebranded(told).select("title", "description", "brand").rows() == [
        ("Linrauq HX-700 Kopfhörer", "Von Linrauq", "Linrauq"),
        ("Lampe", None, None),
    ]
    prices = repriced(told, 3)["price_minor"].to_list()
    assert 5_000 <= prices[0] <= 20_000
    assert prices[0] != 10_000
    assert prices[1] is None
