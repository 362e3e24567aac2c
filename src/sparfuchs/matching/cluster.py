"""Cluster: from linked pairs to groups in which all members agree.

Groups grow from the likeliest link on. Two groups join only if nothing that their members state
contradicts, and if at least half of the pairs compared between them are links: a chain of likely
pairs is no group. Components that are sound as a whole are taken at once; only the others are
walked link by link.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from sparfuchs.matching.sparse import Ints

# Of the pairs compared between two groups so many must be links.
SHARE: Final = 0.5
# A group of more offers than this is more likely a default value than a bestseller.
LARGEST: Final = 400

# What members of a group may not contradict each other in; a column each, null where not stated.
FACTS: Final = ("gtin14", "pack", "colour", "size", "storage", "weight", "volume", "screen")


def cluster(facts: pl.DataFrame, compared: pl.DataFrame) -> Ints:
    """The group of each row of `facts` (FACTS), as a number from 0 in order of first rows.

    `compared` has left, right (rows), probability and linked; pairs that were compared and are no
    links speak against joining. With `weight` (whole numbers) a pair counts for so many, which is
    how a person outweighs what was computed.
    """
    count = facts.height
    if "weight" not in compared.columns:
        compared = compared.with_columns(weight=pl.lit(1))
    links = compared.filter("linked")
    component = components(count, links)
    sound = _sound(facts, compared, component)
    group = component.copy()
    dirty = ~sound[component[links["left"].to_numpy()]] if links.height else np.empty(0, bool)
    walked = _walk(facts, compared, component, sound) if dirty.any() else {}
    if walked:
        rows = np.fromiter(walked.keys(), dtype=np.int64, count=len(walked))
        # Numbers beyond all components.
        group[rows] = count + np.fromiter(walked.values(), dtype=np.int64, count=len(walked))
    return _numbered(group)


def facts_of(read: pl.DataFrame) -> pl.DataFrame:
    """FACTS of READ rows: what is stated once and clearly; a title with two colours states none."""

    def only(name: str, prefix: str = "") -> pl.Expr:
        kept = pl.col(name)
        if prefix:
            kept = kept.list.eval(pl.element().filter(pl.element().str.starts_with(prefix)))
        return pl.when(kept.list.len() == 1).then(kept.list.first())

    return read.select(
        "gtin14",
        pack=pl.col("pack").fill_null(1).cast(pl.String),
        colour=only("colours"),
        size=only("sizes"),
        storage=only("measures", "mb:"),
        weight=only("measures", "g:"),
        volume=only("measures", "ml:"),
        screen=only("measures", "in:"),
    )


def components(count: int, links: pl.DataFrame) -> Ints:
    """A number for each of `count` rows: what links (left, right) hang together by."""
    ends = links["left"].to_numpy(), links["right"].to_numpy()
    matrix = sparse.coo_array((np.ones(links.height, dtype=np.int8), ends), shape=(count, count))
    _, number = csgraph.connected_components(matrix, directed=False)
    made: Ints = number.astype(np.int64)
    return made


def _sound(facts: pl.DataFrame, compared: pl.DataFrame, component: Ints) -> NDArray[np.bool_]:
    """Of each component: no contradiction, not too large, and no pair in it that is no link."""
    count = int(component.max(initial=-1)) + 1
    by = facts.with_columns(component=pl.Series(component)).group_by("component")
    stated = by.agg(
        clear=pl.all_horizontal(pl.col(name).drop_nulls().n_unique() <= 1 for name in FACTS),
        size=pl.len(),
    ).filter(pl.col("clear") & (pl.col("size") <= LARGEST))
    sound = np.zeros(count, dtype=np.bool_)
    sound[stated["component"].to_numpy()] = True
    against = compared.filter(~pl.col("linked"))
    ends = [component[against[side].to_numpy()] for side in ("left", "right")]
    sound[ends[0][ends[0] == ends[1]]] = False
    return sound


@dataclass
class _Group:
    """One that grows: its members, what they state, and the pairs compared with others."""

    members: list[int]
    stated: dict[str, str]
    # of each other group: links and pairs compared
    toward: dict[int, list[int]] = field(default_factory=dict)


def _walk(
    facts: pl.DataFrame, compared: pl.DataFrame, component: Ints, sound: NDArray[np.bool_]
) -> dict[int, int]:
    """The group of each row of an unsound component, by the row number of its first member."""
    here = component[compared["left"].to_numpy()]
    inside = (here == component[compared["right"].to_numpy()]) & ~sound[here]
    edges = compared.filter(pl.Series(inside)).sort(
        "probability", "left", "right", descending=[True, False, False]
    )
    rows = np.flatnonzero(~sound[component]).tolist()
    # Row by row from here: each step depends on the groups that those before it have made.
    stated = facts[rows].to_dicts()
    groups = {
        row: _Group([row], {name: str(value) for name, value in one.items() if value is not None})
        for row, one in zip(rows, stated, strict=True)
    }
    # Tallies are kept for each pair of groups, which change as groups join.
    for left, right, linked, weight in edges.select(
        "left", "right", "linked", "weight"
    ).iter_rows():
        for here_, there in ((left, right), (right, left)):
            tally = groups[here_].toward.setdefault(there, [0, 0])
            tally[0] += linked * weight
            tally[1] += weight
    home = {row: row for row in rows}
    # The likeliest link first.
    _join_all(groups, home, edges.filter("linked").select("left", "right").iter_rows())
    return home


def _join_all(
    groups: dict[int, _Group], home: dict[int, int], links: Iterable[tuple[int, ...]]
) -> None:
    for left, right in links:
        one, two = home[left], home[right]
        if one == two:
            continue
        if len(groups[one].members) < len(groups[two].members):
            one, two = two, one
        if _may_join(groups[one], groups[two], two):
            _join(groups, home, one, two)


def _may_join(one: _Group, two: _Group, number: int) -> bool:
    if len(one.members) + len(two.members) > LARGEST:
        return False
    if any(two.stated.get(name, value) != value for name, value in one.stated.items()):
        return False
    linked, compared = one.toward[number]
    return linked >= SHARE * compared


def _join(groups: dict[int, _Group], home: dict[int, int], one: int, two: int) -> None:
    """The smaller group `two` becomes part of `one`, and so do its tallies at all others."""
    big, small = groups[one], groups.pop(two)
    for member in small.members:
        home[member] = one
    big.members += small.members
    big.stated |= small.stated
    del big.toward[two]
    del small.toward[one]
    for other, (linked, compared) in small.toward.items():
        groups[other].toward.pop(two)
        for tallies, number in ((big.toward, other), (groups[other].toward, one)):
            tally = tallies.setdefault(number, [0, 0])
            tally[0] += linked
            tally[1] += compared


def _numbered(group: Ints) -> Ints:
    """The same groups, numbered from 0 by their first rows."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    made: Ints = rank[inverse]
    return made
