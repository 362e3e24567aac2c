"""Does any damage to a feed crash a reader, lose a row, or bring a wrong price through?

Question: of feeds in every format, damaged in one of a dozen ways, is each either refused whole
with a sentence, or read with every record an offer or a rejection; which rule caught how many rows;
and how many accepted prices are not those of the undamaged feed, by kind of damage?
Data: the same goods written in each format from a seed (`_feeds`), one damage a file.
Control: each format's undamaged feed, whose prices must all come through.

A price that is wrong although the file itself shows the fault (a decimal sign unlike all others,
a torn row) is a mistake of ours and must not occur in `shown`; a digit changed inside of a number
shows nowhere in the file, and such prices are counted in `hidden`.

Run: python benchmarks/fuzz_feeds.py --files 11000        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from _feeds import SAID, WRITERS, Good, goods
from sparfuchs.ingest.api import FeedSettings, document_from, nothing_known, read
from sparfuchs.ingest.payload import Payload
from sparfuchs.kernel.errors import FeedUnreadable

Damage = Callable[[str, random.Random], bytes]
ADDRESS = "https://shop.example/products/feed"
# Rejected rows beyond this share hold a first run whole (R-F-2).
HELD_SHARE = 0.2


def _cut(text: str, chance: random.Random) -> int:
    return chance.randrange(1, max(2, len(text)))


def truncated(text: str, chance: random.Random) -> bytes:
    raw = text.encode()
    return raw[: chance.randrange(len(raw))]


def reencoded(text: str, chance: random.Random) -> bytes:
    kind = chance.choice(("utf-16", "cp1252", "utf-8-sig", "utf-32", "twice", "cp1251-lossy"))
    if kind == "twice":
        return text.encode().decode("cp1252", "replace").encode()
    name = kind.removesuffix("-lossy")
    return text.encode(name, "replace")


def header_shuffled(text: str, chance: random.Random) -> bytes:
    """Names of columns or elements change their places: the file contradicts itself nowhere."""
    if "<" in text:
        names = sorted(set(re.findall(r"</([A-Za-z:_]+)>", text)))
        one, other = chance.sample(names, 2) if len(names) > 1 else (names[0], names[0])
        swap = {one: other, other: one}
        return re.sub(
            r"(</?)([A-Za-z:_]+)", lambda m: f"{m[1]}{swap.get(m[2], m[2])}", text
        ).encode()
    if text.lstrip()[:1] in "{[":
        names = sorted(set(re.findall(r'"(\w+)":', text)))
        one, other = chance.sample(names, 2)
        swap = {one: other, other: one}
        return re.sub(r'"(\w+)":', lambda m: f'"{swap.get(m[1], m[1])}":', text).encode()
    head, _, body = text.partition("\n")
    sign = next(sign for sign in "\t;," if sign in head)
    names = head.split(sign)
    chance.shuffle(names)
    return (sign.join(names) + "\n" + body).encode()


def tags_broken(text: str, chance: random.Random) -> bytes:
    """Signs that give a file its structure are lost, doubled or changed, a few of them."""
    signs = [match.start() for match in re.finditer(r'[<>/"{}\[\]:,;\t]', text)]
    letters = list(text)
    for place in chance.sample(signs, min(len(signs), chance.randrange(1, 6))):
        letters[place] = chance.choice(("", letters[place] * 2, chance.choice('<>/"{}[],;\t')))
    return "".join(letters).encode()


_DECIMAL = re.compile(r"(?<![\d.,])(\d+)([.,])(\d\d)(?!\d)")


def decimals_swapped(text: str, chance: random.Random) -> bytes:
    """Some prices have the other decimal sign; the rest of the file shows that it is another."""
    part = chance.uniform(0.02, 0.3)

    def swap(match: re.Match[str]) -> str:
        if chance.random() > part:
            return match[0]
        return f"{match[1]}{',' if match[2] == '.' else '.'}{match[3]}"

    return _DECIMAL.sub(swap, text).encode()


def all_decimals_swapped(text: str, _: random.Random) -> bytes:
    return _DECIMAL.sub(lambda m: f"{m[1]}{',' if m[2] == '.' else '.'}{m[3]}", text).encode()


def grouped(text: str, chance: random.Random) -> bytes:
    """Thousands get their sign, now and then the wrong one."""
    sign = chance.choice((".", ",", " ", "'"))

    def group(match: re.Match[str]) -> str:
        whole = match[1]
        if len(whole) < 4 or chance.random() < 0.5:
            return match[0]
        return f"{whole[:-3]}{sign}{whole[-3:]}{match[2]}{match[3]}"

    return _DECIMAL.sub(group, text).encode()


def bytes_flipped(text: str, chance: random.Random) -> bytes:
    raw = bytearray(text.encode())
    for _ in range(chance.randrange(1, 12)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def piece_lost(text: str, chance: random.Random) -> bytes:
    start = _cut(text, chance)
    return (text[:start] + text[start + chance.randrange(1, 200) :]).encode()


def piece_doubled(text: str, chance: random.Random) -> bytes:
    start = _cut(text, chance)
    end = start + chance.randrange(1, 400)
    return (text[:end] + text[start:end] + text[end:]).encode()


def noise_added(text: str, chance: random.Random) -> bytes:
    noise = chance.choice(
        ("\x00", "\x1f\x1e", "\u202e", "<!--", "-->", "<![CDATA[", "]]>", "&nbsp;", "&#0;", '"',
         "\r", "\n\n", "[" * 3000, "{" * 3000, "<a>" * 400, "9" * 5000, "\ufeff", "<!DOCTYPE x>",
         "&lol;", "%", "null", "\\u0000", "1e400")
    )  # fmt: skip
    start = _cut(text, chance)
    return (text[:start] + noise + text[start:]).encode("utf-8", "surrogatepass")


def rows_shuffled(text: str, chance: random.Random) -> bytes:
    lines = text.split("\n")
    chance.shuffle(lines)
    return "\n".join(lines).encode()


DAMAGES: dict[str, Damage] = {
    "truncated": truncated,
    "reencoded": reencoded,
    "header_shuffled": header_shuffled,
    "tags_broken": tags_broken,
    "decimals_swapped": decimals_swapped,
    "all_decimals_swapped": all_decimals_swapped,
    "grouped": grouped,
    "bytes_flipped": bytes_flipped,
    "piece_lost": piece_lost,
    "piece_doubled": piece_doubled,
    "noise_added": noise_added,
    "rows_shuffled": rows_shuffled,
}
# Damages after which the file itself shows which price cannot be right.
SHOWN = frozenset({"decimals_swapped", "all_decimals_swapped", "grouped", "reencoded", "truncated"})


@dataclass
class Tally:
    """What came of the files of one kind of damage."""

    files: int = 0
    refused: int = 0
    held: int = 0
    offers: int = 0
    wrong_prices: int = 0
    wrong_in_files_let_through: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def one_file(
    path: Path, kind: str, truth: dict[str, Good], tally: Tally
) -> tuple[str | None, list[str]]:
    """Reads one damaged file. Gives what is wrong with us, if anything, and wrong prices."""
    document = document_from(path, name=ADDRESS)
    settings = FeedSettings.from_pairs(SAID.get(kind, {}))
    accepted = rejected = records = 0
    wrong: list[str] = []
    try:
        reading = read(Payload((document,)), settings, known=nothing_known)
        for batch in reading:
            accepted += batch.offers.height
            rejected += batch.rejections.height
            records += batch.records
            for reason in batch.rejections["reason"]:
                tally.reasons[reason] += 1
            columns = ("source_offer_id", "regular_minor", "sale_minor", "currency")
            for name, regular, sale, currency in batch.offers.select(columns).rows():
                good = truth.get(name)
                price = sale if sale is not None else regular
                if good is None or (price, currency) == (good.minor, "EUR"):
                    continue
                # A sale price that is gone leaves the plain one, which the file states as well.
                if price == good.old and currency == "EUR" and sale is None:
                    continue
                wrong.append(f"{name}: {price} {currency} for {good.minor}")
    except FeedUnreadable:
        tally.refused += 1
        return None, []
    tally.offers += accepted
    tally.wrong_prices += len(wrong)
    total = accepted + rejected
    if total and rejected / total > HELD_SHARE:
        tally.held += 1
    else:
        tally.wrong_in_files_let_through += len(wrong)
    found = reading.detected.format.value
    # A Shopify product is one record and as many offers as it has variants.
    if total < records or (total > records and found != "shopify-json"):
        return f"{records} records, but {accepted} offers and {rejected} rejections", wrong
    return None, wrong


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--files", type=int, default=1100)
    arguments.add_argument("--rows", type=int, help="a tenth of it are the files of a smoke run")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    files = chosen.rows // 10 if chosen.rows else chosen.files
    began = time.perf_counter()
    tallies: dict[str, Tally] = defaultdict(Tally)
    crashes: list[str] = []
    unaccounted: list[str] = []
    shown: list[str] = []
    chance = random.Random(chosen.seed)
    kinds, damages = list(WRITERS), list(DAMAGES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        for kind in kinds:
            rows = goods(20, random.Random(chosen.seed))
            path.write_bytes(WRITERS[kind](rows).encode())
            fault, wrong = one_file(path, kind, {g.id: g for g in rows}, tallies["undamaged"])
            tallies["undamaged"].files += 1
            if fault or wrong:
                raise SystemExit(f"undamaged {kind}: {fault} {wrong}")
        for number in range(files):
            kind = kinds[number % len(kinds)]
            damage = damages[number // len(kinds) % len(damages)]
            rows = goods(chance.randrange(1, 40), chance)
            path.write_bytes(DAMAGES[damage](WRITERS[kind](rows), chance))
            tally = tallies[damage]
            tally.files += 1
            try:
                fault, wrong = one_file(path, kind, {g.id: g for g in rows}, tally)
            except Exception:  # noqa: BLE001 - what this script looks for
                kept = Path(tempfile.gettempdir()) / f"fuzz-{number}-{kind}-{damage}"
                kept.write_bytes(path.read_bytes())
                crashes.append(f"{kept}: {traceback.format_exc(limit=-2)}")
                continue
            if fault:
                unaccounted.append(f"{number} {kind} {damage}: {fault}")
            if damage in SHOWN:
                shown.extend(f"{number} {kind} {damage}: {each}" for each in wrong)
    result = {
        "files": files,
        "seconds": round(time.perf_counter() - began, 1),
        "crashes": crashes,
        "unaccounted": unaccounted,
        "wrong_although_shown": shown,
        "by_damage": {
            name: {
                "files": tally.files,
                "refused": tally.refused,
                "held": tally.held,
                "offers": tally.offers,
                "wrong_prices": tally.wrong_prices,
                "wrong_in_files_let_through": tally.wrong_in_files_let_through,
                "rejected": dict(tally.reasons.most_common()),
            }
            for name, tally in tallies.items()
        },
    }
    print(json.dumps(result, indent=None if chosen.json else 2))
    if crashes or unaccounted:
        sys.exit(1)


if __name__ == "__main__":
    main()
