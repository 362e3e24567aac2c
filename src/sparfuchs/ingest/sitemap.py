"""Sitemaps: the addresses that a shop itself says are worth reading (domain.md 1.12)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lxml import etree

from sparfuchs.ingest.decompress import DecodeLimits, plain_bytes
from sparfuchs.ingest.formats.item_names import prefix_and_local
from sparfuchs.ingest.formats.xml_items import guarded_parser
from sparfuchs.kernel.errors import FeedUnreadable

MOST_ADDRESSES: Final = 50_000
_LIMITS: Final = DecodeLimits(decoded=50 << 20)
_ROBOTS_LINE: Final = re.compile(rb"^\s*sitemap\s*:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses of pages, or of further sitemaps (an index); in order, each once."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


def read_sitemap(path: Path, name: str) -> Sitemap | None:
    """What a file lists, packed or not; None when it is no sitemap and no robots.txt.

    Raises FeedUnreadable for a damaged archive, for more than 50 MB and for a DOCTYPE. A file that
    is no whole XML gives what stands before the fault: an address is right or not by itself.
    """
    data = b"".join(plain_bytes(path, name=name, limits=_LIMITS))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        listed = [line.decode("utf-8", "replace") for line in _ROBOTS_LINE.findall(data)]
        return Sitemap((), tuple(dict.fromkeys(listed))) if listed else None
    if b"<!DOCTYPE" in start[:2048].upper():
        return None
    root = etree.fromstring(start, guarded_parser(recover=True))
    if root is None or _local(root) not in {"urlset", "sitemapindex"}:
        return None
    inner = "url" if _local(root) == "urlset" else "sitemap"
    found = tuple(dict.fromkeys(_addresses(root, inner)))[:MOST_ADDRESSES]
    return Sitemap(found, ()) if inner == "url" else Sitemap((), found)


def _addresses(root: Any, inner: str) -> list[str]:
    """`loc` of each entry, direct children alone: pictures and films have a `loc` of their own."""
    return [
        text
        for entry in root
        if _local(entry) == inner
        for child in entry
        if _local(child) == "loc" and child.prefix == entry.prefix
        for text in [(child.text or "").strip()]
        if text
    ]


def _local(element: Any) -> str:
    return prefix_and_local(element)[1]


def unreadable(name: str) -> FeedUnreadable:
    return FeedUnreadable(
        f"{name} is neither a web page nor a sitemap (nor a robots.txt that names one)",
        document=name,
    )
