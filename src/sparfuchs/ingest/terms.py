"""How the texts of one feed are to be understood: what settings and detection have decided."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sparfuchs.ingest.prices import Grammar


@dataclass(frozen=True, slots=True)
class Terms:
    """`suspects` are the GTINs known as this feed's defaults (R-F-9), `id_from` the attributes of
    which the id of an offer is made where the source gives none.
    """

    grammar: Grammar
    currency: str | None
    zone: ZoneInfo
    country: str
    suspects: frozenset[str] = frozenset()
    id_from: tuple[str, ...] = ()
