"""The front door of the market: what other packages may import."""

from sparfuchs.market.categories import SHELVED, shelved
from sparfuchs.market.deceit import DECEIT, deceits
from sparfuchs.market.export import What, export
from sparfuchs.market.faults import Fault, Plan, Switches, never, scheduled, spoil
from sparfuchs.market.merchants import SHOPS, Storefront
from sparfuchs.market.past import past
from sparfuchs.market.serve import Addresses, Ready, serve, serving
from sparfuchs.market.serve_stock import ShopFacts, Stock
from sparfuchs.market.shoppers import EVENT, SHOPPER, day_of, journeys, shoppers
from sparfuchs.market.stated import STATED
from sparfuchs.market.stock import WorldStock
from sparfuchs.market.truth import OFFER_TRUTH, offers_of
from sparfuchs.market.world import World, expected_offers, make_world
from sparfuchs.market.write.feed import feed_path, write
from sparfuchs.market.write.promotions import GRANTED
from sparfuchs.market.write.promotions import PATH as PROMOTIONS_PATH
from sparfuchs.market.write.promotions import write as write_promotions
from sparfuchs.market.write.style import CurrencyPlace, Page, Shop, Style, Words, style_of

__all__ = [
    "DECEIT",
    "EVENT",
    "GRANTED",
    "OFFER_TRUTH",
    "PROMOTIONS_PATH",
    "SHELVED",
    "SHOPPER",
    "SHOPS",
    "STATED",
    "Addresses",
    "CurrencyPlace",
    "Fault",
    "Page",
    "Plan",
    "Ready",
    "Shop",
    "ShopFacts",
    "Stock",
    "Storefront",
    "Style",
    "Switches",
    "What",
    "Words",
    "World",
    "WorldStock",
    "day_of",
    "deceits",
    "expected_offers",
    "export",
    "feed_path",
    "journeys",
    "make_world",
    "never",
    "offers_of",
    "past",
    "scheduled",
    "serve",
    "serving",
    "shelved",
    "shoppers",
    "spoil",
    "style_of",
    "write",
    "write_promotions",
]
