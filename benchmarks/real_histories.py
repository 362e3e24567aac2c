"""What does the verdict say of real price histories?

Question: of goods that an Austrian grocer marked as lowered, what is the verdict, today and at each
cut of the last two years; how many savings announced in weekly South African price lists hold; what
is found in two real shops' feeds over months.
Data: `prices-at-groceries`, `prices-za-groceries`, `feed-groundies-history`,
`feed-babynatur-csv-history` beside the checkout (`--data`); nothing of them is copied. Without them
the script says so and measures nothing.
Control, in the same run: what the shop's own mark or number says of the same cut.

Run: python benchmarks/real_histories.py     (--write docs also draws the charts of
docs/real-histories.md; add --json for one JSON object)

Last result: see docs/real-histories.md.
"""

import argparse
import csv
import gzip
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from _bench import fresh_installation
from _chart import bars, steps
from sparfuchs.flows.assay import assay
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.misleading import misleading_merchants
from sparfuchs.flows.read_and_judge import judge, read_and_judge
from sparfuchs.flows.release import release_run
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing import api as pricing

VIENNA, JOHANNESBURG = "Europe/Vienna", "Africa/Johannesburg"
DATA = Path(__file__).parents[2] / "shared" / "data"
DAILY_CARRY = timedelta(hours=48)
# What the shop's readings assert by the rule: twice the interval, at most 72 hours.
WEEKLY_CARRY = timedelta(hours=72)
DAY = 86_400_000_000
LATELY = timedelta(days=730)
Json = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", type=Path, help="folder for the charts")
    parser.add_argument("--rows", type=int, default=0, help="a quick look at so many; 0: all")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result: Json = {"benchmark": "real_histories"}
    parts = {
        "at": ("prices-at-groceries", austria),
        "za": ("prices-za-groceries", south_africa),
        "groundies": ("feed-groundies-history", groundies),
        "babynatur": ("feed-babynatur-csv-history", babynatur),
    }
    for name, (folder, measure) in parts.items():
        place = given.data / folder
        if place.exists():
            result[name] = measure(place, given.rows, given.write)
        else:
            result[name] = f"skipped: {place} is not there"
    print(json.dumps(result, indent=None if given.json else 1, ensure_ascii=False))


# --- Austria: goods marked as lowered -------------------------------------------------------------


def austria(folder: Path, most: int, charts: Path | None) -> Json:
    """Verdicts on the goods of the list "Preisgesenkt": at the end, and at each cut lately."""
    marked = json.loads(gzip.decompress((folder / "preisgesenkt-cart.json.gz").read_bytes()))
    items = marked["items"][: most // 40 or None]
    histories = [_changes(item["priceHistory"]) for item in items]
    at = max(history[-1][0] for history in histories) + timedelta(days=1)
    known = _Changes(histories, at)
    now = known.at(at)
    cuts = [
        (number, moment)
        for number, history in enumerate(histories)
        for (_, before), (moment, price) in pairwise(history)
        if price < before and moment > at - LATELY
    ]
    at_cuts = pl.concat(
        known.at(moment + timedelta(hours=1), [number]) for number, moment in sorted(cuts)
    )
    raised = at_cuts["flags"].list.contains("recent_raise")
    told = [_told(items[number], now.row(number, named=True)) for number in range(len(items))]
    if charts is not None:
        steps(
            charts / "real-raised-then-cut.svg",
            "Zuerst teurer, dann „preisgesenkt“: zwei Artikel der Liste",
            {items[n]["name"]: _lately(histories[n], at) for n in _raised_first(histories)[:2]},
            until=at,
        )
        bars(
            charts / "real-verdicts.svg",
            "Als „preisgesenkt“ geführt: was die eigene Preisgeschichte sagt",
            {
                "heute": _mix(now),
                "am Tag jeder Senkung": _mix(at_cuts),
            },
        )
    return {
        "items": len(items),
        "as_of": at.date().isoformat(),
        "lines": sum(map(len, histories)),
        "now": _mix(now),
        "now_stale": int(now["flags"].list.contains("stale").sum()),
        "now_badge": int(now["badge"].sum()),
        "days_since_last_change_median": float(
            np.median([(at - history[-1][0]).days for history in histories])
        ),
        "last_change_was_a_rise": sum(
            len(history) > 1 and history[-1][1] > history[-2][1] for history in histories
        ),
        "dearer_than_a_year_before": sum(_year_ago(history, at) for history in histories),
        "cuts": at_cuts.height,
        "at_cuts": _mix(at_cuts),
        "cuts_after_a_raise": int(raised.sum()),
        "cuts_after_a_raise_mix": _mix(at_cuts.filter(raised)),
        "looked_at": told[:10] if len(told) < 10 else [told[n] for n in _spread(len(told), 10)],
    }


def _changes(lines: list[Json]) -> list[tuple[datetime, int]]:
    """Day and price in cents, oldest first; a price is weighed once a day."""
    by_day = {
        datetime.fromisoformat(line["date"]).replace(tzinfo=UTC): round(line["price"] * 100)
        for line in lines
        if line["price"] > 0
    }
    return sorted(by_day.items())


class _Changes:
    """Histories that list only their changes, and the verdict on any of them at any moment.

    Whoever wrote the changes down looked every day: so each price was read daily until the next.
    """

    def __init__(self, histories: list[list[tuple[datetime, int]]], end: datetime) -> None:
        carry = DAILY_CARRY // timedelta(microseconds=1)
        self._ids = [(number + 1) << 32 for number in range(len(histories))]
        self._spans = pricing.fold(
            pl.DataFrame(
                [
                    (own, moment, price, "EUR")
                    for own, history in zip(self._ids, histories, strict=True)
                    for moment, price in history
                ],
                schema={
                    "series": pl.Int64(),
                    "at": UTC_TIME,
                    "price_minor": pl.Int64(),
                    "currency": pl.String(),
                },
                orient="row",
            )
        )
        self._lines = {
            own >> 32: pricing.timeline_of(
                np.arange(_micros(history[0][0]), _micros(end), DAY, dtype=np.int64), carry
            )
            for own, history in zip(self._ids, histories, strict=True)
        }

    def at(self, moment: datetime, numbers: list[int] | None = None) -> pl.DataFrame:
        ids = self._ids if numbers is None else [self._ids[number] for number in numbers]
        offers = pl.DataFrame({"offer_id": ids}, schema={"offer_id": pl.Int64()})
        own = self._spans.filter(pl.col("offer_id").is_in(ids))
        return pricing.judge_spans(own, offers, self._lines, _always, at=moment, zone=VIENNA)


def _always(
    offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whoever wrote the changes down looked every day."""
    del start, end
    return np.ones(len(offers), dtype=np.bool_)


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _year_ago(history: list[tuple[datetime, int]], at: datetime) -> bool:
    """Whether a "lowered" price is above that of a year before."""
    before = [price for moment, price in history if moment <= at - timedelta(days=365)]
    return bool(before) and history[-1][1] > before[-1]


def _raised_first(histories: list[list[tuple[datetime, int]]]) -> list[int]:
    """Places of histories whose last two steps are a rise and a cut back, the largest first."""
    scored = [
        (history[-2][1] / history[-3][1], number)
        for number, history in enumerate(histories)
        if len(history) > 6
        and history[-2][1] > history[-3][1]
        and history[-3][1] <= history[-1][1] < history[-2][1]
        and (history[-1][0] - history[-2][0]).days < 120
    ]
    return [number for _, number in sorted(scored, reverse=True)]


def _lately(history: list[tuple[datetime, int]], at: datetime) -> list[tuple[datetime, int]]:
    """The last two years, beginning with the price at their start."""
    start = at - LATELY
    before = [(start, price) for moment, price in history if moment <= start][-1:]
    return before + [one for one in history if one[0] > start]


def _told(item: Json, found: Json) -> Json:
    return {
        "name": item["name"],
        "history": [f"{line['date']} {line['price']:.2f}" for line in item["priceHistory"][:5]],
        "verdict": found["verdict"],
        "flags": found["flags"],
        "text": pricing.explain(found, "de", zone=VIENNA).price.replace("\N{NO-BREAK SPACE}", " "),
    }


def _spread(total: int, wanted: int) -> list[int]:
    return [place * total // wanted for place in range(wanted)]


def _mix(found: pl.DataFrame) -> dict[str, int]:
    """How many of each verdict; a real cut that is the normal price by now is one of its own."""
    names = found.select(
        pl.when(
            pl.col("flags").list.contains("stale")
            & pl.col("verdict").cast(pl.String).is_in(["genuine", "small", "plausible"])
        )
        .then(pl.lit("stale"))
        .otherwise(pl.col("verdict").cast(pl.String))
        .alias("verdict")
    )["verdict"]
    return dict(sorted(Counter(names.to_list()).items()))


# --- South Africa: announced savings in weekly lists ----------------------------------------------


def south_africa(folder: Path, most: int, charts: Path | None) -> Json:
    """Whether the old prices that Pick n Pay prints beside a price hold."""
    del charts
    lists = sorted(folder.glob("pnp_*.csv.gz"))[: 8 if most else None]
    rows = pl.concat(_list(path, most) for path in lists)
    # A list that was cut short says nothing of what is missing in it, and little of the rest.
    members = pl.col("promotion").str.contains(r"(?i)member")
    several = pl.col("promotion").str.contains(r"(?i)\bfor\b|buy|combo|save|%")
    announced = rows.filter((pl.col("old_minor") > pl.col("price_minor")) & ~members & ~several)
    labelled = pricing.Labelled(
        observations=rows.group_by("series", "seen_at").agg(
            pl.col("price_minor").min(),
            pl.lit("ZAR").alias("currency"),
            pl.lit(value=True).alias("available"),
        ),
        claims=announced.select(
            "series",
            pl.col("seen_at").alias("at"),
            pl.lit(None, dtype=pl.Int16).alias("percent"),
            pl.col("old_minor").alias("reference_minor"),
            pl.lit("previous").alias("kind"),
        ).unique(["series", "at"]),
        truth=announced.select("series", pl.col("seen_at").alias("at")).unique(),
    )
    after = announced["seen_at"].min()
    assert isinstance(after, datetime)
    found = {}
    for name, carry in (("by the rule, 72 h", WEEKLY_CARRY), ("held until the next list", _WEEK)):
        verdicts = pricing.judge_labelled(labelled, carry=carry, zone=JOHANNESBURG)
        late = verdicts.filter(pl.col("at") > after + timedelta(days=45))
        found[name] = {
            "all": _counts(verdicts),
            "with at least 45 days of lists before": _counts(late),
        }
    return {
        "lists": rows["seen_at"].n_unique(),
        "rows": rows.height,
        "names": rows["series"].n_unique(),
        "announced": labelled.claims.height,
        "announced_percent_median": _median_percent(announced),
        "found": found,
        "old_price_as_in_the_list_before": _as_before(rows, announced),
    }


_WEEK = timedelta(days=8)


def _list(path: Path, most: int) -> pl.DataFrame:
    day = re.search(r"(\d{4}-\d\d-\d\d)", path.name)
    assert day is not None
    seen_at = datetime.fromisoformat(day[1]).replace(hour=10, tzinfo=UTC)
    reader = csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8")))
    rows = [
        (row["name"], seen_at, _cents(row["price"]), _cents(row["old_price"]), row["promotion"])
        for row in reader
    ]
    return pl.DataFrame(
        rows[: most or None],
        schema={
            "series": pl.String(),
            "seen_at": UTC_TIME,
            "price_minor": pl.Int64(),
            "old_minor": pl.Int64(),
            "promotion": pl.String(),
        },
        orient="row",
    ).filter(pl.col("price_minor") > 0)


def _cents(text: str) -> int | None:
    plain = text.replace(",", "").strip()
    return round(float(plain) * 100) if re.fullmatch(r"\d+(\.\d+)?", plain) else None


def _counts(found: pl.DataFrame) -> Json:
    return {
        "rows": found.height,
        "verdict": dict(sorted(Counter(found["verdict"].to_list()).items())),
        "claim": dict(sorted(Counter(found["claim_verdict"].to_list()).items())),
    }


def _median_percent(announced: pl.DataFrame) -> float | None:
    found = announced.select(
        (100 - pl.col("price_minor") * 100 / pl.col("old_minor")).median()
    ).item()
    return None if found is None else round(float(found), 1)


def _as_before(rows: pl.DataFrame, announced: pl.DataFrame) -> Json:
    """Whether the old price named is what the newest list before without a saving asked."""
    plain = rows.filter(pl.col("old_minor").is_null()).select(
        "series", "seen_at", asked="price_minor"
    )
    before = announced.sort("seen_at").join_asof(
        plain.sort("seen_at"),
        on="seen_at",
        by="series",
        strategy="backward",
        check_sortedness=False,
    )
    known = before.filter(pl.col("asked").is_not_null())
    asked, old = known["asked"], known["old_minor"]
    return {
        "known": known.height,
        "equal": int((asked == old).sum()),
        "old_price_higher": int((old > asked).sum()),
        "old_price_lower": int((old < asked).sum()),
    }


# --- two shops through the whole line -------------------------------------------------------------


def groundies(folder: Path, most: int, charts: Path | None) -> Json:
    del charts
    feeds = {
        name: sorted(folder.glob(f"*_{name}.xml.gz"))[: 2 if most else None]
        for name in ("products", "merchant_feed")
    }
    return _read(feeds, "Groundies", {"currency": "USD"})


def babynatur(folder: Path, most: int, charts: Path | None) -> Json:
    del charts
    feeds = {"feed": sorted(folder.glob("*_feed.csv.gz"))[: 2 if most else None]}
    return _read(feeds, "Babynatur", {})


def _read(feeds: dict[str, list[Path]], merchant: str, settings: dict[str, str]) -> Json:
    with fresh_installation() as (here, _folder):
        told: Json = {}
        last = datetime(2020, 1, 1, tzinfo=UTC)
        for name, paths in feeds.items():
            reports: list[Report] = []
            held: list[str] = []
            for path in paths:
                at = datetime.fromisoformat(path.name[:10]).replace(hour=6, tzinfo=UTC)
                source = add_source(here, merchant, name, str(path), settings, now=at)
                report = read_and_judge(here, source, at=at, now=at)
                if report.held:  # as an operator would who knows that the shop moved its ids
                    held.append(f"{at:%Y-%m-%d}: {'; '.join(d.text for d in report.run.doubts)}")
                    report = release_run(here, f"{source.path}:{report.run.number}", now=at)
                    judge(here, report)
                reports.append(report)
                last = max(last, at)
            told[name] = {
                "snapshots": len(reports),
                "held_and_released": held,
                "rejected": dict(sum((Counter(r.run.counts.rejected) for r in reports), Counter())),
                "changed": sum(report.run.counts.changed for report in reports),
            }
        found = assay(here, now=last)
        assert found is not None
        told["verdicts"] = _verdicts(here)
        told["patterns"] = {
            one["pattern"]: one["offers"]
            for row in misleading_merchants(here)
            for one in row["patterns"]
        }
        told["odd_prices"] = _odd(here)
        return told


def _verdicts(here: Installation) -> Json:
    with here.database.reading() as work:
        ids = work.fetch_frame(
            "SELECT offer_id FROM verdicts ORDER BY 1", {}, schema={"offer_id": pl.Int64()}
        )["offer_id"]
        found = pricing.verdicts_of(work, ids.to_numpy())
    reasons = Counter(found["reason"].cast(pl.String).fill_null("").to_list())
    return {
        "offers": found.height,
        "mix": _mix(found),
        "claims": dict(Counter(found["claim_verdict"].cast(pl.String).to_list())),
        "reasons": {name: count for name, count in sorted(reasons.items()) if name},
    }


def _odd(here: Installation) -> int:
    with here.database.reading() as work:
        return int(
            work.execute("SELECT count(*) FROM ratings WHERE times IS NOT NULL").scalar_one()
        )


if __name__ == "__main__":
    main()
