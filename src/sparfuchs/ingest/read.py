"""The streaming reading: payload in, batches of offers and rejections out, in bounded memory.

Records whose hash the caller knows are not parsed at all; the others are gathered until a batch is
worth the fixed cost of the expressions, then parsed, normalised and validated together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import xxhash
from numpy.typing import NDArray

from sparfuchs.ingest.detect import Detected, detect
from sparfuchs.ingest.gather import Gathered
from sparfuchs.ingest.gtin import DefaultGtins
from sparfuchs.ingest.normalise import normalise
from sparfuchs.ingest.open_document import OpenDocument, open_document
from sparfuchs.ingest.payload import Payload
from sparfuchs.ingest.prices import Grammar
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.ingest.split import FIELD_LIMIT, hash_records
from sparfuchs.ingest.terms import Terms
from sparfuchs.ingest.texts import count_mojibake
from sparfuchs.ingest.validate import rejections_of, validate
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.frames import OFFER, HashArray, empty

# Raise it whenever the same bytes would be read as something else than before (R-RUN-5).
PARSER_VERSION: Final = 2

# A batch holds what was gathered before and one such part more.
_MOST_ROWS: Final = 16_384

# Formats whose records mean the same in any document with the same header: small pages of one shop
# are gathered to one batch, since the expressions over it have a fixed cost.
_COMPLETE_RECORDS: Final = frozenset(
    {Format.SHOPIFY_JSON, Format.WOOCOMMERCE_JSON, Format.PRODUCT_JSON, Format.SCHEMA_PAGES}
)

Known = Callable[[HashArray], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of a reading.

    `offers` (OFFER) and `rejections` (REJECTION) come from records that were parsed; `known` are
    the raw hashes of records that were not, one entry a record, `known_lines` their lines.
    `records` counts raw records, known ones and bad ones included; for text and XML a record is an
    offer, for Shopify a product. `mojibake` counts parsed rows in which UTF-8 was read as cp1252
    before it came to us.
    """

    offers: pl.DataFrame
    rejections: pl.DataFrame
    known: HashArray
    known_lines: NDArray[np.uint32]
    records: int
    mojibake: int = 0


class Reading:
    """Iterate once to get the batches. Raises FeedUnreadable on the way when a document turns out
    to be damaged: then nothing of the reading may be used (R-C-4).

    After the end: `slow_rows` (rows of the slow reader), `records`, `suspect_gtins` (GTINs that
    this feed gives to more than three brands, R-F-9; offers carry them still, since the fourth
    brand may come last: the caller nulls them, and passes them to the next reading as `suspects`).
    `complete` says whether the payload held all documents. `salt` is that of the first document.
    """

    def __init__(
        self,
        payload: Payload,
        settings: FeedSettings,
        known: Known,
        suspects: frozenset[str],
        earlier: int | None,
        detected: Detected | None = None,
    ) -> None:
        self.detected: Detected = detected or detect(payload, settings)
        if self.detected.format is Format.GOOGLE_PROMOTIONS:
            name = payload.documents[0].name
            raise FeedUnreadable(
                f"{name} holds promotions, no offers; they are read as a source of their own",
                document=name,
            )
        self.complete = payload.complete
        self.slow_rows = 0
        self.records = 0
        self.salt: int | None = None
        self._payload = payload
        self._settings = settings
        self._known = known
        self._suspects = suspects
        self._earlier = earlier
        self._defaults = DefaultGtins()
        self._terms = _terms(self.detected, settings, suspects)

    @property
    def suspect_gtins(self) -> frozenset[str]:
        return self._defaults.found() | self._suspects

    def __iter__(self) -> Iterator[Batch]:
        gathered, before = Gathered(), b""
        opened: OpenDocument | None = None
        salt: int | None = None
        for document in self._payload.documents:
            following = open_document(document, self.detected, self._settings)
            together = self.detected.format in _COMPLETE_RECORDS and following.header == before
            if opened is not None and gathered.count and not together:
                yield self._batch(gathered, opened, salt)
                gathered = Gathered()
            opened, before, salt = following, following.header, None
            for records in (part for block in opened.blocks() for part in block.parts(_MOST_ROWS)):
                if salt is None:
                    salt = _salt(self.detected, self._settings, opened.header)
                    self.salt = salt if self.salt is None else self.salt
                hashes = hash_records(records.rows, salt)
                gathered.add(records, hashes, self._known(hashes))
                self.records += len(records.rows) + len(records.errors)
                if self.records > self._settings.max_rows:
                    raise FeedUnreadable(
                        f"{document.name} has more than {self._settings.max_rows} rows; split the "
                        "feed, or set max_rows=...",
                        document=document.name,
                    )
                if gathered.full:
                    yield self._batch(gathered, opened, salt)
                    gathered = Gathered()
        if opened is not None and gathered.count:
            yield self._batch(gathered, opened, salt)

    def _batch(self, gathered: Gathered, opened: OpenDocument, salt: int | None) -> Batch:
        records, hashes = gathered.fresh()
        offers, rejections, mojibake = empty(OFFER), rejections_of(records.errors), 0
        if records.rows:
            parsed = opened.parse(records)
            self.slow_rows += parsed.slow
            rows = normalise(parsed.frame, self._terms)
            rows = rows.with_columns(raw_hash=pl.Series(hashes[rows["record"].to_numpy()]))
            if self._earlier not in {None, salt}:
                before = hash_records(records.rows, self._earlier or 0)
                rows = rows.with_columns(raw_before=pl.Series(before[rows["record"].to_numpy()]))
            long = max(map(len, records.rows)) > FIELD_LIMIT
            offers, bad = validate(rows, may_be_long=long)
            self._defaults.add(offers["gtin14"], offers["brand"])
            mojibake = count_mojibake(rows["title"], rows["description"])
            rejections = pl.concat([rejections, rejections_of(parsed.errors), bad]).sort("line")
        known, lines = gathered.known()
        return Batch(offers, rejections, known, lines, gathered.count, mojibake)


def read(
    payload: Payload,
    settings: FeedSettings,
    *,
    known: Known,
    suspects: frozenset[str] = frozenset(),
    earlier: int | None = None,
    detected: Detected | None = None,
) -> Reading:
    """A reading of the payload. Raises FeedUnreadable when it is no feed that can be read.

    `known` says for raw hashes (xxh3, salted with parser, settings, what was detected and header)
    which of them the source's state holds; `suspects` are GTINs that an earlier reading found to be
    the feed's default (R-F-9). `earlier` is the salt of the reading before: where it is another one
    the records are hashed with both, so that what is the same bytes can be told (R-RUN-5).
    `detected` is what the payload was found to be, where somebody has looked already.
    """
    return Reading(payload, settings, known, suspects, earlier, detected)


def nothing_known(hashes: HashArray) -> NDArray[np.bool_]:
    """The `known` of a source that was never read."""
    return np.zeros(len(hashes), dtype=np.bool_)


def parser_salt(settings: FeedSettings) -> int:
    """The part of the salt that is known before a document is: parser version and settings."""
    return xxhash.xxh3_64_intdigest(f"{PARSER_VERSION}|{settings.stated()}".encode())


def _salt(detected: Detected, settings: FeedSettings, header: bytes) -> int:
    facts = detected.facts()
    facts.pop("compression", None)
    # For text and XML the currency is in the rows; what the sample's majority was changes nothing.
    if detected.format is not Format.SHOPIFY_JSON:
        facts.pop("currency", None)
    if detected.mapping is not None:
        facts["mapping"] = detected.mapping.said()
    text = f"{parser_salt(settings)}|{sorted(facts.items())}|".encode()
    return xxhash.xxh3_64_intdigest(text + header)


def _terms(detected: Detected, settings: FeedSettings, suspects: frozenset[str]) -> Terms:
    lenient = settings.decimal is None and (
        detected.format is Format.AWIN_CSV or detected.mapping is not None
    )
    grouped = settings.thousands is not None and settings.thousands != detected.decimal
    return Terms(
        grammar=Grammar(detected.decimal, lenient=lenient, grouped=grouped),
        currency=settings.currency,
        zone=ZoneInfo(settings.zone),
        country=settings.country,
        suspects=suspects,
        id_from=settings.id_from,
    )
