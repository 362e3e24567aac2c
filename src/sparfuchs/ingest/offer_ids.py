"""What an offer is called by its source; for sources that give no id, one made by a rule.

The rule is the operator's (`id_from`), because only he knows what tells two offers of such a source
apart: an id made of a title changes with the title, and the offer's history ends there.
"""

from typing import Final

import polars as pl

from sparfuchs.ingest.stated import absent, stripped
from sparfuchs.kernel.frames import hash_rows

# Attributes as operators call them -> stated columns.
_STATED: Final = {"link": "landing", "image_link": "image", "color": "colour"}


def offer_ids(stated: pl.DataFrame, id_from: tuple[str, ...]) -> pl.Series:
    """The stated id; where there is none, what the rule makes of other attributes.

    One attribute is the id itself; several give 16 hex digits of the xxh3 of their texts. Null
    where nothing of it is stated.
    """
    given = stripped(stated, "id")
    if not id_from or given.null_count() == 0:
        return given
    parts = [stripped(stated, _STATED.get(name, name)) for name in id_from]
    if len(parts) == 1:
        return pl.select(pl.coalesce(given, parts[0])).to_series()
    frame = pl.DataFrame({str(place): part for place, part in enumerate(parts)})
    if all(absent(part) for part in parts):
        return given
    # A loop over hashes: sixteen hex digits are no expression.
    texts = [f"{value:016x}" for value in hash_rows(frame, frame.columns).tolist()]
    stated_any = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    made = pl.select(pl.when(stated_any).then(pl.Series(texts, dtype=pl.String))).to_series()
    return pl.select(pl.coalesce(given, made)).to_series()
