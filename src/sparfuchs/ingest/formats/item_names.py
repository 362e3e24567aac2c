"""Which attribute an element of an item is, for both ways of reading items."""

from collections.abc import Mapping
from typing import Any, Final

from sparfuchs.ingest.formats import google
from sparfuchs.ingest.split_items import namespaces_of

_GOOGLE: Final = "http://base.google.com/ns/1.0"
# Attributes that may stand in an item several times, and how their texts are put together. Two
# different prices make a text with two amounts, which is then refused as ambiguous (R-F-5): which
# of them holds is not ours to guess.
JOINED: Final[Mapping[str, str]] = {
    "additional_image_link": "\n",
    "promotion_id": "\n",
    "shipping": ",",
    "price": " | ",
    "sale_price": " | ",
}


def prefix_and_local(element: Any) -> tuple[str, str]:
    """Prefix (or nothing) and local name of an element; of no element (a comment) both empty.

    A prefix that was never declared stays a part of the tag in lxml, and its own QName refuses it.
    """
    if not isinstance(element.tag, str):
        return "", ""
    prefix, _, local = element.tag.rpartition("}")[2].rpartition(":")
    return element.prefix or prefix, local


class ItemNames:
    """The names of one document: its namespace prefixes and the operator's own columns."""

    def __init__(self, header: bytes, columns: Mapping[str, str]) -> None:
        declared = namespaces_of(header)
        if b"xmlns:g" not in declared:
            declared += f' xmlns:g="{_GOOGLE}"'.encode()
        self.declared = declared
        self.prefixes: dict[str, str] = {}
        for part in declared.decode("utf-8", "replace").split():
            name, _, uri = part.partition("=")
            self.prefixes[name.removeprefix("xmlns").removeprefix(":")] = uri.strip("\"'")
        own = {google.attribute_name(name): attribute for attribute, name in columns.items()}
        self._aliases: Mapping[str, str] = {**google.ALIASES, **own}

    def attribute(self, local: str) -> str:
        """The attribute behind an element's local name; a name nobody knows stays what it is."""
        name = google.attribute_name(local)
        return self._aliases.get(name, name)

    def of_tag(self, tag: str) -> tuple[str, bool] | None:
        """Attribute of a tag as written (`g:id`) and whether it is in Google's namespace.

        None when the prefix was never declared: such an item is no XML.
        """
        prefix, _, local = tag.rpartition(":")
        if prefix and prefix not in self.prefixes:
            return None
        return self.attribute(local), self.prefixes.get(prefix) == _GOOGLE

    def of_qualified(self, tag: str) -> tuple[str, bool]:
        """The same for a tag as lxml writes it, `{namespace}local`."""
        namespace, _, local = tag.rpartition("}")
        return self.attribute(local), namespace == "{" + _GOOGLE
