"""What is sold in the market: kinds of products with their words, prices, axes and brands.

Eight top categories. Names of brands are our own; words are what German shops write. Prices are
those of one usual piece in cents, from the cheapest to the dearest.
"""
# ruff: noqa: E501 - the table reads best with a kind a line

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Axis(StrEnum):
    """In what the variants of a family differ."""

    COLOUR = "colour"
    CLOTHES = "clothes"
    SHOES = "shoes"
    STORAGE = "storage"
    INCH = "inch"
    PACK = "pack"
    GRAMS = "grams"
    MILLILITRES = "millilitres"


COLOURS: Final = (
    "Schwarz", "Weiß", "Grau", "Blau", "Rot", "Grün", "Beige", "Anthrazit", "Türkis", "Bordeaux",
)  # fmt: skip
# Of each axis the values and what they do to the price, against the usual piece.
VALUES: Final[dict[Axis, tuple[tuple[str, float], ...]]] = {
    Axis.COLOUR: tuple((colour, 1.0) for colour in COLOURS),
    Axis.CLOTHES: tuple((size, 1.0) for size in ("XS", "S", "M", "L", "XL", "XXL")),
    Axis.SHOES: tuple((str(size), 1.0) for size in range(37, 47)),
    Axis.STORAGE: (("128 GB", 1.0), ("256 GB", 1.15), ("512 GB", 1.38), ("1 TB", 1.7)),
    Axis.INCH: (("43 Zoll", 0.8), ("50 Zoll", 1.0), ("55 Zoll", 1.2), ("65 Zoll", 1.6)),
    Axis.PACK: (("", 1.0), ("2er-Pack", 1.85), ("4er-Pack", 3.4), ("6er-Pack", 4.8)),
    Axis.GRAMS: (("250 g", 0.55), ("500 g", 1.0), ("750 g", 1.4), ("1 kg", 1.8)),
    Axis.MILLILITRES: (("250 ml", 0.6), ("500 ml", 1.0), ("750 ml", 1.4), ("1 l", 1.75)),
}


@dataclass(frozen=True)
class Kind:
    """One kind of product. `taken` says how many values of each axis a family has."""

    top: str
    path: str
    code: int  # Google's product taxonomy
    nouns: tuple[str, ...]
    traits: tuple[str, ...]
    axes: tuple[tuple[Axis, int], ...]
    low: int
    high: int

    @property
    def variants(self) -> int:
        count = 1
        for _, taken in self.axes:
            count *= taken
        return count


BRANDS: Final[dict[str, tuple[str, ...]]] = {
    "Elektronik": (
        "Quarnil", "Teslonde", "Vibranor", "Oktavion", "Lumerixa", "Sonaferra", "Kontravolt",
        "Nordpulsar", "Brennwerk Audio", "Zirkonia Tec",
    ),
    "Haushalt & Küche": (
        "Kupferkrug", "Herdmeisterin", "Löffelholm", "Aromella", "Dampfwind", "Küchenfalke",
        "Morgentopf", "Glutwerk",
    ),
    "Mode": (
        "Hafenliesel", "Fadenlicht", "Nordzwirn", "Karo & Kante", "Webstuhl 12", "Lindgrau",
        "Strandmantel", "Zopfmuster",
    ),
    "Sport & Freizeit": (
        "Gratwanderer", "Felsennest", "Rennkiesel", "Isarlauf", "Wurzelpfad", "Blaukamm",
        "Talstation", "Kletterfink",
    ),
    "Drogerie": (
        "Kamillea", "Seifenhain", "Hautgold", "Morgenhaut", "Salbeihof", "Frischquell",
        "Dufterle", "Bademoos",
    ),
    "Lebensmittel": (
        "Almkornhof", "Teehafen Süd", "Röstwerk Elf", "Nussknackerei", "Gewürzspeicher",
        "Honigberg", "Feldküche", "Kernig & Co",
    ),
    "Wohnen & Garten": (
        "Eichenwinkel", "Gartenfuchs", "Beetmeister", "Lampenladen Ost", "Polsterwiese",
        "Rankwerk", "Holzheim", "Moosdach",
    ),
    "Spielzeug & Baby": (
        "Murmelbahn", "Bauklotzerei", "Wichtelwerk", "Sandkuchen", "Drachenfels Spiele",
        "Kullerkind", "Puzzlefuchs", "Nachtlicht",
    ),
}  # fmt: skip

_C, _K, _S = Axis.COLOUR, Axis.CLOTHES, Axis.SHOES
_G, _M, _P = Axis.GRAMS, Axis.MILLILITRES, Axis.PACK


def _kind(
    top: str,
    path: str,
    code: int,
    nouns: str,
    traits: str,
    axes: tuple[tuple[Axis, int], ...],
    prices: tuple[int, int],
) -> Kind:
    return Kind(
        top,
        f"{top} > {path}",
        code,
        tuple(nouns.split("|")),
        tuple(traits.split("|")),
        axes,
        *prices,
    )


KINDS: Final = (
    _kind("Elektronik", "Audio > Kopfhörer", 543626, "Kopfhörer|Over-Ear-Kopfhörer|Bluetooth-Kopfhörer|In-Ear-Kopfhörer", "aktive Geräuschunterdrückung|30 Stunden Laufzeit|faltbar|USB-C-Schnellladen|Mehrpunkt-Bluetooth|weiche Ohrpolster", ((_C, 4),), (2990, 34990)),
    _kind("Elektronik", "Audio > Lautsprecher", 249, "Bluetooth-Lautsprecher|WLAN-Lautsprecher|Soundbar|Regallautsprecher", "wasserfest nach IPX7|20 Watt|Stereopaarung|kräftiger Bass|12 Stunden Akku", ((_C, 3),), (2490, 39990)),
    _kind("Elektronik", "Mobiltelefone", 267, "Smartphone|5G-Smartphone", "OLED-Display|50-Megapixel-Kamera|Dual-SIM|5.000-mAh-Akku|sieben Jahre Updates", ((Axis.STORAGE, 3), (_C, 3)), (17900, 99900)),
    _kind("Elektronik", "Computer > Tablets", 4745, "Tablet|Zeichentablet", "10,9-Zoll-Display|Stifteingabe|leichtes Gehäuse|vier Lautsprecher", ((Axis.STORAGE, 3), (_C, 2)), (14900, 79900)),
    _kind("Elektronik", "Fernseher", 404, "Fernseher|OLED-Fernseher|4K-Fernseher", "120 Hertz|HDR|Triple-Tuner|Sprachsteuerung|drei HDMI-Anschlüsse", ((Axis.INCH, 4),), (29900, 149900)),
    _kind("Elektronik", "Computer > Datenspeicher", 380, "SSD|externe SSD|NVMe-SSD", "bis 7.000 MB/s|mit Kühlkörper|USB 3.2|stoßfest", ((Axis.STORAGE, 4),), (2490, 11900)),
    _kind("Haushalt & Küche", "Küchengeräte > Kaffeemaschinen", 736, "Kaffeevollautomat|Siebträgermaschine|Filterkaffeemaschine", "15 bar|Milchschaumdüse|Mahlwerk aus Stahl|abnehmbarer Tank|Timer", ((_C, 2),), (3990, 79900)),
    _kind("Haushalt & Küche", "Küchengeräte > Mixer", 505666, "Standmixer|Stabmixer|Küchenmaschine", "1.200 Watt|Edelstahlmesser|spülmaschinenfest|sechs Stufen", ((_C, 3),), (2490, 39990)),
    _kind("Haushalt & Küche", "Kochgeschirr > Pfannen", 662, "Bratpfanne|Grillpfanne|Schmorpfanne|Eisenpfanne", "28 cm|induktionsgeeignet|Antihaftbeschichtung|ofenfest bis 240 Grad", ((_P, 2),), (1490, 12900)),
    _kind("Haushalt & Küche", "Kochgeschirr > Töpfe", 654, "Topfset|Schnellkochtopf|Kochtopf|Bräter", "Edelstahl 18/10|Glasdeckel|Sandwichboden|Messskala innen", ((_C, 2),), (1990, 24900)),
    _kind("Haushalt & Küche", "Reinigung > Staubsauger", 619, "Akkustaubsauger|Saugroboter|Bodenstaubsauger", "60 Minuten Akku|HEPA-Filter|Wischfunktion|beutellos|Absaugstation", ((_C, 2),), (8900, 69900)),
    _kind("Haushalt & Küche", "Geschirr", 672, "Tellerset|Müslischalen|Kaffeebecher|Gläserset", "Steingut|mikrowellengeeignet|handglasiert|stapelbar", ((_C, 4),), (990, 8990)),
    _kind("Mode", "Damen > Jacken", 5598, "Daunenjacke|Regenjacke|Übergangsjacke|Wollmantel", "wasserabweisend|abnehmbare Kapuze|recyceltes Polyester|zwei Innentaschen", ((_C, 3), (_K, 4)), (3990, 29900)),
    _kind("Mode", "Herren > Hemden", 212, "Leinenhemd|Businesshemd|Flanellhemd|Oxfordhemd", "bügelleicht|Bio-Baumwolle|Kentkragen|schmal geschnitten", ((_C, 3), (_K, 4)), (1990, 8990)),
    _kind("Mode", "Strick", 212, "Strickpullover|Rollkragenpullover|Cardigan|Troyer", "Merinowolle|Zopfmuster|weich und warm|locker geschnitten", ((_C, 4), (_K, 4)), (2490, 15900)),
    _kind("Mode", "Schuhe > Sneaker", 187, "Sneaker|Laufschuh|Ledersneaker|Barfußschuh", "Obermaterial Leder|gedämpfte Sohle|Wechselfußbett|vegan", ((_C, 2), (_S, 6)), (3990, 17900)),
    _kind("Mode", "Taschen", 3032, "Umhängetasche|Shopper|Laptoprucksack|Kulturbeutel", "Canvas|verstellbarer Gurt|15-Zoll-Fach|Reißverschlussfach", ((_C, 4),), (1990, 14900)),
    _kind("Sport & Freizeit", "Wandern > Rucksäcke", 100, "Trekkingrucksack|Tagesrucksack|Fahrradrucksack", "38 l|Regenhülle|belüfteter Rücken|Trinksystem-Fach", ((_C, 4),), (3490, 22900)),
    _kind("Sport & Freizeit", "Camping > Zelte", 1013, "Kuppelzelt|Trekkingzelt|Familienzelt", "3.000 mm Wassersäule|zwei Personen|2,4 kg leicht|zwei Apsiden", ((_C, 3),), (5990, 49900)),
    _kind("Sport & Freizeit", "Fitness > Hanteln", 499793, "Hantelset|Kettlebell|Kurzhantel|Gymnastikmatte", "gummiert|rutschfest|verstellbar|mit Ablage", ((_P, 3),), (1290, 19900)),
    _kind("Sport & Freizeit", "Fahrrad > Zubehör", 3214, "Fahrradhelm|Fahrradlicht|Faltschloss|Gepäckträgertasche", "StVZO-zugelassen|USB-ladbar|reflektierend|360 g leicht", ((_C, 4),), (1490, 14900)),
    _kind("Sport & Freizeit", "Laufen > Bekleidung", 5322, "Laufshirt|Laufjacke|Lauftights|Funktionsshirt", "atmungsaktiv|Reflektoren|nahtlos|schnell trocknend", ((_C, 3), (_K, 4)), (1990, 12900)),
    _kind("Drogerie", "Haarpflege > Shampoo", 2441, "Shampoo|Spülung|Haarkur|Festes Shampoo", "mit Kamille|ohne Silikone|für trockenes Haar|pH-neutral", ((_M, 3), (_P, 2)), (249, 1290)),
    _kind("Drogerie", "Körperpflege > Duschgel", 474, "Duschgel|Duschcreme|Badezusatz|Handseife", "mit Salbei|vegan|hautneutral|seifenfrei", ((_M, 3), (_P, 3)), (179, 990)),
    _kind("Drogerie", "Wäsche > Waschmittel", 2754, "Vollwaschmittel|Colorwaschmittel|Wollwaschmittel", "für 40 Wäschen|ohne Duftstoffe|ab 20 Grad|Nachfüllbeutel", ((_M, 3), (_P, 2)), (399, 1990)),
    _kind("Drogerie", "Gesichtspflege", 2592, "Tagescreme|Nachtcreme|Gesichtsserum|Reinigungsmilch", "mit Hyaluron|LSF 30|für empfindliche Haut|ohne Parfum", ((_M, 2),), (599, 4990)),
    _kind("Lebensmittel", "Kaffee", 1868, "Kaffeebohnen|Espresso|Filterkaffee|Entkoffeinierter Kaffee", "Arabica|langsam geröstet|aus Hochland|Bio|kräftig", ((_G, 3), (_P, 2)), (599, 2490)),
    _kind("Lebensmittel", "Tee", 2073, "Grüner Tee|Kräutertee|Schwarztee|Früchtetee", "lose|Bio|erste Ernte|ohne Aroma", ((_G, 3),), (399, 2990)),
    _kind("Lebensmittel", "Nüsse & Trockenfrüchte", 433, "Mandeln|Cashewkerne|Studentenfutter|Walnüsse", "naturbelassen|geröstet|ungesalzen|Bio", ((_G, 4), (_P, 2)), (349, 1990)),
    _kind("Lebensmittel", "Öle & Gewürze", 2660, "Olivenöl|Rapsöl|Kürbiskernöl|Balsamessig", "kaltgepresst|aus erster Ernte|in Dunkelglas|Bio", ((_M, 3), (_P, 2)), (399, 2490)),
    _kind("Lebensmittel", "Brotaufstriche", 5740, "Honig|Erdnussmus|Fruchtaufstrich|Nussnougatcreme", "ohne Palmöl|Bio|cremig|75 % Frucht", ((_G, 3), (_P, 3)), (249, 1290)),
    _kind("Wohnen & Garten", "Leuchten", 594, "Stehleuchte|Tischleuchte|Pendelleuchte|LED-Lichterkette", "dimmbar|warmweiß|E27|Gestell aus Stahl", ((_C, 3),), (1990, 24900)),
    _kind("Wohnen & Garten", "Textilien > Bettwäsche", 569, "Bettwäsche|Spannbettlaken|Wolldecke|Kissenbezug", "Baumwollsatin|135 x 200 cm|Reißverschluss|OEKO-TEX", ((_C, 4),), (1290, 11900)),
    _kind("Wohnen & Garten", "Gartengeräte", 3173, "Akku-Heckenschere|Rasenmäher|Gartenschlauch|Astschere", "36 Volt|Schnittbreite 38 cm|knickfest|gehärtetes Messer", ((_P, 2),), (1490, 39900)),
    _kind("Wohnen & Garten", "Möbel > Regale", 465, "Bücherregal|Wandregal|Schuhregal|Schwerlastregal", "Eiche massiv|fünf Böden|ohne Bohren|bis 175 kg je Boden", ((_C, 3),), (1990, 29900)),
    _kind("Wohnen & Garten", "Grill", 2985, "Holzkohlegrill|Gasgrill|Tischgrill|Feuerschale", "drei Brenner|Gusseisenrost|Deckelthermometer|klappbar", ((_C, 2),), (3490, 69900)),
    _kind("Spielzeug & Baby", "Bausteine", 3287, "Baukasten|Magnetbausteine|Holzbausteine|Kugelbahn", "ab 3 Jahren|120 Teile|Buchenholz|kompatibel erweiterbar", ((_P, 3),), (1290, 12900)),
    _kind("Spielzeug & Baby", "Brettspiele", 3793, "Brettspiel|Kartenspiel|Würfelspiel|Familienspiel", "2 bis 5 Spieler|ab 8 Jahren|45 Minuten|kooperativ", ((_P, 2),), (790, 5990)),
    _kind("Spielzeug & Baby", "Kinderwagen & Sitze", 547, "Kindersitz|Buggy|Fahrradanhänger|Babytrage", "i-Size|Isofix|mit Regenverdeck|bis 22 kg", ((_C, 4),), (7900, 79900)),
    _kind("Spielzeug & Baby", "Puzzles", 2618, "Puzzle|3D-Puzzle|Rahmenpuzzle|Holzpuzzle", "1.000 Teile|mattes Papier|ab 12 Jahren|Poster liegt bei", ((_P, 2),), (690, 4990)),
)  # fmt: skip

TOPS: Final = tuple(BRANDS)
