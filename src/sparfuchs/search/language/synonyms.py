"""Synonyms: words that mean the same, by a table that people can edit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from sparfuchs.kernel.errors import UsageError
from sparfuchs.search.language.spelling import words
from sparfuchs.search.language.stems import stem

# A phrase is its stems, in order.
Phrase = tuple[str, ...]
_MOST_WORDS: Final = 4  # of a phrase
_MOST_LINES: Final = 20_000


@dataclass(frozen=True)
class Synonyms:
    """By phrase the other phrases that mean it, each with how it is written."""

    others: Mapping[Phrase, tuple[tuple[Phrase, str], ...]]

    def of(self, phrase: Phrase) -> tuple[tuple[Phrase, str], ...]:
        return self.others.get(phrase, ())

    @property
    def longest(self) -> int:
        """Words of the longest phrase."""
        return max(map(len, self.others), default=0)


def phrase(written: str) -> Phrase:
    return tuple(stem(word) for word in words(written))


def read_synonyms(own: Path | None = None) -> Synonyms:
    """The table that comes with us, and what the file says besides, if there is one.

    Raises UsageError, with the line, for one that says nothing.
    """
    lines = list(_lines(_shipped(), "synonyms.txt"))
    if own is not None and own.is_file():
        lines += _lines(own.read_text("utf-8"), str(own))
    found: dict[Phrase, dict[Phrase, str]] = {}
    for said, meant in lines:
        for one in said:
            for other in meant:
                if phrase(one) != phrase(other):
                    found.setdefault(phrase(one), {}).setdefault(phrase(other), other)
    return Synonyms({one: tuple(others.items()) for one, others in found.items()})


@cache
def _shipped() -> str:
    return (files(__package__) / "synonyms.txt").read_text("utf-8")


def _lines(text: str, file: str) -> Iterator[tuple[list[str], list[str]]]:
    """Who says one of the first means each of the second."""
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        left, arrow, right = said.partition("=>")
        first, second = _phrases(left), _phrases(right if arrow else left)
        if not first or not second or (not arrow and len(first) == 1):
            raise UsageError(
                f"Line {number} of {file} names nothing that means the same: {line.strip()!r}",
                file=file,
                line=number,
            )
        yield first, second


def _phrases(text: str) -> list[str]:
    found = [part.strip() for part in text.split(",")]
    return [part for part in found if 0 < len(words(part)) <= _MOST_WORDS]
