"""The shapes of requests and answers: to describe them, and to check what comes in."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


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


class Listing(_Shape):
    """One listing as a page of hits shows it."""

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
    image: str | None
    url: str | None
    valid_to: str | None
    checked_at: str | None
    checked_seconds_ago: int | None


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


class SourceChange(_Shape):
    """What may be changed of a source."""

    status: Annotated[str, Field(pattern="^(active|paused)$")]
