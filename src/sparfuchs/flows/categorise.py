"""Each offer gets its place in the one tree of categories, when it is new or says other words.

A price never starts it. A merchant's path is looked at once a process; what is the same as before
is not written.
"""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.events.feed import RunPublished
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import tell_reviewed
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.frames import ChangeKind
from sparfuchs.matching import api as matching
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

Answer = dict[str, Any]
BLOCK: Final = 100_000
_WORDS_CHANGED: Final = (ChangeKind.FIRST.value, ChangeKind.IDENTITY.value)


@lru_cache(maxsize=4)
def _read(file: Path, _written: float) -> matching.Classifier:
    return matching.Classifier(matching.CategoryModel.load(file))


@lru_cache(maxsize=1)
def _shipped() -> matching.Classifier:
    return matching.Classifier(matching.shipped_categories())


def own_model(here: Installation) -> Path:
    """Where the model stands that an installation learned itself."""
    return here.settings.data_dir / "models" / "categories.npz"


def _classifier(here: Installation) -> matching.Classifier:
    """By the installation's own model, where it has one, else by the shipped one."""
    file = own_model(here)
    return _read(file, file.stat().st_mtime) if file.exists() else _shipped()


def categorise_run(here: Installation, work: Work, event: RunPublished) -> None:
    """Categories of the offers of a run that are new or whose words changed."""
    if event.segment is None or not here.files.exists(event.segment):
        return
    changes = pl.read_ipc(here.files.path(event.segment), columns=["offer_id", "kind"])
    asked = changes.filter(pl.col("kind").cast(pl.String).is_in(_WORDS_CHANGED))["offer_id"]
    if len(asked):
        categorise(here, work, event.source, asked.unique().sort().to_numpy())


def categorise(
    here: Installation, work: Work, source_id: int, ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Places these offers of a source; gives the ids of those that stand elsewhere than before."""
    hand = catalog.category_choices_of(work, source_id)
    moved = []
    with metrics.STEP_SECONDS.labels(step="categorise").time():
        for start in range(0, len(ids), BLOCK):
            part = ids[start : start + BLOCK]
            found = _classifier(here).classify(catalog.described(work, part), hand)
            known = found.filter(pl.col("category_id").is_not_null()).with_columns(
                pl.col("how").to_physical().cast(pl.Int16)
            )
            moved.append(catalog.keep_categories(work, part, known).to_numpy())
    return np.concatenate(moved) if moved else np.empty(0, dtype=np.int64)


def categorise_anew(here: Installation, *, now: datetime) -> int:
    """Places all offers again, as after a new model; gives how many stand elsewhere than before.

    Their listings follow by the event log.
    """
    moved, after = 0, 0
    while True:
        with here.database.unit_of_work() as work:
            ids = catalog.live_ids(work, after, BLOCK)
            if not len(ids):
                break
            for source_id in np.unique(ids >> 32).tolist():
                changed = categorise(here, work, source_id, ids[ids >> 32 == source_id])
                tell_reviewed(work, source_id, changed, now)
                moved += len(changed)
        after = int(ids[-1])
    log.info("categories.renewed", moved=moved)
    return moved


def map_path(
    here: Installation, source: catalog.Source, path: str, code: int, *, now: datetime
) -> int:
    """Gives a path of a source a node by hand; it holds for all offers that state the path, now and
    later. Gives how many stand elsewhere than before. Raises UsageError for no code of the tree.
    """
    node = matching.taxonomy().named(code)
    if node is None:
        raise UsageError(f"There is no category {code}", field="category")
    path = path.strip()
    if not path:
        raise UsageError("An empty path cannot be mapped", field="path")
    with here.database.unit_of_work() as work:
        catalog.choose_category(work, source.id, path, node, now)
        return _path_again(here, work, source, path, now)


def unmap_path(here: Installation, source: catalog.Source, path: str, *, now: datetime) -> int:
    """Takes back what was mapped by hand; gives how many offers stand elsewhere than before.

    Raises NotFound when the path is not mapped.
    """
    path = path.strip()
    with here.database.unit_of_work() as work:
        if not catalog.unchoose_category(work, source.id, path):
            raise NotFound(f"{source.path} has no mapping of {path!r}", path=path)
        return _path_again(here, work, source, path, now)


def _path_again(
    here: Installation, work: Work, source: catalog.Source, path: str, now: datetime
) -> int:
    moved = categorise(here, work, source.id, catalog.ids_of_path(work, source.id, path))
    tell_reviewed(work, source.id, moved, now)
    return len(moved)


def paths_of(here: Installation, source: catalog.Source, *, limit: int) -> list[Answer]:
    """The paths that a source states, the most frequent first, with where they lead."""
    with here.database.reading() as work:
        hand = catalog.category_choices_of(work, source.id)
        rows = catalog.stated_paths(work, source.id, limit)
    return [
        {
            "path": row["path"],
            "offers": row["offers"],
            "mapped": hand.get(row["path"]),
            "category": category_answer(row),
        }
        for row in rows
    ]


def category_answer(row: Any) -> Answer | None:
    """A stored category as plain JSON values; None where it is unknown."""
    if row is None or row["category_id"] is None:
        return None
    tree = matching.taxonomy()
    path = tree.path(row["category_id"])
    return {
        "id": row["category_id"],
        "path": path,
        "path_en": tree.path(row["category_id"], "en"),
        "confidence": round(float(row["confidence"]), 3),
        "how": matching.HOWS[row["how"]].value,
    }


def shelves_of(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """offer_id and category (the paths from the top down to the node) of offers whose node is
    known.
    """
    return (
        catalog.categories_of(work, ids)
        .join(matching.taxonomy().shelves, on="category_id")
        .select("offer_id", "category")
    )


def category_tree(counts: dict[str, int], *, rest: int | None) -> list[Answer]:
    """All nodes with names, parents before children, with how many listings each holds by
    `counts` (German path to number; what is absent holds `rest`).
    """
    tree = matching.taxonomy()
    lines = sorted((tree.path(code) or "", code) for code in tree.nodes)
    return [
        {
            "id": code,
            "parent": tree.nodes[code].parent or None,
            "name": {"de": tree.nodes[code].de, "en": tree.nodes[code].en},
            "path": path,
            "listings": counts.get(path, rest),
        }
        for path, code in lines
    ]
