"""Suggest: what somebody may be about to type, while they type.

Every entry is found by the beginning of any of its words. Keys are sorted, so that what begins
alike lies together: two looks by halves give the stretch, and the entries in it with the most
listings are shown. Files are memory-mapped, and processes share their pages.
"""

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from sparfuchs.search.suggest_build import VERSION, Entries, Kind, keyed_text, write

Places = NDArray[np.int64]

MOST_SHOWN: Final = 10
# So many of a kind at most while there are others.
_OF_A_KIND: Final = {
    Kind.QUERY: 4,
    Kind.CATEGORY: 3,
    Kind.BRAND: 2,
    Kind.MERCHANT: 2,
    Kind.PRODUCT: 4,
}
_KINDS: Final = tuple(Kind)
_LOOKED_AT: Final = 60  # of the heaviest
_BEGINNING: Final = 1.5  # what it is worth that the text begins with it, beside a logarithm
_WIDE: Final = 200_000  # keys of a word that are met with those of other words
_MENDED_FROM: Final = 4  # letters of a word that may have a slip
_FEW: Final = 3  # entries that are enough not to look for a slip
_EIGHT: Final = 8
_KEPT: Final = 5_000  # answers
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MOST_LETTERS: Final = 60


@dataclass(frozen=True)
class Suggestion:
    """An entry with how many listings and deals there are; `value` is what its filter takes."""

    kind: Kind
    text: str
    value: str | None
    listings: int
    deals: int


class Suggestions:
    """Those of one installation, in a folder of their own. Safe to be asked from threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = threading.Lock()
        self._open: _Generation | None = None

    def ask(self, text: str, *, limit: int = MOST_SHOWN) -> list[Suggestion]:
        """What may be meant by the beginning of a text, the likeliest first; nothing while there
        are no suggestions yet, or no letters.
        """
        generation = self._generation()
        return [] if generation is None else generation.ask(keyed_text(text[:_MOST_LETTERS]), limit)

    @contextmanager
    def renewing(self) -> Iterator[Entries]:
        """Entries for new suggestions; they take the place of the old when the block ends well."""
        entries = Entries()
        yield entries
        name = f"v{VERSION}-{uuid4().hex[:12]}"
        folder = self._folder / name
        folder.mkdir(parents=True)
        try:
            write(entries.all(), folder)
            fresh = self._folder / f"current-{name}"
            fresh.write_text(name)
            fresh.replace(self._folder / "current")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for old in self._folder.iterdir():
            if old.is_dir() and old.name != name:  # who has it open keeps its pages
                shutil.rmtree(old, ignore_errors=True)

    def _generation(self) -> "_Generation | None":
        try:
            name = (self._folder / "current").read_text()
        except FileNotFoundError:
            return None
        if not name.startswith(f"v{VERSION}-"):
            return None
        with self._own:
            if self._open is None or self._open.name != name:
                try:
                    self._open = _Generation(self._folder / name)
                except FileNotFoundError:  # a newer one came in between
                    return self._open
            return self._open


class _Generation:
    """The files of one generation, mapped."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._weights = np.load(folder / "weights.npy", mmap_mode="r")
        self._kinds = np.load(folder / "kinds.npy", mmap_mode="r")
        self._counts = np.load(folder / "counts.npy", mmap_mode="r")
        self._keys = np.load(folder / "keys.npy", mmap_mode="r")
        self._starts = np.load(folder / "starts.npy", mmap_mode="r")
        self._first = np.load(folder / "first.npy", mmap_mode="r")
        self._texts = _Texts(folder, "texts")
        self._names = _Texts(folder, "shown")
        self._values = _Texts(folder, "values")
        self._own = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], list[Suggestion]] = OrderedDict()

    def ask(self, text: str, limit: int) -> list[Suggestion]:
        if not text.strip():
            return []
        with self._own:
            known = self._kept.get((text, limit))
        if known is not None:
            return known
        found = self._shown(self._heaviest(text), limit)
        if len(found) < _FEW:
            known_texts = {(one.kind, one.text) for one in found}
            found += [
                one for one in self._mended(text, limit) if (one.kind, one.text) not in known_texts
            ][: limit - len(found)]
        with self._own:
            self._kept[(text, limit)] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    # --- looking up -----------------------------------------------------------------------------

    def _heaviest(self, text: str) -> Places:
        """The entries with a word that begins so, or with words that begin with its words."""
        low, high = self._stretch(text.encode())
        entries, starts = self._keys[low:high], self._starts[low:high]
        weights = self._weights[entries] + _BEGINNING * (starts == 0)
        words = text.split()
        if len(words) > 1 and high - low < _FEW:
            entries = self._with_all(words)
            weights = self._weights[entries]
        if len(entries) > _LOOKED_AT:
            most = np.argpartition(-weights, _LOOKED_AT)[:_LOOKED_AT]
            entries, weights = entries[most], weights[most]
        order = np.lexsort((entries, -weights))
        # Two words of one text may begin so.
        once = dict.fromkeys(np.asarray(entries)[order].tolist())
        places: Places = np.fromiter(once, dtype=np.int64, count=len(once))
        return places

    def _with_all(self, words: list[str]) -> Places:
        """Entries with words that begin with each of these, in whatever order."""
        found: Places | None = None
        for low, high in sorted(
            (self._stretch(word.encode()) for word in words), key=lambda one: one[1] - one[0]
        ):
            entries = np.asarray(self._keys[low : min(high, low + _WIDE)])
            found = np.unique(entries) if found is None else np.intersect1d(found, entries)
            if not len(found):
                break
        return np.zeros(0, dtype=np.int64) if found is None else found

    def _stretch(self, beginning: bytes) -> tuple[int, int]:
        """Where the keys lie that begin so."""
        low, high = self._by_eight(np.array([_number(beginning)]), min(len(beginning), _EIGHT))
        if len(beginning) <= _EIGHT:
            return int(low[0]), int(high[0])
        return self._half(beginning, int(low[0]), int(high[0]), after=False), self._half(
            beginning, int(low[0]), int(high[0]), after=True
        )

    def _by_eight(self, numbers: NDArray[np.uint64], length: int) -> tuple[Places, Places]:
        low = np.searchsorted(self._first, numbers, side="left")
        span = np.uint64((1 << 8 * (_EIGHT - length)) - 1)
        high = np.searchsorted(self._first, numbers + span, side="right")
        return low.astype(np.int64), high.astype(np.int64)

    def _half(self, beginning: bytes, low: int, high: int, *, after: bool) -> int:
        """The first key from `low` on that does not come before a beginning, or after it."""
        while low < high:
            middle = (low + high) // 2
            key = self._key(middle, len(beginning))
            if key < beginning or (after and key == beginning):
                low = middle + 1
            else:
                high = middle
        return low

    def _key(self, place: int, length: int) -> bytes:
        entry = int(self._keys[place])
        start = int(self._starts[place])
        return self._texts.at(entry)[start : start + length]

    # --- slips ----------------------------------------------------------------------------------

    def _mended(self, text: str, limit: int) -> list[Suggestion]:
        """With one slip in one of the words: the other way of writing it that there is most of."""
        words = text.split()
        for place in sorted(range(len(words)), key=lambda one: -len(words[one])):
            word = words[place]
            if len(word) < _MENDED_FROM or not word.isalpha():
                continue
            others = self._there(_slips(word))
            for other in others:
                mended = " ".join([*words[:place], other, *words[place + 1 :]])
                found = self._shown(self._heaviest(mended), limit)
                if found:
                    return found
        return []

    def _there(self, words: list[str]) -> list[str]:
        """Those with which keys begin, the ones with most keys first."""
        short = [word[:_EIGHT] for word in words]
        counts = np.zeros(len(words), dtype=np.int64)
        for length in {len(word) for word in short}:
            places = [n for n, word in enumerate(short) if len(word) == length]
            numbers = np.array([_number(short[n].encode()) for n in places])
            low, high = self._by_eight(numbers, length)
            counts[places] = high - low
        there = [
            (int(counts[n]) if len(words[n]) <= _EIGHT else self._many(words[n]), words[n])
            for n in np.flatnonzero(counts).tolist()
        ]
        there.sort(key=lambda one: (-one[0], one[1]))
        return [word for count, word in there if count][:_FEW]

    def _many(self, word: str) -> int:
        low, high = self._stretch(word.encode())
        return high - low

    def _entry(self, place: int) -> Suggestion:
        listings, deals = self._counts[place].tolist()
        return Suggestion(
            kind=_KINDS[int(self._kinds[place])],
            text=self._names.at(place).decode(),
            value=self._values.at(place).decode() or None,
            listings=listings,
            deals=deals,
        )

    # --- showing --------------------------------------------------------------------------------

    def _shown(self, places: Places, limit: int) -> list[Suggestion]:
        """The heaviest, not all of one kind while there are others; each text once."""
        if not len(places):
            return []
        every = [self._entry(place) for place in places.tolist()]
        taken: list[Suggestion] = []
        passed: list[Suggestion] = []
        counts = dict.fromkeys(Kind, 0)
        for one in every:
            counts[one.kind] += 1
            (taken if counts[one.kind] <= _OF_A_KIND[one.kind] else passed).append(one)
        chosen = [*taken[:limit], *passed[: max(0, limit - len(taken))]]
        return sorted(chosen, key=every.index)


class _Texts:
    """Texts one after the other in a mapped file."""

    def __init__(self, folder: Path, name: str) -> None:
        self._offsets = np.load(folder / f"{name}.npy", mmap_mode="r")
        path = folder / f"{name}.bin"
        empty = path.stat().st_size == 0  # an empty file cannot be mapped
        self._bytes: Any = np.zeros(0, np.uint8) if empty else np.memmap(path, mode="r")

    def at(self, place: int) -> bytes:
        text: bytes = self._bytes[self._offsets[place] : self._offsets[place + 1]].tobytes()
        return text


def _number(beginning: bytes) -> np.uint64:
    """The first eight letters as one number that sorts as they do."""
    return np.uint64(int.from_bytes(beginning[:_EIGHT].ljust(_EIGHT, b"\0"), "big"))


def _slips(word: str) -> list[str]:
    """What is one slip from a word: a letter too many, swapped, another or missing. The first
    letter is as it was typed: hardly anybody misses that one, and all else begins elsewhere.
    """
    parts = [(word[:n], word[n:]) for n in range(1, len(word) + 1)]
    less = [a + b[1:] for a, b in parts if b]
    swapped = [a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1]
    other = [a + letter + b[1:] for a, b in parts if b for letter in _LETTERS]
    more = [a + letter + b for a, b in parts for letter in _LETTERS]
    return sorted({*less, *swapped, *other, *more} - {word})
