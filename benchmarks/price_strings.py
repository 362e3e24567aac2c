"""How are prices of real pages read, and where do we read otherwise on purpose?

Question: of the labelled price texts in `data/price-strings`, and of our own corpus of tricky
prices, how many does the reader of human prices read right, wrong, and deliberately otherwise (and
why); and does the strict grammar of machine formats ever take a wrong amount from them?
Data: the reference data beside the checkout; what is not there is said and left out.
Control: the plain way, the first number of the text with its last sign as the decimal one.

Run: python benchmarks/price_strings.py            (add --json for one JSON object)
     python benchmarks/price_strings.py --show     (every text that is not read right)

Last result: see docs/numbers.md.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from sparfuchs.ingest.human_prices import currency_code, find_prices, one_price
from sparfuchs.ingest.prices import Amount, Grammar, amounts, minor_units
from sparfuchs.kernel.money import DECIMALS
from sparfuchs.kernel.outcome import Reason

FILE = Path(__file__).parents[2] / "shared" / "data" / "price-strings" / "price_strings.jsonl"
_NUMBER = re.compile(r"[0-9][0-9.,]*")


def expected(line: dict[str, Any]) -> Decimal | None:
    return Decimal(line["amount"]) if line["amount"] is not None else None


def value(amount: Amount) -> Decimal:
    return Decimal(f"{amount.whole}.{amount.fraction or 0}")


def ours(line: dict[str, Any]) -> Decimal | Reason | None:
    """The human reader on the text, with what stands beside it and the label's decimal sign."""
    text = line["price_raw"] or ""
    read = one_price(text, style=line.get("decimal_separator"))
    return value(read) if isinstance(read, Amount) else read


def strict(line: dict[str, Any]) -> Decimal | Reason | None:
    """The grammar of machine formats, as for a feed in euros that states no currency."""
    read = amounts(pl.Series([line["price_raw"]], dtype=pl.String), Grammar(".", lenient=True))
    minor, reason = minor_units(read, pl.Series(["EUR"])).row(0)
    if reason is None and minor is not None:
        return Decimal(minor) / 100
    return Reason(reason) if reason else None


def plain(line: dict[str, Any]) -> Decimal | Reason | None:
    found = _NUMBER.search(line["price_raw"] or "")
    if found is None:
        return None
    number = found[0].strip(".,")
    whole, sign, fraction = re.match(r"^(.*?)(?:([.,])([0-9]{1,2}))?$", number).groups()  # type: ignore[union-attr]
    return Decimal(re.sub("[.,]", "", whole) + ("." + fraction if sign else ""))


def on_purpose(line: dict[str, Any], read: Decimal | Reason | None) -> str | None:
    """Why a text that is read otherwise than labelled is meant to be."""
    text = line["price_raw"] or line["currency_raw"] or ""
    label = expected(line)
    if isinstance(read, Reason):
        if label is not None and not any(sign.isdigit() for sign in text):
            return "no digit in the text"
        if label is None:
            return None
        if re.search(r"[.,][.,]|[.,]\d+[.,]\d", text) and not re.search(r"\d[.,]\d{3}[.,]", text):
            return "signs that no way of writing has"
        found = find_prices(text, style=line.get("decimal_separator"), bare=True)
        if any(one.doubtful for one in found):
            return "thousands or decimals: nothing says which"
        if len(found) > 1:
            return "several amounts; the label takes the first (R-F-5)"
        if found and found[0].kind != "price":
            return f"no price to compare: {found[0].kind} (R-F-5)"
    return None


def judge(
    lines: list[dict[str, Any]], reader: Callable[[dict[str, Any]], Decimal | Reason | None]
) -> tuple[Counter[str], Counter[str], list[str]]:
    verdicts, reasons = Counter[str](), Counter[str]()
    shown = []
    for line in lines:
        read, label = reader(line), expected(line)
        none = read is None or isinstance(read, Reason)
        if (none and label is None) or read == label:
            verdicts["right"] += 1
            continue
        why = on_purpose(line, read)
        if why is not None:
            verdicts["deliberately_different"] += 1
            reasons[why] += 1
        else:
            verdicts["refused" if none else "wrong"] += 1
        raw = (line["currency_raw"], line["price_raw"])
        shown.append(f"{why or ('REFUSED' if none else 'WRONG')}: {raw} -> {read}, label {label}")
    return verdicts, reasons, shown


def currencies(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Currencies that the labels name: known to us, known as that of several countries, unknown."""
    names = [line["currency"] for line in lines if line["currency"]]
    known = sum(currency_code(name) in DECIMALS for name in names)
    return {"labelled": len(names), "one_country": known}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, help="taken for the smoke run; texts are few")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--show", action="store_true")
    chosen = arguments.parse_args()
    if not FILE.exists():
        print(json.dumps({"skipped": "the reference data is not beside the checkout"}))
        return
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    verdicts, reasons, shown = judge(lines, ours)
    if chosen.show:
        shown += [f"MACHINE {each}" for each in judge(lines, strict)[2] if each[:5] == "WRONG"]
        print("\n".join(sorted(shown)))
        return
    machine, _, _ = judge(lines, strict)
    control, _, _ = judge(lines, plain)
    result = {
        "texts": len(lines),
        "human": dict(verdicts),
        "on_purpose": dict(reasons.most_common()),
        "machine_grammar": dict(machine),
        "control_first_number": dict(control),
        "currencies": currencies(lines),
    }
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
