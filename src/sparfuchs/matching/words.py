"""Words that merchants write for the same thing, German and English, as tables.

All are in folded form: lower case, umlauts written out.
"""

from typing import Final

# Word of a unit -> base unit and how many of it one is.
UNITS: Final[dict[str, tuple[str, float]]] = {
    "kb": ("mb", 0.001), "mb": ("mb", 1), "gb": ("mb", 1000), "tb": ("mb", 1_000_000),
    "mbit": ("mbit", 1), "gbit": ("mbit", 1000), "mbps": ("mbit", 1), "gbps": ("mbit", 1000),
    "mhz": ("mhz", 1), "ghz": ("mhz", 1000), "hz": ("hz", 1), "hertz": ("hz", 1),
    "mm": ("mm", 1), "cm": ("mm", 10), "m": ("mm", 1000), "meter": ("mm", 1000),
    "ft": ("ft", 1), "feet": ("ft", 1), "foot": ("ft", 1),
    "in": ("in", 1), "inch": ("in", 1), "inches": ("in", 1), "zoll": ("in", 1),
    "mg": ("g", 0.001), "g": ("g", 1), "gr": ("g", 1), "gramm": ("g", 1), "kg": ("g", 1000),
    "oz": ("oz", 1), "lb": ("lb", 1), "lbs": ("lb", 1),
    "ml": ("ml", 1), "cl": ("ml", 10), "l": ("ml", 1000), "ltr": ("ml", 1000),
    "liter": ("ml", 1000), "litre": ("ml", 1000),
    "w": ("w", 1), "watt": ("w", 1), "watts": ("w", 1), "kw": ("w", 1000), "va": ("va", 1),
    "v": ("v", 1), "volt": ("v", 1), "mah": ("mah", 1), "ah": ("mah", 1000),
    "mp": ("mp", 1), "megapixel": ("mp", 1), "megapixels": ("mp", 1),
    "rpm": ("rpm", 1), "dpi": ("dpi", 1), "btu": ("btu", 1), "cu": ("cu", 1), "bit": ("bit", 1),
    "ms": ("ms", 1), "port": ("port", 1), "ports": ("port", 1),
}  # fmt: skip

# Words for one colour -> its name here.
_COLOURS: Final[dict[str, str]] = {
    "black": "black", "schwarz": "black", "blk": "black", "noir": "black", "negro": "black",
    "white": "white", "weiss": "white", "wht": "white", "blanco": "white", "blanc": "white",
    "grey": "grey", "gray": "grey", "grau": "grey", "graphite": "grey", "graphit": "grey",
    "anthracite": "anthracite", "anthrazit": "anthracite", "charcoal": "anthracite",
    "silver": "silver", "silber": "silver", "slv": "silver", "platinum": "silver",
    "gold": "gold", "golden": "gold", "bronze": "bronze", "titanium": "titanium",
    "blue": "blue", "blau": "blue", "navy": "navy", "dunkelblau": "navy", "marine": "navy",
    "red": "red", "rot": "red", "bordeaux": "bordeaux", "burgundy": "bordeaux",
    "green": "green", "gruen": "green", "olive": "olive", "oliv": "olive", "khaki": "khaki",
    "yellow": "yellow", "gelb": "yellow", "orange": "orange", "pink": "pink", "rosa": "pink",
    "purple": "purple", "lila": "purple", "violett": "purple", "violet": "purple",
    "brown": "brown", "braun": "brown", "beige": "beige", "sand": "beige", "creme": "beige",
    "turquoise": "turquoise", "tuerkis": "turquoise", "teal": "turquoise",
    "stainless": "stainless", "edelstahl": "stainless",
}  # fmt: skip

# Shops cut long words: "Anthr.", "Schwa".
_CUTS: Final = (4, 5, 6)
COLOURS: Final = {
    word[:cut]: name for word, name in _COLOURS.items() for cut in _CUTS if len(word) > cut
} | _COLOURS

# Sizes of clothes, and how others write them.
SIZES: Final[dict[str, str]] = {
    "xs": "xs", "s": "s", "small": "s", "m": "m", "medium": "m", "l": "l", "large": "l",
    "xl": "xl", "xlarge": "xl", "xxl": "2xl", "2xl": "2xl", "xxxl": "3xl", "3xl": "3xl",
    "4xl": "4xl", "5xl": "5xl",
}  # fmt: skip

# Words that make another thing of a thing -> class and meaning. A class on both sides with other
# meanings is a contradiction; on one side alone it is a hint.
MARKERS: Final[dict[str, tuple[str, str]]] = {
    word: (kind, meaning)
    for kind, groups in {
        "condition": {
            "refurbished": "refurbished refurb renewed reconditioned remanufactured "
            "generalueberholt wiederaufbereitet aufbereitet",
            "used": "used gebraucht gebrauchte gebrauchter gebrauchtes occasion",
            "open": "openbox bware retoure rueckläufer",
        },
        "edition": {
            "pro": "pro professional prof profi",
            "standard": "standard std",
            "premium": "premium",
            "deluxe": "deluxe dlx luxe",
            "home": "home",
            "ultimate": "ultimate",
            "enterprise": "enterprise ent",
            "business": "business",
            "basic": "basic basics starter",
            "elements": "elements essentials",
            "plus": "plus",
            "lite": "lite light mini",
            "max": "max",
            "ultra": "ultra",
            "collection": "collection suite studio",
            "student": "student students teacher academic education educational edu school "
            "schueler studenten",
        },
        "licence": {
            "upgrade": "upgrade upg upgr upsell update",
            "oem": "oem",
            "licence": "license licenses licence lizenz lizenzen lic mlp olp clp",
            "maintenance": "maintenance support renewal subscription abo",
            "media": "media mediakit",
        },
        "platform": {
            "mac": "mac macintosh osx macos",
            "windows": "windows win win32 winxp pc",
            "linux": "linux",
            "ps3": "ps3",
            "ps2": "ps2",
            "ps4": "ps4",
            "xbox": "xbox x360",
            "wii": "wii",
            "ds": "nds ds",
            "psp": "psp",
        },
        "part": {
            "case": "case bag pouch huelle tasche schutzhuelle cover sleeve holster",
            "cable": "cable kabel cord adapter",
            "battery": "battery akku batterie charger ladegeraet",
            "mount": "mount bracket stand halterung staender wall",
            "lens": "lens objektiv",
            "spare": "replacement ersatz ersatzteil refill nachfuellpack",
            "kit": "kit bundle set combo pack",
            "remote": "remote fernbedienung",
        },
        "language": {
            "english": "english englisch",
            "french": "french franzoesisch",
            "german": "german deutsch",
            "spanish": "spanish spanisch",
        },
    }.items()
    for meaning, words in groups.items()
    for word in words.split()
}  # fmt: skip

# How many pieces are in it: the number in front of or behind these words. `{n}` is the number.
PACKS: Final = (
    r"\b(\d{1,4})\s?(?:er|x)?[ -]?(?:pack|pk|packs|pck|stueck|stk|pcs|piece|pieces|count|ct)\b",
    r"\b(?:pack|set|box|satz|packung)\s(?:of|mit|a|zu)?\s?(\d{1,4})\b",
    r"\b(\d{1,3})er[ -]?(?:set|packung|box|karton)\b",
    r"\b(\d{1,3})\s?x\s?\d+(?:[.,]\d+)?\s?(?:g|kg|ml|l|cl)\b",
)

# Users and seats of software are counted as packs are.
SEATS: Final = r"\b(\d{1,4})[ -]?(?:user|users|seat|seats|benutzer|geraete|pc|pcs|lizenzen)\b"
