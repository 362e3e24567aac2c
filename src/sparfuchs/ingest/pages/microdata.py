"""Microdata of a page as nodes, by the rules of the HTML standard.

Beyond them, `content` is read on any element, as schema.org's own examples have it
(`<span itemprop="price" content="119.99">`).
"""

from collections.abc import Iterator
from typing import Any, Final

from sparfuchs.ingest.pages.nodes import Node

# Element -> attribute that holds its value; of all others it is the text inside.
_VALUES: Final = {
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "source": "src",
    "track": "src", "video": "src", "a": "href", "area": "href", "link": "href",
    "object": "data", "data": "value", "meter": "value", "time": "datetime",
}  # fmt: skip
_NO_TEXT: Final = frozenset({"script", "style", "noscript", "template"})
_DEEPEST: Final = 12


def items_of(root: Any) -> list[Node]:
    """The items of a page that are no property of another one, in order."""
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    return [
        _item(element, ids, _DEEPEST)
        for element in root.iter()
        if element.get("itemscope") is not None and element.get("itemprop") is None
    ]


def _item(element: Any, ids: dict[str, Any], depth: int) -> Node:
    node: Node = {}
    if kinds := (element.get("itemtype") or "").split():
        node["@type"] = kinds if len(kinds) > 1 else kinds[0]
    if name := (element.get("itemid") or "").strip():
        node["@id"] = name
    if depth == 0:
        return node
    properties = _properties(element, ids)
    if not properties and (inside := " ".join(" ".join(_texts(element)).split())):
        # `<span itemprop="brand" itemscope itemtype="…/Brand">Anker</span>`: meant as its name.
        node["value"] = inside
    for found in properties:
        value = _value(found, ids, depth - 1)
        for name in found.get("itemprop").split():
            if name not in node:
                node[name] = value
            elif isinstance(node[name], list):
                node[name].append(value)
            else:
                node[name] = [node[name], value]
    return node


def _properties(item: Any, ids: dict[str, Any]) -> list[Any]:
    """Elements that are properties of the item, those it refers to included, each once."""
    seen = {item}
    found = list(_inside(item, seen))
    for name in (item.get("itemref") or "").split():
        other = ids.get(name)
        if other is None or other in seen:
            continue
        seen.add(other)
        if other.get("itemprop"):
            found.append(other)
        if other.get("itemscope") is None:
            found.extend(_inside(other, seen))
    return found


def _inside(element: Any, seen: set[Any]) -> Iterator[Any]:
    """Properties below an element; what is inside of another item belongs to that one."""
    waiting = list(element)[::-1]
    while waiting:
        child = waiting.pop()
        if not isinstance(child.tag, str) or child in seen:
            continue
        seen.add(child)
        if child.get("itemprop"):
            yield child
        if child.get("itemscope") is None:
            waiting.extend(list(child)[::-1])


def _value(element: Any, ids: dict[str, Any], depth: int) -> Any:
    if element.get("itemscope") is not None:
        return _item(element, ids, depth)
    if (content := element.get("content")) is not None:
        return content.strip()
    attribute = _VALUES.get(element.tag)
    if attribute and (value := element.get(attribute)) is not None:
        return value.strip()
    return " ".join(" ".join(_texts(element)).split())


def _texts(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _NO_TEXT:
            yield from _texts(child)
        yield child.tail or ""
