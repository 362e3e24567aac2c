"""What one commit of an index knows of words, for understanding a query."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import tantivy

from sparfuchs.search.language.analysis import Analysis
from sparfuchs.search.language.compounds import Lexicon
from sparfuchs.search.language.stems import stem
from sparfuchs.search.language.synonyms import Phrase, phrase
from sparfuchs.search.language.typos import Vocabulary
from sparfuchs.search.rank import FIELDS, PIECES
from sparfuchs.search.understand import merchant_phrases

_MOST_NAMES: Final = 50_000  # brands, categories and merchants that are known by name
_MOST_WORDS: Final = 400_000
_KEPT: Final = 60.0  # seconds for which words and names stay as they are, whatever is written


@dataclass
class Names:
    """The words and names of an index, as of some moment."""

    vocabulary: Vocabulary
    brands: dict[Phrase, str] = field(default_factory=dict)
    categories: dict[Phrase, str] = field(default_factory=dict)
    merchants: dict[tuple[str, ...], str] = field(default_factory=dict)


class KeptNames:
    """Names are read when they are first wanted, and again a minute after something changed, beside
    the queries that go on with what was known: they only tell what may be meant, and whatever is
    looked for is counted in the present commit.
    """

    def __init__(self, keep: float = _KEPT) -> None:
        self._keep = keep
        self._own = threading.Lock()
        self._reading = threading.Lock()
        self._names: Names | None = None
        self._of: object = None
        self._read_at = 0.0

    def of(self, searcher: tantivy.Searcher, lexicon: Lexicon) -> Names:
        with self._own:
            names = self._names
            if names is None:
                return self._read(searcher, lexicon)
            old = time.monotonic() - self._read_at > self._keep and self._of is not searcher
        if old and self._reading.acquire(blocking=False):
            threading.Thread(
                target=self._renew, args=(searcher, lexicon), name="names", daemon=True
            ).start()
        return names

    def _renew(self, searcher: tantivy.Searcher, lexicon: Lexicon) -> None:
        try:
            self._read(searcher, lexicon)
        finally:
            self._reading.release()

    def _read(self, searcher: tantivy.Searcher, lexicon: Lexicon) -> Names:
        names = read_names(searcher, lexicon)
        self._names, self._of, self._read_at = names, searcher, time.monotonic()
        return names


def read_names(searcher: tantivy.Searcher, lexicon: Lexicon) -> Names:
    words = dict(searcher.terms_with_prefix("said", "", limit=_MOST_WORDS))
    for word in lexicon.words:  # what only compounds end with (Trekkingrucksack) is a word as well
        if word not in words:
            words[word] = int(searcher.doc_freq("head", stem(word)))
    names = Names(Vocabulary(words.items()))
    # The most frequent come first, and keep the name where two share it.
    for brand, _ in searcher.terms_with_prefix("maker", "", limit=_MOST_NAMES):
        names.brands.setdefault(phrase(brand), brand)
    for path, _ in searcher.terms_with_prefix("category", "", limit=_MOST_NAMES):
        last = path.rpartition(" > ")[2]
        names.categories.setdefault(phrase(last), path)
        for part in last.replace(" und ", "&").replace(",", "&").split("&"):
            names.categories.setdefault(phrase(part), path)
    for slug, _ in searcher.terms_with_prefix("merchant", "", limit=_MOST_NAMES):
        for said in merchant_phrases(slug):
            names.merchants.setdefault(said, slug)
    for found in (names.brands, names.categories, names.merchants):
        found.pop((), None)
    return names


class CommitFacts:
    """`understand.Facts` of one commit."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        analysis: Analysis,
        kept: KeptNames,
    ) -> None:
        self.analysis = analysis
        self._searcher = searcher
        self._schema = schema
        self._kept = kept
        self._seen: dict[str, int] = {}

    def seen(self, stem: str) -> int:
        found = self._seen.get(stem)
        if found is None:
            found = max(int(self._searcher.doc_freq(name, stem)) for name in FIELDS)
            if len(self._seen) < _MOST_WORDS:
                self._seen[stem] = found
        return found

    def near(self, word: str) -> list[str]:
        return self._names.vocabulary.near(word)

    def frequency(self, word: str) -> int:
        return self._names.vocabulary.counts.get(word, 0)

    def together(self, stems: Iterable[str]) -> int:
        every = [(tantivy.Occur.Must, self.anywhere(stem)) for stem in stems]
        found = self._searcher.search(tantivy.Query.boolean_query(every), limit=1, count=True)
        return int(found.count or 0)  # type: ignore[attr-defined] # the stub lacks it

    def anywhere(self, stem: str) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, name, stem, "basic"))
                for name in PIECES
            ]
        )

    def brand(self, phrase: Phrase) -> str | None:
        return self._names.brands.get(phrase)

    def category(self, phrase: Phrase) -> str | None:
        return self._names.categories.get(phrase)

    def merchant(self, phrase: tuple[str, ...]) -> str | None:
        return self._names.merchants.get(phrase)

    @property
    def _names(self) -> Names:
        return self._kept.of(self._searcher, self.analysis.lexicon)
