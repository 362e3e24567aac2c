"""Light stems: endings go, the word stays. Over-stemming loses short names of things (`leder` is
not `led`), so what goes is what declines and counts, in German and in English, and no more.

An umlaut is the vowel without its dots as well: `Töpfe`, `toepfe` and `topfe` are one word, and so
is the `Topf` they came from.
"""

import re
from functools import lru_cache
from typing import Final

# `ue` after these is no umlaut (Steuer, Bauer, Quelle), nor is `oe` at the end (shoe).
_UMLAUT: Final = re.compile(r"ae|oe(?!s?$)|(?<![aeq])ue")
_LEAST: Final = 3  # letters that a stem keeps
_LONG: Final = 5  # letters of a word that may lose an ending of one letter

# Nouns that count with -er; -er elsewhere belongs to the word (Drucker, Toaster, Leder).
_WITH_ER: Final = (
    "amt", "bad", "band", "bild", "blatt", "brett", "buch", "dach", "fach", "fass", "feld",
    "glas", "gras", "grab", "haus", "holz", "horn", "huhn", "kind", "kleid", "korb", "kraut",
    "lamm", "land", "licht", "lied", "loch", "mann", "nest", "rad", "rand", "schild", "schloss",
    "tuch", "wald", "wort",
)  # fmt: skip
_ER: Final = re.compile(f"(?:{'|'.join(_WITH_ER)})ern?$")
# Whose s is no ending.
_OWN_S: Final = re.compile(r"(?:ss|us|is|glas|gras|haus|maus|mais|kurs|puls|[aei]ns|reis|kies)$")
_ENGLISH: Final = (
    (re.compile(r"(?<=[a-z]{2})ies$"), "y"),
    (re.compile(r"(x|ss|ch|sh|zz)es$"), r"\1"),
)


def undotted(word: str) -> str:
    """A folded word without the e's that stand for dots: `kopfhoerer` as `kopfhorer`."""
    return _UMLAUT.sub(lambda found: found.group()[0], word)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word. A word with a digit is its own."""
    if not word.isalpha():
        return word
    plain = undotted(word)
    if _ER.search(plain):
        return re.sub(r"ern?$", "", plain)
    for ending, other in _ENGLISH:
        changed = ending.sub(other, plain)
        if changed != plain:
            return _short(changed)
    return _short(plain)


def _short(word: str) -> str:
    """Without what declines: at most one ending, the longest that leaves enough."""
    for ending in ("en", "em", "es", "e", "n", "s"):
        kept = len(word) - len(ending)
        if not word.endswith(ending) or kept < _LEAST:
            continue
        if ending == "s" and (_OWN_S.search(word) or len(word) < _LONG):
            continue
        # The n of -er, -el and -e goes; that of a Zaun stays.
        if ending == "n" and word[-2] not in "erl":
            continue
        if ending == "n" and len(word) < _LONG:
            continue
        return word[:kept]
    return word
