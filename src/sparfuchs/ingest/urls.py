"""One spelling for the same address, for identity (domain.md 1.13, R-U-1 to R-U-3).

Addresses that are already in that spelling, or need no more than their tracking parameters cut off,
are dealt with by expressions over the column. The rest goes through a WHATWG parser, one by one.
"""

import re
from typing import Final
from urllib.parse import unquote

import ada_url
import polars as pl

# Parameters that say where a visitor came from. Never among them: variant, sku, id, pid, p, q,
# color, size, lang, currency, sid (R-S-1 and 1.13), which say what is shown.
_TRACKING: Final = (
    r"(?:utm_[^=&#]*|mtm_[^=&#]*|pk_[^=&#]*|hsa_[^=&#]*|gclid|gbraid|wbraid|dclid|gad_source|srsltid"
    r"|fbclid|msclkid|ttclid|twclid|yclid|igshid|li_fat_id|epik|mc_cid|mc_eid|_ga|_gl|awc|sv1"
    r"|sv_campaign_id|cjevent|cjdata|irclickid|irgwc|ranMID|ranEAID|ranSiteID|siteID|tduid|zanpid"
    r"|wt_mc|adword|campaignid)"
)
_IS_TRACKING: Final = re.compile(_TRACKING)
_PATH: Final = r"[A-Za-z0-9._~!$&()*+,;=:@/-]*"
_VALUE: Final = r"[A-Za-z0-9._~!$()*+,;:@/-]*"
_NAME: Final = r"[A-Za-z0-9._~!$()*+,;:@/-]+"
# Host in lower case with a last label of letters (no address of numbers), no port, no dot segment.
_SIMPLE: Final = (
    rf"^https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{{2,}}/{_PATH}"
    rf"(?:\?{_NAME}={_VALUE}(?:&{_NAME}={_VALUE})*)?$"
)
_PERCENT: Final = re.compile(r"%[0-9a-fA-F]{2}")
# Networks whose links lead on to a shop, and the parameter that says where to (R-U-3).
_DEEP_LINKS: Final = {
    "awin1.com": ("ued", "p"),
    "zenaps.com": ("ued", "p"),
    "linksynergy.com": ("murl",),
    "tradedoubler.com": ("url",),
    "dpbolvw.net": ("url",),
    "anrdoezrs.net": ("url",),
    "jdoqocy.com": ("url",),
    "kqzyfj.com": ("url",),
    "tkqlhce.com": ("url",),
}


def canonical_url(text: str) -> str | None:
    """The canonical spelling of one address, or None when it is no address of the web.

    Scheme and host in lower case, host in IDNA form, no default port, fragment, credentials or
    tracking parameter; parameters sorted by name, equal names in their order; percent-encoding in
    upper case; the path is left alone. canon(canon(u)) = canon(u) (R-U-1).
    """
    try:
        url = ada_url.URL(text.strip())
    except ValueError:
        return None
    if url.protocol not in {"http:", "https:"} or not url.hostname:
        return None
    kept = [
        part
        for part in url.search.removeprefix("?").split("&")
        if part and not _IS_TRACKING.fullmatch(part.split("=", 1)[0])
    ]
    kept.sort(key=lambda part: part.split("=", 1)[0])
    query = f"?{'&'.join(kept)}" if kept else ""
    rest = _PERCENT.sub(lambda code: code[0].upper(), url.pathname + query)
    return f"{url.protocol}//{url.host}{rest}"


def canonical_urls(column: pl.Series) -> pl.Series:
    """Canonical addresses of a column; null for what is no address of the web."""
    if column.null_count() == len(column):
        return column
    frame = (
        column.alias("url")
        .to_frame()
        .with_columns(
            simple=pl.col("url").str.contains(_SIMPLE)
            & ~pl.col("url").str.contains("/.", literal=True)
        )
    )
    asked = pl.col("url").str.contains("?", literal=True)
    if frame.select((asked & pl.col("simple")).any()).item():
        # The question mark becomes an ampersand so that one pattern finds every parameter.
        cut = pl.col("url").str.splitn("?", 2)
        query = ("&" + cut.struct.field("field_1")).str.replace_all(rf"&{_TRACKING}=[^&]*", "")
        frame = frame.with_columns(base=cut.struct.field("field_0"), query=query).with_columns(
            simple=pl.col("simple") & (pl.col("query").fill_null("").str.count_matches("&") < 2),  # noqa: PLR2004
            quick=pl.when(pl.col("query").fill_null("") == "")
            .then("base")
            .otherwise(pl.col("base") + "?" + pl.col("query").str.slice(1)),
        )
    else:
        frame = frame.with_columns(quick="url")
    others = frame.filter(~pl.col("simple"))["url"].drop_nulls().unique()
    if len(others) == 0:
        return frame["quick"].alias(column.name)
    # A loop over distinct addresses: the parser takes one a call (3 µs), and these are not simple.
    slow = pl.DataFrame(
        {"url": others, "canonical": pl.Series([canonical_url(u) for u in others], dtype=pl.String)}
    )
    return (
        frame.join(slow, on="url", how="left", maintain_order="left")
        .select(pl.when("simple").then("quick").otherwise("canonical"))
        .to_series()
        .alias(column.name)
    )


def is_affiliate(column: pl.Expr) -> pl.Expr:
    """Whether addresses are links of an affiliate network that we know."""
    hosts = "|".join(re.escape(host) for host in _DEEP_LINKS)
    # The first pattern is literals alone, which is ten times as fast and mostly the end of it.
    return column.str.contains(hosts) & column.str.contains(
        rf"^https?://(?:[^/?#@]*\.)?(?:{hosts})[/?:]"
    )


def behind_affiliate(text: str) -> str | None:
    """The landing page that a network's deep link leads to, decoded once; None: it does not say.

    For `?ued=https%3A%2F%2Fshop…` it is that parameter; we never pass on a third party's link
    (R-U-3).
    """
    try:
        url = ada_url.URL(text.strip())
    except ValueError:
        return None
    names = next((n for host, n in _DEEP_LINKS.items() if url.hostname.endswith(host)), ())
    for part in url.search.removeprefix("?").split("&"):
        name, _, value = part.partition("=")
        if name in names and (target := unquote(value)).startswith(("http://", "https://")):
            return target
    return None
