"""Which of the products on a page is the page's own (R-J-2)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from sparfuchs.ingest.pages.nodes import Node, nodes, text, types
from sparfuchs.ingest.urls import canonical_url

PRODUCTS: Final = frozenset(
    {"Product", "ProductGroup", "IndividualProduct", "ProductModel", "SomeProducts", "Vehicle"}
)
_GTINS: Final = ("gtin13", "gtin", "gtin14", "gtin12", "gtin8")
_SHORTEST: Final = 4  # a shorter sku is found in many an address by chance


def products_in(found: Sequence[Node]) -> list[Node]:
    return [node for node in found if types(node) & PRODUCTS]


def own_product(found: Sequence[Node], address: str) -> Node | None:
    """The product that the page is about; None when several may be.

    One that is offered, if there is but one; else the one whose url is the page's, or whose sku or
    GTIN stands in the address. A recommendation is never taken for the product.
    """
    offered = [node for node in found if is_offered(node)] or list(found)
    offered = _different(offered)
    if len(offered) == 1:
        return offered[0]
    fitting = [node for node in offered if _fits(node, address)]
    return fitting[0] if len(fitting) == 1 else None


def is_offered(node: Node) -> bool:
    return bool(nodes(node, "offers")) or any(
        nodes(each, "offers") for each in nodes(node, "hasVariant")
    )


def _different(found: Sequence[Node]) -> list[Node]:
    """Without repetitions: themes and plug-ins often write the same product twice."""
    kept: list[Node] = []
    for node in found:
        if node not in kept:
            kept.append(node)
    return kept


def _fits(node: Node, address: str) -> bool:
    page = canonical_url(address)
    if page is None:
        return False
    stated = text(node, "url", "@id", "mainEntityOfPage")
    if stated and canonical_url(stated) == page:
        return True
    path = unquote(page).lower()
    marks = [text(node, "sku"), text(node, "productID"), text(node, *_GTINS)]
    return any(mark and len(mark) >= _SHORTEST and mark.lower() in path for mark in marks)
