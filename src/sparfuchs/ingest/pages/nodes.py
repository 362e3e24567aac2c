"""Nodes of schema.org's vocabulary: an object with types, perhaps an id, and properties.

A node is a dict as JSON-LD writes it. Names come without prefix, values are texts, nodes, or lists
of both; microdata is brought into the same form, so that one reader understands both.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Node = dict[str, Any]

_DEEPEST: Final = 12


def local(name: str) -> str:
    """`http://schema.org/Product`, `schema:Product` and `Product` are all `Product`."""
    return name.strip().rstrip("/").replace("#", "/").rpartition("/")[2].rpartition(":")[2]


def types(node: Mapping[str, Any]) -> set[str]:
    """Local names of a node's types."""
    return {local(each) for each in _listed(node.get("@type")) if isinstance(each, str)}


def values(node: Mapping[str, Any], name: str) -> list[Any]:
    """All values of a property; of a list its entries."""
    return [value for value in _listed(node.get(name)) if value is not None]


def nodes(node: Mapping[str, Any], name: str) -> list[Node]:
    """The values of a property that are nodes."""
    return [value for value in values(node, name) if isinstance(value, dict)]


def text(node: Mapping[str, Any], *names: str) -> str | None:
    """The first text of these properties; of a node its value, name, address or id."""
    for name in names:
        for value in values(node, name):
            found = _text(value)
            if found:
                return found
    return None


def texts(node: Mapping[str, Any], name: str) -> list[str]:
    """All texts of a property, each once."""
    found = (_text(value) for value in values(node, name))
    return list(dict.fromkeys(each for each in found if each))


def all_nodes(value: Any, depth: int = _DEEPEST) -> Iterator[Node]:
    """Nodes at the top of a document: in lists, in `@graph`, and what a page says it is about."""
    if isinstance(value, list):
        for each in value:
            yield from all_nodes(each, depth)
    elif isinstance(value, dict) and depth:
        if "@type" in value:
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if name in value:
                yield from all_nodes(value[name], depth - 1)


def linked(value: Any, known: Mapping[str, Node], depth: int = _DEEPEST) -> Any:
    """The same with references (`{"@id": ...}` and nothing else) replaced by what they name."""
    if not depth:
        return value
    if isinstance(value, list):
        return [linked(each, known, depth - 1) for each in value]
    if not isinstance(value, dict):
        return value
    name = value.get("@id")
    if set(value) == {"@id"} and isinstance(name, str) and name in known:
        # One step: what a reference leads to keeps its own references, or circles had no end.
        return known[name]
    return {key: linked(each, known, depth - 1) for key, each in value.items()}


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and isinstance(value.get("@list"), list):
        found: list[Any] = value["@list"]
        return found
    return [value]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        for name in ("@value", "name", "value", "url", "contentUrl", "@id"):
            inner = value.get(name)
            if isinstance(inner, str) and inner.strip():
                return inner.strip()
            if isinstance(inner, dict | list):
                continue
    return None
