"""The market as folders of labelled data, in the shapes that `sparfuchs evaluate` reads."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.market.export_groups import export_groups
from sparfuchs.market.export_matching import export_matching
from sparfuchs.market.export_offers import export_offers
from sparfuchs.market.export_recommend import export_recommend
from sparfuchs.market.export_search import export_search
from sparfuchs.market.export_verdicts import export_verdicts
from sparfuchs.market.world import World

Step = Callable[[str, int], None]


class What(StrEnum):
    """Which folder. `offers` is the truth of every offer, for those who measure something else."""

    MATCHING = "matching"
    VERDICTS = "verdicts"
    SEARCH = "search"
    RECOMMEND = "recommend"
    OFFERS = "offers"
    GROUPS = "groups"


def export(
    world: World,
    what: What,
    folder: Path,
    *,
    progress: Step = lambda _name, _rows: None,
) -> dict[str, int]:
    """Writes one kind of labelled data into a folder; gives the rows of each file.

    Raises StoreUnavailable where the folder cannot be written.
    """
    writers = {
        What.MATCHING: export_matching,
        What.VERDICTS: export_verdicts,
        What.SEARCH: export_search,
        What.RECOMMEND: export_recommend,
        What.OFFERS: export_offers,
        What.GROUPS: export_groups,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return writers[what](world, folder, progress)
    except OSError as error:
        raise StoreUnavailable(
            f"{folder} cannot be written: {error.strerror or error}", path=str(folder)
        ) from error
