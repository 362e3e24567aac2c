"""A reading of each format goes the whole way to stored offers with a price."""

from pathlib import Path

import pytest

from flows.market import NOW, Shop
from ingest.feeds import EXAMPLES
from sparfuchs.flows.gather_run import silent
from sparfuchs.flows.release import release_run


@pytest.mark.parametrize(
    ("name", "pairs", "new", "rejected"),
    [
        ("bootsladen-atom.xml", {}, 2, 0),
        ("messerwerk-woocommerce.json", {}, 2, 1),
        ("lampenhaus-vergleich.xml", {"currency": "EUR"}, 2, 0),
        ("korbflechter-produktseite.html", {}, 1, 0),
        ("schnaeppchen-deals.xml", {}, 2, 2),
    ],
)
def test_a_reading_of_each_format_is_stored_with_a_price(
    shop: Shop, name: str, pairs: dict[str, str], new: int, rejected: int
) -> None:
    shop.path, shop.settings = EXAMPLES / name, pairs
    report = shop.read(1)
    if rejected:  # more than a fifth of so few rows
        assert report.held
        report = release_run(
            shop.here, f"{report.source.path}:{report.run.number}", now=NOW, progress=silent
        )
    counts = report.run.counts
    assert (counts.new, sum(counts.rejected.values())) == (new, rejected)
    priced = "SELECT count(*) FROM offers WHERE price_minor > 0 AND currency = 'EUR'"
    assert shop.rows(priced) == [(new,)]


def test_a_folder_of_product_pages_is_one_source(shop: Shop, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    page = (EXAMPLES / "korbflechter-produktseite.html").read_text("utf-8")
    for number in range(3):
        own = page.replace("KH-1", f"KH-{number}").replace("weidenkorb-havel", f"korb-{number}")
        (pages / f"page-{number}.html").write_text(own, "utf-8")
    shop.path, shop.settings = pages, {"format": "schema-pages"}
    assert shop.read(1).run.counts.new == 3
    cheaper = (pages / "page-1.html").read_text("utf-8").replace("39.90", "29.90")
    (pages / "page-1.html").write_text(cheaper, "utf-8")
    counts = shop.read(2).run.counts
    assert (counts.new, counts.changed, counts.unchanged) == (0, 1, 2)


def test_a_deal_with_a_code_is_for_those_who_have_it(shop: Shop) -> None:
    shop.path = EXAMPLES / "schnaeppchen-deals.xml"
    report = shop.read(1)
    release_run(shop.here, f"{report.source.path}:{report.run.number}", now=NOW, progress=silent)
    by_title = dict(
        shop.rows("SELECT t.title, o.audience FROM offers o JOIN offer_texts t USING (id)")
    )
    assert {title.split()[0]: audience for title, audience in by_title.items()} == {
        "Wasserkocher": 1,
        "Topf": 0,
    }
