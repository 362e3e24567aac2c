"""A generation of the index, opened for reading, and its newest commit."""

from dataclasses import dataclass
from pathlib import Path

import tantivy
import xxhash

from sparfuchs.search.engines.tantivy_counts import Counts
from sparfuchs.search.engines.tantivy_documents import WORDS, analyzer
from sparfuchs.search.engines.tantivy_facts import CommitFacts, KeptNames
from sparfuchs.search.engines.tantivy_learn import lexicon_of
from sparfuchs.search.language.analysis import Analysis


@dataclass(frozen=True)
class Commit:
    """One state of a generation, and what was counted in it."""

    searcher: tantivy.Searcher
    counts: Counts
    facts: CommitFacts


class Reader:
    """One generation, opened for reading, with the analyzer that queries go through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = tantivy.Index.open(str(folder))
        self.index.register_tokenizer(WORDS, analyzer())
        self.analysis = Analysis(lexicon_of(folder))
        self.names = KeptNames()
        self.index.config_reader("manual")
        self.stamp = b""
        self.refresh()

    def refresh(self) -> None:
        """Sees the newest commit, of whatever process.

        The list of segments says whether there is one: file times are too coarse for two commits
        within some milliseconds. Raises FileNotFoundError when the generation was cleared away.
        """
        stamp = xxhash.xxh3_64_digest((self.folder / "meta.json").read_bytes())
        if stamp != self.stamp:
            self.index.reload()
            searcher = self.index.searcher()
            facts = CommitFacts(searcher, self.schema, self.analysis, self.names)
            self.commit = Commit(searcher, Counts(), facts)
            self.stamp = stamp

    @property
    def schema(self) -> tantivy.Schema:
        return self.index.schema
