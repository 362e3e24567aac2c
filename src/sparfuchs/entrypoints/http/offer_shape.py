"""The shape of one offer, part by part, so that whoever reads it knows what comes."""

from typing import Annotated

from pydantic import BaseModel, Field

from sparfuchs.entrypoints.http.schemas import (
    Claim,
    InProduct,
    MerchantName,
    Money,
    SpanSource,
    Tag,
    Words,
)
from sparfuchs.pricing import api as pricing


class Shrunk(BaseModel):
    """A pack that holds less than before while a base unit became dearer; amounts in base units."""

    percent: int = Field(description="How much dearer a base unit became, rounded down.")
    since: str
    amount: float
    amount_before: float
    before: Money = Field(description="What a base unit cost before.")


class UnitPrice(BaseModel):
    """What a base unit of it costs; `estimated` where the amount was read from the title."""

    minor: int
    currency: str
    per: str
    estimated: bool
    stated: Money | None = Field(description="What the shop says a base unit costs.")
    contradicts: bool = Field(description="The two differ by more than rounding.")
    shrunk: Shrunk | None


class Sale(BaseModel):
    """The plain price and the one that holds for a time, as the merchant states them."""

    regular: Money | None
    sale: Money | None
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None


class OfferSpan(BaseModel):
    """A price from one change to the next; price null: unknown."""

    from_: Annotated[str, Field(alias="from")]
    to: str | None
    price: Money | None


class About(BaseModel):
    """About what it is in the currency asked for, by the rate of that day."""

    minor: int
    currency: str
    rate_day: str


class HeldPrice(BaseModel):
    """A price that is stated and not believed yet; since null: held by hand."""

    price: Money | None
    since: str | None


class OtherPrice(BaseModel):
    """What those pay who are members or have a code: a series of its own."""

    audience: str
    price: Money | None
    since: str | None


class OfferClaim(Claim):
    """The merchant's claim, where it was stated and since when."""

    stated_in: str
    stated_since: str | None


class Window(BaseModel):
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    readings: int | None


class Chain(BaseModel):
    """Cuts without a pause between them: the price before the first one counts."""

    first_step_at: str
    steps: int | None


class Evidence(BaseModel):
    """What a verdict stands on. Coverage is a part of one: how much of the time was seen."""

    judged_at: str | None
    price_since: str | None
    window: Window
    source: str
    chain: Chain | None
    lowest_30_days: Money | None
    lowest_30_days_from: str | None
    lowest_30_days_sighted: bool | None
    lowest_30_days_source: SpanSource | None
    coverage: float | None
    coverage_window: float | None
    coverage_since: float | None
    first_seen: str | None
    days_seen: int | None
    claim_percent: int | None
    claim_reference: Money | None
    claim_reference_first_seen: str | None
    lowest_since_days: int | None
    asserted_at: str | None


class OfferVerdict(BaseModel):
    """Our judgement of the price and of the merchant's claim."""

    verdict: pricing.Verdict
    claim_verdict: pricing.ClaimVerdict
    honest_pct: int | None
    at_most_pct: int | None
    reason: str | None
    badge: bool
    flags: list[str]
    text: Words
    evidence: Evidence


class Low(BaseModel):
    """The lowest known price of so many days; `days` null: ever."""

    days: int | None
    price: Money | None
    last_at: str | None


class Reason(BaseModel):
    """What a part of the rating lost points for."""

    part: str
    code: str
    lost: int
    text: Words


class Peers(BaseModel):
    """Offers of the same kind: how many, what the middle one costs, and how many times that."""

    offers: int
    middle: Money | None
    times: float | None


class Rating(BaseModel):
    """0 to 100, and the parts that add up to it, each with the most that it can give."""

    score: int
    parts: dict[str, int]
    most: dict[str, int]
    reasons: list[Reason]
    peers: Peers | None
    rated_at: str | None


class Deal(BaseModel):
    open: bool
    since: str | None
    valid_from: str | None
    valid_to: str | None


class Promotion(BaseModel):
    """What a shop grants beside its prices. It is no part of a price, and no price history."""

    id: str
    merchant: MerchantName
    title: str
    description: str | None
    kind: str = Field(description="percent_off, money_off, buy_get, gift, free_shipping or other.")
    code: str | None = Field(description="null: none is needed. A text, never HTML.")
    percent: int | None
    money_off: Money | None
    minimum_spend: Money | None
    for_everything: bool
    scope: dict[str, list[str]] = Field(
        description="What it is for and, with not_ before the name, what it is not for."
    )
    terms: dict[str, str | list[str]] = Field(description="Further conditions, as stated.")
    starts_at: str | None
    ends_at: str | None
    status: str = Field(description="valid, to_come, over, or gone: no longer stated.")
    url: str | None
    source: str
    source_promotion_id: str
    first_seen_at: str | None
    gone_at: str | None


class OfferPromotion(Promotion):
    """One that applies to the offer, and why."""

    applies: str = Field(description="named, item, group, brand, category or merchant.")


class PromotionPage(BaseModel):
    items: list[Promotion]
    next_cursor: str | None


class Provenance(BaseModel):
    source: str
    source_offer_id: str
    location: str
    last_seen_at: str | None
    last_run: int | None
    flags: list[str]


class Category(BaseModel):
    """Where an offer stands in the one tree, and how that is known."""

    id: int = Field(description="Code of Google's product taxonomy.", examples=[505771])
    path: str = Field(examples=["Elektronik > Audio & HiFi > Kopfhörer"])
    path_en: str
    confidence: float = Field(description="0 to 1")
    how: str = Field(description="hand, stated, path or title")


class Attributes(BaseModel):
    """What is stated in fields, else in the title; null: not said."""

    colours: list[str] | None = Field(description="English names.")
    size: str | None
    storage_gb: float | None = Field(description="Decimal gigabytes.")
    energy_class: str | None = Field(examples=["C"])


class Feature(BaseModel):
    """One thing that an offer is."""

    feature: str = Field(description="free_shipping, local, refurbished or used")
    text: Words


class Offer(BaseModel):
    """One offer with its history, the verdict and its evidence, rating and provenance."""

    id: str
    title: str
    brand: str | None
    gtin: str | None
    mpn: str | None
    url: str | None
    images: list[str]
    picture: str | None = Field(description="Where our copy of the first picture is.")
    merchant: str
    price: Money | None
    about: About | None
    held_price: HeldPrice | None
    other_prices: list[OtherPrice]
    unit_price: UnitPrice | None
    availability: str
    condition: str
    audience: str
    status: str
    claim: OfferClaim
    sale: Sale
    spans: list[OfferSpan]
    lowest: list[Low]
    tags: list[Tag]
    verdict: OfferVerdict | None
    rating: Rating | None
    deal: Deal | None
    promotions: list[OfferPromotion] = Field(description="Those that are valid now.")
    product: InProduct | None = Field(description="Null where it has none yet.")
    category: Category | None = Field(description="Null: not known.")
    attributes: Attributes
    features: list[Feature]
    provenance: Provenance
