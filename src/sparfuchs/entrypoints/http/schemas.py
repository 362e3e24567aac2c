"""The shapes of requests and answers: to describe them, and to check what comes in."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from sparfuchs.plumbing.credential import CredentialKind


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Money(_Shape):
    """An amount in whole minor units (cents) of a currency."""

    minor: int = Field(examples=[1999])
    currency: str = Field(examples=["EUR"], description="ISO 4217")


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class MerchantName(_Shape):
    slug: str
    name: str


class Claim(_Shape):
    """What the merchant says of a reduction; the merchant's words, never ours."""

    reference: Money | None
    kind: str
    percent: int | None


class Words(_Shape):
    de: str
    en: str


class Tag(_Shape):
    """Short words beside a price, a fact of its history."""

    tag: str = Field(examples=["low_30_days"])
    text: Words
    since: str = Field(description="The day since when it holds.", examples=["2026-10-21"])


class InProduct(_Shape):
    """The product that an offer belongs to, with how much there is of it."""

    id: str
    offers: int
    merchants: int
    from_: Annotated[
        Money | None, Field(alias="from", description="The cheapest that is to be had.")
    ]


class SparkStep(_Shape):
    """A price from an hour on until the next step; null: none that could be paid is known."""

    hour: int = Field(description="Whole hours since the beginning of the line.")
    minor: int | None


class Spark(_Shape):
    """The last 90 days of a price as a step line, with at most some fifty steps."""

    from_: Annotated[str, Field(alias="from")]
    hours: int = Field(description="How long the line is.")
    currency: str | None
    steps: list[SparkStep]


class Listing(_Shape):
    """One listing as a page of hits shows it. A page shows each product once."""

    id: str
    title: str
    brand: str | None
    merchant: MerchantName
    price: Money | None
    shipping: Money | None
    availability: str
    claim: Claim
    deal: bool
    verdict: str | None
    claim_verdict: str | None
    honest_pct: int | None = Field(description="Our own percentage, whole and rounded down.")
    badge: bool
    lowest_30_days: Money | None
    explanation: Words | None
    tags: list[Tag]
    rating: int | None = Field(description="0 to 100")
    category: str | None
    image: str | None = Field(description="The merchant's own address of its picture.")
    picture: str | None = Field(description="Where our copy of it is.")
    url: str | None
    valid_to: str | None
    checked_at: str | None
    checked_seconds_ago: int | None
    product: InProduct | None = Field(description="Null where it has none yet.")
    spark: Spark | None = Field(description="Only where `spark=true` asks for it.")


class FacetValue(_Shape):
    value: str
    label: str
    count: int
    selected: bool


class Total(_Shape):
    value: int
    approximate: bool


class Swap(_Shape):
    """A word as it was typed, and what was looked for in its place or besides."""

    typed: str
    taken: str


class Understood(_Shape):
    """What was read into the words; `verbatim=true` refuses all of it."""

    verbatim: bool
    words: list[str] = Field(description="What was looked for, as written after mending.")
    dropped: list[str] = Field(
        description="Words that hits need not have: too little has them all."
    )
    mended: list[Swap] = Field(description="Words of no listing, and what they were taken for.")
    also: list[Swap] = Field(description="Words that mean the same, looked for as well.")
    did_you_mean: str | None = Field(description="A text that would find more; not taken.")
    price_min: int | None = Field(description="Read from the words, in minor units.")
    price_max: int | None
    deals_only: bool
    local: bool
    brand: str | None = Field(description="The brand that the words name; its listings come first.")
    category: str | None
    merchant: str | None = Field(description="The merchant asked for by `bei …`, filtered by.")


class Relief(_Shape):
    """A filter that leaves nothing, and how many listings there are without it."""

    filter: str
    value: int


class SearchPage(_Shape):
    """A page of hits with counts beside it."""

    items: list[Listing]
    total: Total
    facets: dict[str, list[FacetValue]]
    sort: str
    next_cursor: str | None
    partial: bool
    words_met: str
    understood: Understood
    reliefs: list[Relief] = Field(description="Of a page without a hit; empty otherwise.")
    popular_means: Words | None = None


class CategoryNode(_Shape):
    """A node of the one tree; its id is a code of Google's product taxonomy."""

    id: int
    parent: int | None
    name: Words
    path: str = Field(description="German, as the filter and the facet have it.")
    listings: int | None = Field(
        description="How many listings it holds with all below it; null: not counted."
    )


class CategoryTree(_Shape):
    items: list[CategoryNode]


class WordWeights(_Shape):
    """What the words of a search are worth, by where they stand."""

    fields: dict[str, float]
    other_fields: float
    thing_named: float
    as_typed: float
    phrase: float
    number: float
    amount: float
    category_named: float
    brand_named: float


class Ranking(_Shape):
    """What the order of relevance goes by."""

    words: WordWeights
    listing: dict[str, float] = Field(
        description="What a listing is raised by at most, as a part of how well its words fit."
    )
    listings_ranked: int
    fresh_days: float
    paid: list[str] = Field(description="What was paid for: nothing.")
    text: Words


class Suggestion(_Shape):
    """What somebody may be about to type."""

    kind: str = Field(examples=["query", "category", "brand", "merchant", "product"])
    text: str = Field(description="To show, and to search for.")
    value: str | None = Field(description="What the filter of this kind takes; null: none.")
    listings: int
    deals: int


class SuggestionList(_Shape):
    items: list[Suggestion]


class SpanSource(_Shape):
    """Where a price came from; `origin` says it of an import or a correction in words."""

    kind: str = Field(description="reading, backfill, import or correction")
    run: int
    origin: str | None
    until_next: bool = Field(description="The import lists changes alone.")


class Span(_Shape):
    """A price from one change to the next; price null: unknown."""

    from_: Annotated[str, Field(alias="from")]
    to: str | None
    price: Money | None
    source: SpanSource | None


class History(_Shape):
    id: str
    spans: list[Span]


class Signal(_Shape):
    """One thing known of a merchant: how often it was well and how often not."""

    good: int
    bad: int
    at_least_percent: int = Field(
        description="The share of good ones that is surely reached: the lower 5 % bound of a Beta "
        "posterior, so that a new merchant starts in the middle and not at nothing."
    )
    points: int
    most: int


class Reputation(_Shape):
    """What the merchant's part of each rating is made of; the points add up."""

    points: int
    most: int
    parts: dict[str, Signal]


class Merchant(_Shape):
    slug: str
    name: str
    offers: int
    deals: int
    sources: int
    claims: dict[str, int]
    rows: dict[str, int]
    reputation: Reputation
    last_read_at: str | None


class MerchantPage(_Shape):
    items: list[Merchant]
    next_cursor: str | None


class PatternExample(_Shape):
    """One offer that shows a pattern, with the numbers that show it."""

    offer: str
    title: str | None
    text: Words
    first_found_at: str
    last_found_at: str


class FoundPattern(_Shape):
    """A way in which stated reductions of a merchant mislead."""

    pattern: str = Field(examples=["pump_then_drop"])
    name: Words
    offers: int
    share: float | None = Field(description="Of the merchant's offers, 0 to 1.")
    examples: list[PatternExample]


class MerchantPatterns(_Shape):
    merchant: MerchantName
    offers: int
    patterns: list[FoundPattern]


class PatternPage(_Shape):
    items: list[MerchantPatterns]
    next_cursor: str | None


class Page(BaseModel):
    """A page of a list; its rows as the command line gives them with --json."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class Anything(BaseModel):
    """Plain JSON values."""

    model_config = ConfigDict(extra="allow")


_Setting = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
_Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class NewSource(_Shape):
    """A way to a merchant's offers. Only addresses: a server's files are its operator's to name."""

    merchant: _Name
    name: _Name = "feed"
    location: Annotated[
        str, Field(min_length=8, max_length=2000, pattern=r"^https?://[^\x00-\x20]+$")
    ]
    settings: dict[_Name, _Setting] = Field(default_factory=dict, max_length=50)


class NewCredential(_Shape):
    """What a source's host asks for. It is never shown again, and sent to that host alone."""

    kind: CredentialKind
    name: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Of the header or parameter, for the kinds header and query."
    )
    value: SecretStr = Field(
        min_length=1,
        max_length=4096,
        description="The token; for the kind basic `user:password`; for the kind address what "
        "takes the place of `{credential}` in the source's address.",
    )


class SaveAs(_Shape):
    """The source that is made of an address that was checked."""

    merchant: _Name
    name: _Name = "feed"


class FeedToCheck(_Shape):
    """An address to look at, with settings to try."""

    location: Annotated[
        str, Field(min_length=8, max_length=2000, pattern=r"^https?://[^\x00-\x20]+$")
    ]
    settings: dict[_Name, _Setting] = Field(default_factory=dict, max_length=50)
    save: SaveAs | None = Field(
        default=None, description="Keep it as a source if anything of it would be taken."
    )


class Guessed(BaseModel):
    """Where an attribute is read from, and why that is in doubt."""

    from_: Annotated[list[str], Field(alias="from")]
    doubt: str | None


class Card(BaseModel):
    """An offer as a shopper would see it."""

    source_offer_id: str
    title: str
    brand: str | None
    gtin14: str | None
    landing_url: str | None
    availability: str
    colour: str | None
    size: str | None
    category_path: str | None
    image: str | None
    price: Money | None
    instead_of: Money | None
    shipping: Money | None
    promotion_ids: list[str]
    flags: list[str]


class Mend(BaseModel):
    """What to do, in a sentence; null for reasons of another version."""

    de: str | None
    en: str | None


class Rejection(BaseModel):
    """A rejected row, with its place, the value, the rule, and how to mend it."""

    line: int
    source_offer_id: str | None
    field: str
    value: str | None
    reason: str
    rule: str | None
    example: str | None = Field(description="A value that would be taken.")
    mend: Mend


class RejectionPage(BaseModel):
    items: list[Rejection]
    next_cursor: str | None


class Remedy(BaseModel):
    """One kind of problem."""

    reason: str
    rows: int
    share: float
    rule: str
    example: str | None
    mend: Words


class CheckedFeed(BaseModel):
    """What a feed is and what would become of it; nothing of it was stored."""

    format: str | None
    encoding: str | None
    currency: str | None
    delimiter: str | None
    decimal: str | None
    compression: str | None
    columns: dict[str, Guessed]
    read: int
    accepted: int
    rejected: dict[str, int]
    would_hold: list[str] = Field(description="Why a first run of it would be held.")
    complete: bool = Field(description="false: only the first pages were looked at.")
    failures: list[str]
    flags: dict[str, int]
    slow_rows: int
    advice: list[str]
    offers: list[Card]
    promotions: list[dict[str, Any]] = Field(description="Where it holds promotions.")
    problems: list[Rejection] = Field(description="The first of each kind.")
    remedies: list[Remedy]
    saved: str | None = Field(description="The source that was made of it.")


class CategoryChoice(_Shape):
    """Which category the offers have that state this path."""

    path: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*\S[^\x00]*$")]
    category: Annotated[int, Field(ge=1, le=2**31 - 1)]


class SourceChange(_Shape):
    """What may be changed of a source."""

    status: Annotated[str, Field(pattern="^(active|paused)$")]
