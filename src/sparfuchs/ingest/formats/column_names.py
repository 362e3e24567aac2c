"""Names under which shops write product data, and which attribute each is (generic feeds).

A name is compared without case, blanks and signs: `Product-URL`, `product_url` and `productURL` are
`producturl`; umlauts count as their letters (`Größe` is `groesse`). German, English, and what is
met in Dutch, French and Czech comparison feeds.
"""

import re
from collections.abc import Mapping
from typing import Final

_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e"})
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


def squashed(name: str) -> str:
    """The name without case, blanks and signs."""
    return _NO_LETTER.sub("", name.strip().lower().translate(_LETTERS))


# Stated column -> names, the surest first. What no column is named after goes to the attributes.
SURE: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(names.split())
    for name, names in {
        "id": (
            "id productid itemid offerid articleid artikelid produktid merchantproductid sku "
            "merchantsku artikelnummer artikelnr artnr articlenumber itemnumber productnumber "
            "productno uniqid uniqueid aid bestellnummer"
        ),
        "title": (
            "title productname producttitle itemtitle name itemname offertitle artikelname "
            "bezeichnung artikelbezeichnung produktname titel produkttitel productname1"
        ),
        "description": (
            "description longdescription productdescription beschreibung artikelbeschreibung "
            "produktbeschreibung descriptionlong desc aboutproduct shortdescription "
            "kurzbeschreibung langtext summary"
        ),
        "brand": "brand brandname manufacturer marke hersteller vendor producer fabricant merk",
        "gtin": "gtin gtin13 gtin14 gtin12 gtin8 gtins ean ean13 eancode barcode upc isbn eans",
        "mpn": (
            "mpn mpns manufacturerpartnumber manufacturerproductnumber hersteller"
            "artikelnummer han modelnumber modellnummer partnumber"
        ),
        "condition": "condition itemcondition zustand productcondition",
        "colour": "color colour farbe kleur couleur",
        "size": "size groesse maat taille",
        "material": "material stoff materiaal",
        "item_group_id": "itemgroupid groupid parentid parentsku parentproductid",
        "category_path": (
            "googleproductcategory categorypath categorytext productcategory category categories "
            "kategorie kategorien kategoriepfad warengruppe productcategorytree categoryname "
            "categorynames rubrik"
        ),
        "product_type": "producttype subcategory unterkategorie subcategories",
        "currency": "currency currencycode pricecurrency waehrung currencyiso pricecurrencyiso",
        "sale_price": "saleprice specialprice discountedprice discountprice angebotspreis "
        "aktionspreis promoprice offerprice reducedprice sonderpreis",
        "uvp": (
            "uvp rrp rrpprice msrp mrp listprice listenpreis marketprice retailprice "
            "recommendedprice recommendedretailprice suggestedretailprice unverbindlichepreis"
            "empfehlung adviesprijs"
        ),
        "previous": (
            "oldprice priceold wasprice previousprice formerprice originalprice regularprice "
            "alterpreis streichpreis statt stattpreis compareatprice strikeprice fromprice "
            "actualprice pricebefore"
        ),
        "claim_percent": "discountpercentage discountpercent savingspercent rabattprozent",
        "shipping_cost": (
            "shippingcost shippingcosts deliverycost deliverycosts versandkosten versand "
            "shippingprice deliveryprice portokosten verzendkosten shipping delivery"
        ),
        "availability": "availability verfuegbarkeit stockstatus availabilitystatus lagerstatus",
        "in_stock": "instock available purchasable lieferbar isinstock",
        "landing": (
            "link url producturl productlink deeplink merchantdeeplink landingpage finalurl "
            "itemurl offerurl artikelurl produkturl produktlink zielurl linkurl purl"
        ),
        "image": (
            "imagelink imageurl image imgurl img imglink picture pictureurl bild bildurl "
            "bildlink mainimage mainimageurl imageurllarge largeimage thumbnail imgurlbig"
        ),
        "more_images": (
            "additionalimagelink additionalimages additionalimageurl additionalimageurls images "
            "imageurls imgurlalternative alternateimage bilder pictures imagelinks"
        ),
        "expires": "expirationdate expires validuntil gueltigbis",
        "sale_interval": "salepriceeffectivedate",
        "unit_measure": "unitpricingmeasure",
        "promotions": "promotionid",
    }.items()
}
# What the goods cost now. A net price is never one (it is not what a shopper pays).
PRICES: Final = (
    "price",
    "pricevat",
    "bruttopreis",
    "preisbrutto",
    "brutto",
    "preis",
    "currentprice",
    "pricegross",
    "grossprice",
    "endpreis",
    "verkaufspreis",
    "vk",
    "prijs",
    "prix",
    "sellingprice",
    "searchprice",
    "priceamount",
    "cena",
    "priceinclvat",
    "pricewithvat",
    "pricelocalized",
    "itemprice",
)
# Names that may well mean something else: taken where nothing surer is there, and said to be doubt.
WEAK: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(names.split())
    for name, names in {
        "id": "pid asin code reference ref nan dan uuid guid nummer number gtin ean variantid",
        "title": "product produkt item artikel label productlabel model",
        "description": "text details info information content",
        "landing": "website href page",
        "price": "amount value cost betrag kosten",
        "brand": "publisher",
    }.items()
}
# How many there are: more than none is in stock.
STOCKS: Final = (
    "quantity",
    "stock",
    "stockquantity",
    "qty",
    "bestand",
    "lagerbestand",
    "inventory",
    "stocklevel",
)
# Parents of an element or key that say nothing about it: `pricing.price` is the price,
# `shipping.price` is not (R-G-1).
NEUTRAL: Final = frozenset(
    [
        "product",
        "products",
        "item",
        "items",
        "offer",
        "offers",
        "additional",
        "attributes",
        "attribute",
        "field",
        "fields",
        "properties",
        "details",
        "pricing",
        "prices",
        "inventories",
        "inventory",
        "images",
        "image",
        "media",
        "listing",
        "embedded",
        "articles",
        "article",
        "data",
        "variant",
        "info",
        "gtins",
        "mpns",
        "links",
        "discount",
    ]
)
# Parents that say what their `link` or `name` is, although they are neutral otherwise.
OWNERS: Final = frozenset({"image", "images", "media", "gtins", "mpns"})
# Last steps of a path that stand for the thing itself: `price.value`, `brand.name`.
ITSELF: Final = frozenset({"value", "amount", "text", "name", "url", "src", "link", "href"})
