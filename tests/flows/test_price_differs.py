"""A page that shows another price than its data says (R-J-3)."""

import json
from pathlib import Path
from typing import Any

from flows.market import Shop
from sparfuchs.flows.installation import Installation


def pages(price: str, shown: str) -> str:
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Kanne",
        "sku": "K1",
        "url": "https://shop.example/kanne",
        "offers": {
            "@type": "Offer",
            "price": price,
            "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "priceType": "https://schema.org/StrikethroughPrice",
                "price": "100.00",
                "priceCurrency": "EUR",
            },
        },
    }
    return (
        f'<html><head><link rel="canonical" href="https://shop.example/kanne">'
        f'<script type="application/ld+json">{json.dumps(product)}</script>'
        f'<meta property="product:price:amount" content="{shown}"></head><body></body></html>'
    )


def shop_of_pages(here: Installation, folder: Path) -> Shop:
    settings = {"format": "schema-pages"}
    return Shop(here, folder / "kanne.html", "seiten", settings=settings)


def verdict(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = shop.offer("K1")["verdict"]
    return found


def test_R_J_3_both_prices_are_stored_and_none_of_them_is_judged(
    here: Installation, tmp_path: Path
) -> None:
    shop = shop_of_pages(here, tmp_path)
    for number in range(0, 40, 2):
        shop.read(number, pages("100.00", "100.00"))
    shop.read(40, pages("80.00", "80.00"))
    assert (verdict(shop)["verdict"], verdict(shop)["badge"]) == ("genuine", True)
    assert verdict(shop)["claim_verdict"] == "claim_ok"
    # The data stay as they are; what the page shows does not.
    shop.read(41, pages("80.00", "100.00"))
    found = verdict(shop)
    assert (found["verdict"], found["reason"]) == ("insufficient", "price_differs")
    assert (found["honest_pct"], found["at_most_pct"], found["badge"]) == (None, None, False)
    assert found["claim_verdict"] == "claim_unjudged"
    assert "anderen Preis" in found["text"]["de"]
    offer = shop.offer("K1")
    assert (offer["price"]["minor"], offer["deal"]["open"]) == (8000, False)
    assert offer["provenance"]["flags"] == ["price_differs"]
    (stored,) = shop.rows("SELECT attributes->>'price_beside' FROM offer_texts")
    assert stored == ("100.00",)
    # The price is the same all the while: nothing of it is in the history.
    assert shop.history("K1")[-1] == ("price", 40, 8000)
    shop.read(42, pages("80.00", "80.00"))
    assert (verdict(shop)["verdict"], verdict(shop)["badge"]) == ("genuine", True)


def test_R_J_3_a_page_that_differs_from_the_first_is_not_judged_either(
    here: Installation, tmp_path: Path
) -> None:
    shop = shop_of_pages(here, tmp_path)
    shop.read(0, pages("80.00", "100.00"))
    assert verdict(shop)["reason"] == "price_differs"
