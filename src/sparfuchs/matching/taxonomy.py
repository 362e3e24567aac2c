"""The one tree of categories: codes and parents of Google's product taxonomy, names of our own.

Every code of the taxonomy is known with its parent, so that a stated code finds its place. Only the
upper levels and some nodes below have names; what has none counts as its nearest ancestor that has.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema

SHIPPED: Final = Path(__file__).parent / "shipped"
BETWEEN: Final = " > "
UNKNOWN: Final = 0  # no node; the parent of the topmost ones

# The path of a node from the top down as a facet wants it: `A`, `A > B`, `A > B > C`.
SHELVES: Final[Schema] = {"category_id": pl.Int32(), "category": pl.List(pl.String())}


@dataclass(frozen=True)
class Node:
    """A node that has names. `parent` is the nearest ancestor with names, UNKNOWN at the top.

    `words` are what German and English shops call what stands there; they teach the shipped model.
    """

    code: int
    parent: int
    de: str
    en: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """The tree. `above` has the parent of every code of the taxonomy, named or not."""

    above: dict[int, int]
    nodes: dict[int, Node]

    def named(self, code: int) -> int | None:
        """The code itself or its nearest ancestor with names; None for no code of the taxonomy."""
        seen: int | None = code
        while seen and seen not in self.nodes:
            seen = self.above.get(seen)
        return seen or None

    def line(self, code: int) -> tuple[int, ...]:
        """The codes of the named nodes from the top down to this one; empty for an unknown code."""
        found: list[int] = []
        step = self.named(code)
        while step:
            found.append(step)
            step = self.nodes[step].parent
        return tuple(reversed(found))

    def path(self, code: int, language: str = "de") -> str | None:
        """`Elektronik > Audio & HiFi > Kopfhörer`, in German or English ("de", "en")."""
        names = [getattr(self.nodes[one], language) for one in self.line(code)]
        return BETWEEN.join(names) or None

    @cached_property
    def shelves(self) -> pl.DataFrame:
        """SHELVES of all named nodes, in German: the words of the facet."""
        codes = list(self.nodes)
        return pl.DataFrame(
            {
                "category_id": codes,
                "category": [[self.path(one) for one in self.line(code)] for code in codes],
            },
            schema=SHELVES,
        )

    @cached_property
    def by_path(self) -> dict[str, int]:
        """Codes by their path in German and in English; German wins where both are a path."""
        return {
            path: code
            for language in ("en", "de")
            for code in self.nodes
            if (path := self.path(code, language))
        }

    @cached_property
    def named_frame(self) -> pl.DataFrame:
        """`stated` (any code of the taxonomy) and `category_id` (its named node)."""
        return pl.DataFrame(
            {"stated": list(self.above), "category_id": [self.named(one) for one in self.above]},
            schema={"stated": pl.Int32(), "category_id": pl.Int32()},
        )


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The tree as shipped: `shipped/taxonomy.txt` (code, parent) and `shipped/categories.txt`
    (code|German|English|words).
    """
    above = {}
    for line in (SHIPPED / "taxonomy.txt").read_text("utf-8").splitlines():
        stated, topper = line.split()
        above[int(stated)] = int(topper)
    written = [
        line.split("|") for line in (SHIPPED / "categories.txt").read_text("utf-8").splitlines()
    ]
    names = {int(one[0]): (one[1], one[2], tuple(one[3].split())) for one in written}
    nodes = {}
    for code, (de, en, words) in names.items():
        parent = above[code]
        while parent and parent not in names:
            parent = above[parent]
        nodes[code] = Node(code, parent, de, en, words)
    return Taxonomy(above, nodes)
