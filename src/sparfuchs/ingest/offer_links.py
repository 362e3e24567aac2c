"""Where an offer leads, and its pictures."""

import polars as pl

from sparfuchs.ingest.stated import absent, stripped
from sparfuchs.ingest.urls import behind_affiliate, canonical_urls, is_affiliate


def offer_links(
    stated: pl.DataFrame, columns: dict[str, pl.Series], flags: dict[str, pl.Series]
) -> None:
    """Landing page in canonical form; a network's link is kept apart and never is one (R-U-3)."""
    landing, affiliate = stripped(stated, "landing"), stripped(stated, "affiliate")
    if not absent(landing):
        foreign = landing.to_frame("url").select(is_affiliate(pl.col("url"))).to_series()
        foreign = foreign.fill_null(value=False)
        if foreign.any():
            # A loop over the links through networks: their target is inside a parameter.
            links = landing.filter(foreign).unique()
            behind = pl.Series([behind_affiliate(link) for link in links], dtype=pl.String)
            target = landing.replace_strict(links, behind, default=None, return_dtype=pl.String)
            affiliate = pl.select(
                pl.coalesce(affiliate, pl.when(foreign).then(landing))
            ).to_series()
            landing = pl.select(pl.when(foreign).then(target).otherwise(landing)).to_series()
        canonical = canonical_urls(landing)
        flags["bad_url"] = landing.is_not_null() & canonical.is_null()
        landing = canonical
    columns["landing_url"] = landing
    columns["affiliate_url"] = affiliate


def image_urls(stated: pl.DataFrame) -> pl.Series:
    """Image addresses as a list; a comma parts them only where the next address begins."""
    present = [
        stripped(stated, name) for name in ("image", "more_images") if name in stated.columns
    ]
    present = [column for column in present if not absent(column)]
    if not present:
        return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, stated.height)
    joined = pl.select(
        pl.concat_str(
            *(c.alias(str(i)) for i, c in enumerate(present)), separator="\n", ignore_nulls=True
        )
    ).to_series()
    if len(present) > 1 or joined.str.contains(r"[,\s]").any():
        joined = joined.str.replace_all(r"[,\s]+(https?://)", "\n$1")
    lists = joined.str.strip_chars().str.split("\n")
    return (
        lists.list.eval(pl.element().filter(pl.element() != "")) if joined.eq("").any() else lists
    )
