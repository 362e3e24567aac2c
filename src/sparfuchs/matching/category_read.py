"""Categories of shops that people laid on a common tree: reads what a folder has of them."""

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import polars as pl

from sparfuchs.kernel.errors import NotFound
from sparfuchs.kernel.frames import Schema

SUFFIX: Final = "-categories.json"
# A category of a shop: its path in the shop's words and its label in the common tree.
LAID: Final[Schema] = {"shop": pl.String(), "path": pl.String(), "label": pl.String()}
_NO_LABEL: Final = {None, "", "Alles"}
# A string that ends with its line was never closed; such a file is known.
_OPEN: Final = re.compile(r'(: "(?:[^"\\\n]|\\.)*)\n')
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Tree:
    """A common tree and the shops that were laid on it; `rows` are LAID."""

    name: str
    rows: pl.DataFrame
    unlabelled: int

    @property
    def shops(self) -> list[str]:
        return self.rows["shop"].unique().sort().to_list()


def read_trees(folder: Path) -> list[Tree]:
    """The trees of a folder: `TREE/SHOP-categories.json`, in each a list of records or a record by
    key, with `code` and what names the category (`description`, `name` and `slug`, `id` or `url`).

    Raises NotFound when there is none.
    """
    trees = []
    for place in sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else ():
        rows, bare = [], 0
        for file in sorted(place.glob(f"*{SUFFIX}")):
            for path, label in _read(file):
                if label is None:
                    bare += 1
                else:
                    rows.append((file.name.removesuffix(SUFFIX), path, label))
        if rows:
            frame = pl.DataFrame(rows, schema=LAID, orient="row")
            trees.append(Tree(place.name, frame.unique(maintain_order=True), bare))
    if not trees:
        raise NotFound(f"{folder} has no TREE/SHOP{SUFFIX}", path=str(folder))
    return trees


def read_crosswalk(file: Path) -> dict[tuple[str, str], int]:
    """`tree,label,code` with a heading: which code of our tree a label of another one is."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {(row["tree"], row["label"]): int(row["code"]) for row in csv.DictReader(lines)}


def _read(file: Path) -> list[tuple[str, str | None]]:
    text = file.read_text("utf-8")
    try:
        found = json.loads(text, strict=False)
    except json.JSONDecodeError:
        found = json.loads(_OPEN.sub(r'\1",\n', text), strict=False)
    records = list(found.values()) if isinstance(found, dict) else found
    named = {str(one.get("id")): one.get("description") for one in records}
    return [(_path(one, named), _label(one.get("code"))) for one in records]


def _label(stated: str | None) -> str | None:
    return None if stated in _NO_LABEL else _CONTROL.sub("", str(stated)).strip()


def _path(record: dict[str, Any], named: dict[str, str | None]) -> str:
    """What the shop calls it, from the top down, levels parted by ` > `."""
    stated, described = str(record.get("id", "")), record.get("description")
    if described and re.fullmatch(r"[A-Z]?\d+(?:-\d+)*", stated):
        parts = stated.split("-")
        above = ["-".join(parts[: n + 1]) for n in range(len(parts))]
        return " > ".join(str(named[one]) for one in above if named.get(one))
    if described:
        return _levels(described)
    if record.get("name"):
        # A slug says what stands above it, but does not part the levels.
        if "/" in stated:
            return _levels(stated)
        slug = str(record.get("slug") or "").replace("-", " ")
        return f"{slug} > {record['name']}" if slug else str(record["name"])
    if "->" in stated or not record.get("url"):
        return _levels(stated)
    address = unquote(urlsplit(str(record["url"])).path).split("/c/")[-1]
    return _levels(address.replace("-", " "))


def _levels(text: str) -> str:
    return " > ".join(part.strip() for part in re.split(r"->|/", text) if part.strip())
