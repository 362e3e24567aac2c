"""Compounds by their parts: `Akkustaubsauger` is a `Staubsauger`, and has to do with an `Akku`.

A word is parted where its beginning and its end are words that are known: those of a list of our
own, and those that stand alone in the corpus. Between two parts a linking element may stand
(Arbeit-s-platte, Katze-n-futter). The last part says what the thing is, the others what of or for:
the two are kept apart, so that a `Schuhregal` is found among shelves before it is among shoes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final

from sparfuchs.kernel.text import fold
from sparfuchs.search.language.stems import stem, undotted

# Linking elements, none first. `-e-` and `-er-` begin the plurals that join (Hunde-, Kinder-).
_LINKS: Final = ("", "s", "n", "en", "es", "e", "er")
_SHORTEST: Final = 3  # letters of a part of the list
_TWO_LETTERS: Final = ("ol",)  # Öl without its dots, the one thing of two letters that ends words
_SHORTEST_LEARNT: Final = 4  # of a part that is known from the corpus alone: abbreviations abound
_SHORTEST_WORD: Final = 6  # letters of a word that is looked at
_LONGEST_WORD: Final = 40
_DEEPEST: Final = 3  # Fahrrad-Gepäck-träger-tasche
LEAST_SEEN: Final = 5  # listings in which a word stands alone, to be learnt
MOST_LEARNT: Final = 50_000


@dataclass(frozen=True)
class Parts:
    """Stems of a compound: `heads`, what it is (the last part, and the last of that), and
    `others`, the parts before. Both are empty for a word that is none.
    """

    heads: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


_NONE: Final = Parts()


class Lexicon:
    """Words that others may be made of. `learnt` are those that the corpus taught, folded."""

    def __init__(self, learnt: Iterable[str] = ()) -> None:
        self.learnt = tuple(learnt)
        self._known: dict[str, Parts] = {}

    @cached_property
    def _words(self) -> frozenset[str]:
        own = {word for word in listed() if len(word) >= _SHORTEST}
        taught = {undotted(word) for word in self.learnt if len(word) >= _SHORTEST_LEARNT}
        return frozenset(own | taught)

    @property
    def words(self) -> frozenset[str]:
        """All that are known, without the e's that stand for dots."""
        return self._words

    def parts(self, word: str) -> Parts:
        """The parts of a folded word; those of a word with a digit are none."""
        found = self._known.get(word)
        if found is None:
            plain = undotted(word)
            fits = word.isalpha() and _SHORTEST_WORD <= len(plain) <= _LONGEST_WORD
            found = self._parted(plain, _DEEPEST) if fits else _NONE
            self._known[word] = found
        return found

    def _parted(self, word: str, deep: int) -> Parts:
        """The two parts that fit best; the last one is parted further, for it may be said alone."""
        best = self._best(word)
        if best is None:
            return _NONE
        first, last = best
        further = self._parted(last, deep - 1) if deep > 1 else _NONE
        before = self._parted(first, deep - 1) if deep > 1 else _NONE
        return Parts(
            tuple(dict.fromkeys((stem(last), *further.heads))),
            tuple(dict.fromkeys((stem(first), *before.heads, *before.others, *further.others))),
        )

    def _best(self, word: str) -> tuple[str, str] | None:
        """Beginning and end. Of several ways that with the shorter of both parts longest: where
        both are long hardly anything fits by chance.
        """
        found: tuple[tuple[int, int], str, str] | None = None
        for place in range(_SHORTEST, len(word) - 1):
            last = word[place:]
            if len(last) < _SHORTEST and last not in _TWO_LETTERS:
                continue
            if last not in _TWO_LETTERS and not self._is_last(last):
                continue
            for link in _LINKS:
                first = word[: place - len(link)]
                if not word[:place].endswith(link) or len(first) < _SHORTEST:
                    continue
                if self._is_first(first):
                    worth = (min(len(first), len(last)), -len(link))
                    if found is None or worth > found[0]:
                        found = (worth, first, last)
        return None if found is None else (found[1], found[2])

    def _is_first(self, word: str) -> bool:
        # `Wasch-maschine`, `Näh-garn`: a verb without its ending is listed with a hyphen.
        return word in self._words or f"{word}-" in self._stumps or self._compound(word)

    def _is_last(self, word: str) -> bool:
        return word in self._words or self._stem_known(word) or self._compound(word)

    def _stem_known(self, word: str) -> bool:
        return len(word) > _SHORTEST and stem(word) in self._stems

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self._words)

    @cached_property
    def _stumps(self) -> frozenset[str]:
        return frozenset(f"{word}-" for word in listed(stumps=True))

    def _compound(self, word: str) -> bool:
        """Whether a long part is itself made of two known words."""
        return len(word) >= 2 * _SHORTEST_WORD - 2 and self._best_known(word)

    def _best_known(self, word: str) -> bool:
        return any(
            (word[place:] in self._words or self._stem_known(word[place:]))
            and any(
                word[:place].endswith(link) and word[: place - len(link)] in self._words
                for link in _LINKS
            )
            for place in range(_SHORTEST_LEARNT, len(word) - _SHORTEST_LEARNT + 1)
        )


_listed: Final[dict[bool, frozenset[str]]] = {}


def listed(*, stumps: bool = False) -> frozenset[str]:
    """The words of our own list, folded and without dots; or the stumps of verbs."""
    if not _listed:
        text = (files(__package__) / "german.txt").read_text("utf-8")
        said = [word for line in text.splitlines() for word in line.partition("#")[0].split()]
        _listed[False] = frozenset(undotted(fold(w)) for w in said if not w.endswith("-"))
        _listed[True] = frozenset(undotted(fold(w[:-1])) for w in said if w.endswith("-"))
    return _listed[stumps]


def learn(seen: Mapping[str, int]) -> tuple[str, ...]:
    """The words of a corpus that others may be made of, by how often each was seen alone.

    The most frequent first; numbers, short words and rare ones teach nothing.
    """
    fit = [
        (count, word)
        for word, count in seen.items()
        if count >= LEAST_SEEN and len(word) >= _SHORTEST_LEARNT and word.isalpha()
    ]
    fit.sort(key=lambda one: (-one[0], one[1]))
    return tuple(word for _, word in fit[:MOST_LEARNT])
