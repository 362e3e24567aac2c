"""JSON-LD of a page, each block for itself: a bad one costs no other (R-J-1).

Blocks are mended where what is wrong is known and harmless: comments around them, a trailing
semicolon, commas before a closing bracket, control characters in texts, entities of HTML.
"""

import html
import json
import re
from typing import Any, Final

from sparfuchs.ingest.pages.nodes import Node, all_nodes, linked

_JSON_LD: Final = re.compile(r"^\s*application/ld\+json\b", re.IGNORECASE)
_WRAPPING: Final = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|"
    r"(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
# A text is passed over whole; outside of texts, what JSON does not know is found.
_PIECES: Final = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_PREFIX: Final = re.compile(r"^(?:schema:|https?://schema\.org/)")


def nodes_of(root: Any) -> list[Node]:
    """All nodes at the top of a page's blocks, references between them resolved."""
    blocks = [
        block
        for script in root.iter("script")
        if _JSON_LD.match(script.get("type") or "")
        for block in [read_block("".join(script.itertext()))]
        if block is not None
    ]
    found = list(all_nodes(blocks))
    known = {node["@id"]: node for node in found if isinstance(node.get("@id"), str)}
    return [linked(node, known) for node in found] if known else found


def read_block(text: str) -> Any:
    """What a block says, numbers as they are written; None when it says nothing."""
    bare = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip()
    for attempt in (bare, _mended(bare)):
        try:
            value = json.loads(attempt, strict=False, parse_float=str, parse_int=str)
            return _plain(value)
        except (ValueError, RecursionError):
            continue
    return None


def _mended(text: str) -> str:
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    text = text.rstrip().rstrip(";").rstrip()
    return _PIECES.sub(lambda found: found[0] if found[0].startswith('"') else "", text)


def _plain(value: Any) -> Any:
    """Property names without the vocabulary's prefix."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {_PREFIX.sub("", key): _plain(each) for key, each in value.items()}
    return value
