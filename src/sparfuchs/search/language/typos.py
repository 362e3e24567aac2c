"""Slips of the finger: which words of an index somebody may have meant.

A word is looked for only where the index does not know it, and never one with a digit: a model
number that is not there is not there. Near is by swaps, drops, doubles and other letters (optimal
string alignment), one in a short word and two in a long one.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import log1p
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST: Final = 4  # letters of a word that is mended
_LONG: Final = 8  # letters from which two slips are believed
_LEAST: Final = (
    2  # listings in which a word must be, to be meant: a single one may be a slip itself
)
_MOST_KNOWN: Final = 300_000
_MOST_FOUND: Final = 8
_A_SLIP: Final = 2.5  # a slip more must be made up for by twelve times as many listings
_SAME_BEGINNING: Final = 1.5
# Neighbours on a German keyboard, and those of an English one.
_ROWS: Final = ("qwertzuiop", "asdfghjkl", "yxcvbnm", "qwertyuiop", "zxcvbnm")
_NEXT: Final = frozenset(
    pair for row in _ROWS for one, other in pairwise(row) for pair in ((one, other), (other, one))
)


class Vocabulary:
    """The words of an index with the number of listings that have them."""

    def __init__(self, seen: Iterable[tuple[str, int]]) -> None:
        fit = [
            (word, count)
            for word, count in seen
            if count >= _LEAST and len(word) >= _SHORTEST - 1 and word.isalpha()
        ]
        fit.sort(key=lambda one: -one[1])
        self._by_length: dict[int, list[str]] = {}
        self.counts = dict(fit[:_MOST_KNOWN])
        for word in self.counts:
            self._by_length.setdefault(len(word), []).append(word)

    def near(self, word: str) -> list[str]:
        """Words that may be meant by a folded word that is none, the likeliest first."""
        if not word.isalpha() or len(word) < _SHORTEST:
            return []
        slips = 2 if len(word) >= _LONG else 1
        found = [
            (-self._likely(word, str(known), int(distance)), str(known))
            for length in range(len(word) - slips, len(word) + slips + 1)
            for known, distance, _ in process.extract(
                word,
                self._by_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=slips,
                limit=_MOST_FOUND,
            )
        ]
        return [known for _, known in sorted(found)[:_MOST_FOUND]]

    def _likely(self, word: str, known: str, slips: int) -> float:
        return (
            log1p(self.counts[known])
            - _A_SLIP * slips
            + _SAME_BEGINNING * (word[0] == known[0])
            + 0.5 * _next_key(word, known)
        )


def _next_key(word: str, known: str) -> bool:
    """Whether one letter was typed for its neighbour."""
    if len(word) != len(known):
        return False
    other = [(one, two) for one, two in zip(word, known, strict=True) if one != two]
    return len(other) == 1 and other[0] in _NEXT
