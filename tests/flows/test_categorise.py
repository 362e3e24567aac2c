"""Offers find their place in the one tree, and their listings stand there."""

from datetime import timedelta

import polars as pl
import pytest

from flows.market import NOW, Shop
from sparfuchs.flows.categorise import categorise_anew, map_path, paths_of, unmap_path
from sparfuchs.flows.learn_categories import learn_categories
from sparfuchs.flows.query_to_slate import categories, find
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.subscriptions import catch_up, ensure_index, rebuild_index
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.matching import api as matching
from sparfuchs.matching.api import Taxonomy, taxonomy
from sparfuchs.search.api import Query

PAN = {
    "price": "20.00 EUR",
    "title": "Bratpfanne 28 cm",
    "product_type": "Kochen > Pfannen",
}
ODD = {"price": "5.00 EUR", "title": "Xqvw", "product_type": "Wqx > Zzk"}
PANS = "Haus & Garten > Küche & Essen > Kochgeschirr & Backformen"


def found_in(shop: Shop, path: str) -> list[str]:
    page = find(shop.here, Query(categories=(path,)), now=NOW)
    return sorted(item["title"] for item in page["items"])


def test_a_listing_stands_in_our_tree_and_one_of_unknown_place_keeps_its_merchants_path(
    shop: Shop,
) -> None:
    ensure_index(shop.here)
    shop.read(0, {"a": PAN, "b": ODD})
    assert found_in(shop, PANS) == ["Bratpfanne 28 cm"]
    assert found_in(shop, "Haus & Garten") == ["Bratpfanne 28 cm"]
    assert found_in(shop, "Wqx > Zzk") == ["Xqvw"]
    cards = find(shop.here, Query(), now=NOW)["items"]
    assert {card["category"] for card in cards} == {PANS, "Wqx > Zzk"}
    place = shop.offer("a")["category"]
    assert (place["id"], place["path"], place["how"]) == (6070, PANS, "path")
    assert 0.5 <= place["confidence"] <= 1
    assert shop.offer("b")["category"] is None


def test_a_new_index_says_the_same(shop: Shop) -> None:
    shop.read(0, {"a": PAN, "b": ODD})
    rebuild_index(shop.here)
    assert found_in(shop, PANS) == ["Bratpfanne 28 cm"]


def test_a_code_that_the_merchant_states_is_taken(shop: Shop) -> None:
    shop.read(0, {"a": {**PAN, "google_product_category": "543626"}})
    place = shop.offer("a")["category"]
    assert (place["id"], place["how"], place["confidence"]) == (505771, "stated", 1.0)


def test_other_words_move_an_offer_and_another_price_writes_nothing(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, {"a": PAN})
    written = "SELECT xmin::text, category_id FROM offer_categories"
    (before,) = shop.rows(written)
    shop.read(1, {"a": {**PAN, "price": "15.00 EUR"}})
    assert shop.rows(written) == [before]
    shop.read(2, {"a": {**PAN, "title": "Sneaker", "product_type": "Schuhe"}})
    assert [code for _, code in shop.rows(written)] == [187]
    assert found_in(shop, "Mode & Accessoires > Schuhe") == ["Sneaker"]
    assert found_in(shop, PANS) == []
    shop.read(3, {"a": {**ODD, "price": "15.00 EUR"}})
    assert shop.rows(written) == []
    assert found_in(shop, "Wqx > Zzk") == ["Xqvw"]


def test_what_is_mapped_by_hand_wins_now_and_later_until_it_is_taken_back(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, {"a": PAN, "b": ODD})
    assert map_path(shop.here, shop.source, " Wqx > Zzk ", 5, now=NOW) == 1
    catch_up(shop.here)
    assert found_in(shop, "Tierbedarf") == ["Xqvw"]
    place = shop.offer("b")["category"]
    assert (place["id"], place["how"], place["confidence"]) == (5, "hand", 1.0)
    shop.read(1, {"a": PAN, "b": ODD, "c": {**ODD, "title": "Wqqx"}})
    assert found_in(shop, "Tierbedarf") == ["Wqqx", "Xqvw"]
    told = {one["path"]: one for one in paths_of(shop.here, shop.source, limit=10)}
    assert told["Wqx > Zzk"]["mapped"] == 5
    assert told["Wqx > Zzk"]["offers"] == 2
    assert told["Kochen > Pfannen"]["mapped"] is None
    assert unmap_path(shop.here, shop.source, "Wqx > Zzk", now=NOW) == 2
    catch_up(shop.here)
    assert found_in(shop, "Tierbedarf") == []
    assert shop.offer("b")["category"] is None


def test_only_codes_of_the_taxonomy_and_paths_with_letters_can_be_mapped(shop: Shop) -> None:
    shop.read(0, {"a": PAN})
    with pytest.raises(UsageError):
        map_path(shop.here, shop.source, "Kochen", 99_999_999, now=NOW)
    with pytest.raises(UsageError):
        map_path(shop.here, shop.source, "  ", 5, now=NOW)
    with pytest.raises(NotFound):
        unmap_path(shop.here, shop.source, "Kochen", now=NOW)


def test_offers_from_before_are_placed_when_asked_for_and_a_second_time_nothing_moves(
    shop: Shop,
) -> None:
    ensure_index(shop.here)
    shop.read(0, {"a": PAN, "b": ODD})
    with shop.here.database.unit_of_work() as work:
        work.execute("DELETE FROM offer_categories")
    assert categorise_anew(shop.here, now=NOW + timedelta(hours=1)) == 1
    catch_up(shop.here)
    assert shop.offer("a")["category"]["path"] == PANS
    assert categorise_anew(shop.here, now=NOW + timedelta(hours=2)) == 0


def test_with_its_source_all_goes_that_was_known_of_its_shelves(shop: Shop) -> None:
    shop.read(0, {"a": PAN})
    map_path(shop.here, shop.source, "Kochen > Pfannen", 5, now=NOW)
    remove_source(shop.here, shop.source, now=NOW)
    assert shop.rows("SELECT 1 FROM offer_categories") == []
    assert shop.rows("SELECT 1 FROM category_choices") == []


def test_the_tree_says_how_many_listings_each_node_holds(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, {"a": PAN, "b": {**PAN, "title": "Grillpfanne"}, "c": ODD})
    nodes = {node["id"]: node for node in categories(shop.here, now=NOW)["items"]}
    assert nodes[6070]["listings"] == 2
    assert nodes[638]["listings"] == 2
    assert nodes[536]["listings"] == 2
    assert nodes[187]["listings"] == 0
    assert nodes[6070]["parent"] == 638
    assert nodes[638]["name"] == {"de": "Küche & Essen", "en": "Kitchen & dining"}


def test_an_offer_tells_its_attributes_and_what_it_is_like(shop: Shop) -> None:
    shop.read(
        0,
        {
            "a": {
                "price": "200.00 EUR",
                "title": "Smartphone 128 GB, blau",
                "condition": "refurbished",
                "shipping": "DE:::0.00 EUR",
            },
            "b": {"price": "20.00 EUR", "title": "Hemd", "size": "M", "color": "Rot"},
        },
    )
    phone, shirt = shop.offer("a"), shop.offer("b")
    assert phone["attributes"] == {
        "colours": ["blue"],
        "size": None,
        "storage_gb": 128.0,
        "energy_class": None,
    }
    assert [one["feature"] for one in phone["features"]] == ["free_shipping", "refurbished"]
    assert (shirt["attributes"]["colours"], shirt["attributes"]["size"]) == (["red"], "M")
    assert shirt["features"] == []


def test_an_own_model_is_learned_from_stated_codes_and_used_only_when_it_is_better(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Taxonomy(
        taxonomy().above, {code: taxonomy().nodes[code] for code in (536, 638, 6070, 166, 187)}
    )
    real = matching.teach
    monkeypatch.setattr(
        matching, "teach", lambda told, *, version: real(told, version=version, tree=small)
    )
    words = [f"{one}zzkrp" for one in "abcdefghijklmnopqrst"]
    stated = {
        f"s{n}": {
            "price": "10.00 EUR",
            "title": "Xq",
            "product_type": word + kind,
            "google_product_category": code,
        }
        for n, word in enumerate(words)
        for kind, code in ((("wqux", "187"),) if n % 2 else (("flomp", "6070"),))
    }
    shop.read(0, {**stated, "a": {"price": "9.00 EUR", "title": "Xq", "product_type": "flomp"}})
    assert shop.offer("a")["category"] is None
    nothing = pl.DataFrame(schema=matching.EXAMPLE)
    found = learn_categories(shop.here, nothing, version="own")
    assert (found.examples, found.promoted) == (20, True)
    assert found.after > found.before
    categorise_anew(shop.here, now=NOW)
    assert shop.offer("a")["category"]["id"] == 6070
    again = learn_categories(shop.here, nothing, version="own")
    assert (again.before, again.promoted) == (found.after, False)


def test_without_stated_codes_nothing_is_learned(shop: Shop) -> None:
    shop.read(0, {"a": PAN})
    with pytest.raises(Conflict):
        learn_categories(shop.here, pl.DataFrame(schema=matching.EXAMPLE), version="own")
