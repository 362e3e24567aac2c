"""The reading as a whole: counting, hashing, known records, streaming."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ingest.feeds import EXAMPLES, REAL, Folder, awin, gzipped, item, rss, shopify, tsv, whole
from sparfuchs.ingest.api import (
    FeedSettings,
    Payload,
    check,
    document_from,
    from_path,
    nothing_known,
    read,
    read_promotions,
)
from sparfuchs.ingest.urls import canonical_url
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.frames import OFFER, REJECTION, HashArray

FEEDS = [
    (tsv(*({"title": f"Ding {n}"} for n in range(50))), {}),
    (rss(*(item(id=f"A{n}") for n in range(50))), {}),
    (awin(*({"product_name": f"Ding {n}"} for n in range(50))), {}),
    (shopify(*({"sku": str(n)} for n in range(50))), {"currency": "EUR"}),
]


def test_R_F_1_no_bad_row_stops_the_reading_and_each_counts_once(folder: Folder) -> None:
    rows = [
        {"id": "", "title": "", "price": ""},
        {"id": "A2", "title": ""},
        {"id": "A3", "price": ""},
        {"id": "A4", "price": "19.99 ABC"},
        {"id": "x" * 300},
        {"id": "A6"},
        {"id": "A7", "title": "Ding" * 20_000},
    ]
    result = folder.read(tsv(*rows))
    assert result.reasons == {
        "id_missing": 1,
        "title_missing": 1,
        "price_missing": 1,
        "currency_unknown": 1,
        "id_too_long": 1,
        "row_too_long": 1,
    }
    assert result.offers["source_offer_id"].to_list() == ["A6"]
    assert result.rejections["line"].to_list() == [2, 3, 4, 5, 6, 8]
    assert result.rejections["source_offer_id"].to_list()[1:4] == ["A2", "A3", "A4"]
    assert result.reading.records == 7


def test_R_F_2_read_is_accepted_plus_rejected_in_sellable_variants(folder: Folder) -> None:
    for content, settings in FEEDS:
        result = folder.read(content, **settings)
        assert result.offers.height + result.rejections.height == 50
        assert dict(result.offers.schema) == OFFER
        assert dict(result.rejections.schema) == REJECTION


def test_R_F_4_the_same_bytes_have_the_same_digest_under_any_name(folder: Folder) -> None:
    first = from_path(folder.write(tsv({}), "a.tsv"))
    second = from_path(folder.write(tsv({}), "b.tsv"))
    other = from_path(folder.write(tsv({}, {}), "c.tsv"))
    assert first.digest == second.digest != other.digest
    both = Payload((*first.documents, *other.documents))
    turned = Payload((*other.documents, *first.documents))
    assert both.digest != turned.digest


@pytest.mark.parametrize(("content", "settings"), FEEDS)
def test_a_record_that_is_known_is_not_parsed_and_named_once(
    folder: Folder, content: str, settings: dict[str, str]
) -> None:
    stated = FeedSettings.from_pairs(settings)
    first = whole(from_path(folder.write(content)), stated)
    hashes = np.unique(first.offers["raw_hash"].to_numpy())
    asked: list[int] = []

    def known(batch: HashArray) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        asked.extend(batch.tolist())
        return np.isin(batch, hashes)

    again = whole(from_path(folder.write(content)), stated, known=known)
    assert again.offers.height == again.rejections.height == 0
    assert sorted(again.known) == sorted(asked) == sorted(hashes.tolist())


def test_one_changed_row_is_the_only_one_parsed(folder: Folder) -> None:
    rows = [{"title": f"Ding {n}"} for n in range(100)]
    first = folder.read(tsv(*rows))
    hashes = first.offers["raw_hash"].to_numpy()
    rows[42]["price"] = "18.99 EUR"
    path = folder.write(gzipped(tsv(*rows)))
    again = whole(from_path(path), FeedSettings(), known=lambda batch: np.isin(batch, hashes))
    assert again.offers["source_offer_id"].to_list() == ["A43"]
    assert again.offers["line"].to_list() == [44]
    assert len(again.known) == 99


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        (lambda text: text.replace("title", "Title", 1), {}),
        (lambda text: text, {"currency": "EUR"}),
        (lambda text: text, {"zone": "Europe/Vienna"}),
        (lambda text: text.encode("utf-16"), {}),
    ],
    ids=["header", "currency", "zone", "encoding"],
)
def test_a_change_of_header_or_settings_makes_every_record_new(
    folder: Folder, change: object, settings: dict[str, str]
) -> None:
    assert callable(change)
    text = tsv({}, {"title": "Mütze"})
    first = set(folder.read(text).offers["raw_hash"])
    second = set(folder.read(change(text), **settings).offers["raw_hash"])
    assert not first & second


def test_the_interval_of_reading_is_no_part_of_what_is_read(folder: Folder) -> None:
    first = folder.read(tsv({})).offers["raw_hash"].to_list()
    assert folder.read(tsv({}), interval="1h").offers["raw_hash"].to_list() == first


@examples(max_examples=40)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["1", "2", "", "ä"]),
                "title": st.sampled_from(["Ding", "", '5" Rohr', '"halb', "a\u00a0b", "&amp;"]),
                "price": st.sampled_from(["5 EUR", "x", "", "-1 EUR", "1,5 EUR", "0", "9.999 EUR"]),
                "gtin": st.sampled_from(["", "4006381333931", "x"]),
                "sale price": st.sampled_from(["", "4 EUR", "6 EUR", "x"]),
                "link": st.sampled_from(["", "https://a.example/?b=1&a=2", "x"]),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_rows_hold_each_is_an_offer_or_a_rejection(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("feed"))
    result = folder.read(tsv(*rows))
    assert result.offers.height + result.rejections.height == len(rows)
    assert result.reading.records == len(rows)
    for offer in result.offers.rows(named=True):
        assert offer["regular_minor"] > 0
        assert offer["sale_minor"] is None or 0 < offer["sale_minor"] < offer["regular_minor"]
        assert offer["landing_url"] is None or canonical_url(offer["landing_url"]) is not None


def test_R_C_4_a_truncated_gzip_is_found_at_the_end_if_not_before(folder: Folder) -> None:
    rows = [{"title": f"Ding {n} {n * 7919 % 100_003}"} for n in range(60_000)]
    packed = gzipped(tsv(*rows))
    path = folder.write(packed[:-100])
    with pytest.raises(FeedUnreadable, match="Nothing of it"):
        whole(from_path(path), FeedSettings())


def test_a_payload_that_is_not_whole_makes_a_reading_that_is_not(folder: Folder) -> None:
    document = document_from(folder.write(tsv({})))
    payload = Payload((document,), complete=False)
    assert not read(payload, FeedSettings(), known=nothing_known).complete
    assert read(Payload((document,)), FeedSettings(), known=nothing_known).complete


def test_the_number_of_rows_has_a_limit(folder: Folder) -> None:
    with pytest.raises(FeedUnreadable, match="more than 2 rows"):
        folder.read(tsv({}, {}, {}), max_rows="2")


def test_R_Z_1_a_long_feed_is_read_in_batches(folder: Folder) -> None:
    path = folder.write(tsv(*({"title": f"Ding {n}"} for n in range(40_000))))
    batches = list(read(from_path(path), FeedSettings(), known=nothing_known))
    assert len(batches) > 1
    assert sum(batch.records for batch in batches) == 40_000
    lines = pl.concat(batch.offers for batch in batches)["line"]
    assert lines.to_list() == list(range(2, 40_002))


def test_check_tells_what_a_feed_is_and_what_is_wrong_with_it(folder: Folder) -> None:
    rows = [{"price": "auf Anfrage"}] * 7 + [{"sale price": "25.00 EUR"}, {}, {"price": "5"}]
    found = check(from_path(folder.write(tsv(*rows))), FeedSettings(), show=1)
    assert (found.read, found.accepted) == (10, 2)
    assert found.rejected == {"price_unreadable": 7, "currency_missing": 1}
    assert found.flags == {"bad_sale": 1}
    assert found.first["source_offer_id"].to_list() == ["A8"]
    assert found.examples["reason"].value_counts().sort("count")["count"].to_list() == [1, 5]
    assert any("currency=EUR" in sentence for sentence in found.advice)


def test_check_warns_of_broken_umlauts_and_default_numbers(folder: Folder) -> None:
    rows = [{"title": "MÃ¼tze", "gtin": "4006381333931", "brand": b} for b in "ABCD"]
    advice = " ".join(check(from_path(folder.write(tsv(*rows))), FeedSettings()).advice)
    assert "broken umlauts" in advice
    assert "R-F-9" in advice


def test_the_examples_are_all_read() -> None:
    settings = FeedSettings.from_pairs({"currency": "EUR"})
    for path in sorted(EXAMPLES.iterdir()):
        payload = from_path(path)
        if path.stem.endswith("aktionen"):
            assert read_promotions(payload, settings).promotions.height, path.name
        else:
            assert check(payload, settings).accepted, path.name


def test_the_benchmark_of_reading_runs_small() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "reading.py"
    command = [sys.executable, str(script), "--rows", "500", "--json"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = json.loads(out)
    assert result["rows"] == 500
    assert {"csv_all_new", "csv_all_known", "xml_all_new", "control_pydantic"} <= set(result)


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the reference data {name} is not beside the checkout")
    return path


def test_a_real_feed_with_an_inner_id_for_a_currency_needs_the_setting() -> None:
    path = real("feed-groundies-history/2025-03-28_products.xml.gz")
    unset = check(from_path(path), FeedSettings())
    assert (unset.read, unset.accepted) == (982, 0)
    assert unset.rejected == {"currency_unknown": 982}
    stated = check(from_path(path), FeedSettings.from_pairs({"currency": "EUR"}))
    assert (stated.read, stated.accepted) == (982, 982)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("feed-groundies-history/2025-09-16_merchant_feed.xml.gz", (2200, 2191)),
        ("feed-babynatur-csv-history/2026-07-23_feed.csv.gz", (427, 426)),
        ("feeds-misc/ramiel_processed_products.csv", (11, 6)),
        ("feeds-misc/ramiel_google_merchant_feed.xml", (25, 0)),
    ],
)
def test_real_feeds_are_read_to_the_last_row(name: str, counts: tuple[int, int]) -> None:
    found = check(from_path(real(name)), FeedSettings())
    assert (found.read, found.accepted) == counts


def test_every_snapshot_of_the_real_feeds_is_read() -> None:
    for folder in ("feed-groundies-history", "feed-babynatur-csv-history"):
        for path in sorted(real(folder).glob("*.gz")):
            found = check(from_path(path), FeedSettings.from_pairs({"currency": "EUR"}))
            assert found.accepted >= 0.95 * found.read, (path.name, found.rejected)


def test_real_pages_of_a_shop_are_read_by_variant() -> None:
    settings = FeedSettings.from_pairs({"currency": "USD"})
    found = check(from_path(real("feeds-misc/shopify_products.json")), settings)
    assert (found.read, found.accepted) == (96, 95)


def test_a_real_file_of_two_documents_in_one_is_refused() -> None:
    with pytest.raises(FeedUnreadable):
        check(from_path(real("feeds-misc/rewe_rawitem.json")), FeedSettings())


def test_damaged_feeds_of_every_format_crash_nothing_and_lose_no_row() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "fuzz_feeds.py"
    command = [sys.executable, str(script), "--files", "264", "--seed", "5", "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert (result["files"], result["crashes"], result["unaccounted"]) == (264, [], [])
    assert result["wrong_although_shown"] == []
    by_damage = result["by_damage"]
    assert len(by_damage) == 13
    assert by_damage["undamaged"]["offers"] == 220
    assert by_damage["decimals_swapped"]["rejected"]["price_unreadable"] > 10
