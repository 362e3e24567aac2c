"""What is exported has the shapes that `evaluate` reads, and says the truth."""

import gzip
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from stdnum import ean

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.market.export import What, export
from sparfuchs.market.export_verdicts import export_verdicts
from sparfuchs.market.truth import offers_of
from sparfuchs.market.world import make_world
from sparfuchs.pricing import api as pricing

OPENED: Final = datetime(2026, 11, 25, tzinfo=UTC)
WORLD: Final = make_world(3, offers=5_000, opened=OPENED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    for what in (What.MATCHING, What.SEARCH, What.RECOMMEND):
        export(WORLD, what, place / what.value)
    return place


def packed(path: Path) -> pl.DataFrame:
    return pl.read_csv(BytesIO(gzip.decompress(path.read_bytes())))


def test_pairs_are_labelled_with_what_the_offers_really_are(folder: Path) -> None:
    left, right = (pl.read_csv(folder / f"matching/table{side}.csv") for side in "AB")
    assert left.columns == right.columns == ["id", "name", "description", "price"]
    product = [
        pl.concat([part for shop in WORLD.shops[side::2] for part in offers_of(WORLD, shop)])
        for side in (0, 1)
    ]
    families = list[set[int]]()
    for name in ("train", "valid", "test"):
        pairs = pl.read_csv(folder / f"matching/{name}.csv")
        assert pairs.columns == ["ltable_id", "rtable_id", "label"]
        one = product[0]["product"].gather(pairs["ltable_id"])
        two = product[1]["product"].gather(pairs["rtable_id"])
        assert ((one == two) == (pairs["label"] == 1)).all()
        assert 0.05 < pairs["label"].mean() < 0.5  # type: ignore[operator] # a share
        families.append(set(product[0]["family"].gather(pairs["ltable_id"])))
    assert families[0].isdisjoint(families[2])
    assert families[1].isdisjoint(families[2])


def test_the_judge_of_prices_agrees_with_the_truth_where_it_could_see_enough(
    tmp_path: Path,
) -> None:
    rows = export_verdicts(WORLD, tmp_path, lambda _name, _rows: None, series=500)
    found = pricing.evaluate_verdicts(tmp_path)
    assert found.rows == rows["truth.csv"] > 1_000
    assert {"genuine", "small", "no_reduction", "insufficient"} <= set(found.classes)
    assert found.macro_f1 > 0.9
    assert found.claim_macro_f1 > 0.9


def test_ratings_are_of_products_that_exist_and_use_every_grade(folder: Path) -> None:
    lines = gzip.decompress((folder / "search/products.jsonl.gz").read_bytes()).splitlines()
    products = [json.loads(line) for line in lines]
    assert all(ean.is_valid(one["ean"][0]) for one in products[:200])
    ratings = pl.read_csv(folder / "search/ratings.csv")
    assert ratings.columns == ["query", "docid", "rating"]
    assert set(ratings["docid"].cast(pl.String)) <= {one["id"] for one in products}
    assert set(ratings["rating"]) == {0, 1, 2, 3}
    assert not ratings.select("query", "docid").is_duplicated().any()
    best = ratings.group_by("query").agg(pl.col("rating").max())
    assert (best["rating"] == 3).all()


def test_histories_and_ratings_tell_of_the_same_shoppers_and_items(folder: Path) -> None:
    place = folder / "recommend"
    items, users = (packed(place / f"{name}.csv.gz") for name in ("items", "users"))
    ratings = packed(place / "ratings.csv.gz")
    assert ratings.columns == ["user_id", "item_id", "rating", "timestamp"]
    assert set(ratings["item_id"]) == set(items["item_id"])
    assert set(ratings["user_id"]) <= set(users["user_id"])
    assert ratings["timestamp"].max() < OPENED.timestamp()  # type: ignore[operator] # a number
    histories = gzip.decompress((place / "histories.txt.gz").read_bytes()).decode().splitlines()
    assert len(histories) == ratings["user_id"].n_unique()
    told = [set(line.split()) for line in histories]
    assert set.union(*told) == set(ratings["item_id"].cast(pl.String))


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = make_world(3, offers=5_000, opened=OPENED)
    for what in (What.MATCHING, What.SEARCH):
        for name in export(again, what, tmp_path / what.value):
            written = (tmp_path / what.value / name).read_bytes()
            assert written == (folder / what.value / name).read_bytes()


def test_every_offer_has_a_line_of_truth(tmp_path: Path) -> None:
    small = make_world(3, offers=1, opened=OPENED, shops=WORLD.shops[:2])
    rows = export(small, What.OFFERS, tmp_path)
    table = pl.read_csv(tmp_path / "offers.csv", infer_schema=False)
    assert (
        table.height == rows["offers.csv"] == sum(small.whole(s).words.height for s in small.shops)
    )
    assert table["mechanics"].n_unique() > 2
    assert table["verdict"].is_not_null().mean() > 0.9  # type: ignore[operator] # a share


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        export(WORLD, What.MATCHING, tmp_path / "file" / "below")
