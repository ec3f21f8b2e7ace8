"""What the demo's branch sells and to whom: 120 products, 60 clients, all invented."""

from decimal import Decimal
from typing import NamedTuple


class Product(NamedTuple):
    """A product of the demo: price in US dollars a case, where it lies, and what the shelf starts with."""

    sku: str
    name: str
    price: Decimal
    location: str
    stock: int


class Company(NamedTuple):
    """A client of the demo."""

    name: str
    city: str
    postcode: str
    contact: str


# family: SKU, name, dearest and cheapest price a case, aisle, cases on the first day
FAMILIES = (
    ("CP", "Copy paper", "38.90", 4, 900),
    ("CS", "Cardstock", "41.20", 7, 220),
    ("LC", "Linen cover", "212.00", 7, 90),
    ("EN", "Envelopes", "64.50", 2, 300),
    ("LB", "Labels", "29.80", 3, 260),
    ("RO", "Receipt rolls", "52.40", 6, 240),
    ("CN", "Construction paper", "28.80", 9, 180),
    ("FO", "Folders", "33.10", 1, 320),
    ("PD", "Legal pads", "24.60", 1, 280),
    ("PH", "Photo paper", "88.00", 8, 110),
    ("CF", "Carbonless forms", "76.30", 5, 140),
    ("WF", "Wide-format rolls", "118.50", 8, 80),
)
VARIANTS = {
    "CP": ("20 lb, letter", "20 lb, legal", "20 lb, tabloid", "24 lb, letter", "24 lb, laser", "28 lb, letter", "recycled, letter",
           "recycled, legal", "three-hole, letter", "canary, letter"),
    "CS": ("65 lb, white", "65 lb, ivory", "80 lb, white", "110 lb, white", "110 lb, ivory", "110 lb, gray", "67 lb, bristol",
           "90 lb, index", "65 lb, kraft", "80 lb, black"),
    "LC": ("80 lb, white", "80 lb, cream", "100 lb, white", "100 lb, cream", "80 lb, slate", "100 lb, navy", "80 lb, moss",
           "100 lb, burgundy", "80 lb, sand", "100 lb, pearl"),
    "EN": ("no. 10, white", "no. 10, kraft", "no. 10, window", "no. 9, return", "6 × 9 booklet", "9 × 12 booklet",
           "10 × 13 catalog", "A7, announcement", "padded, no. 2", "interoffice"),
    "LB": ("address, white", "shipping, white", "file folder", "round, 1 inch", "clear, address", "weatherproof", "bar code",
           "name badge", "thermal, 4 × 6", "color coding"),
    "RO": ("thermal, 3⅛ inch", "thermal, 2¼ inch", "bond, 3 inch", "two-ply, 3 inch", "three-ply, 3 inch", "kiosk, 8½ inch",
           "ATM, 3⅛ inch", "adding machine", "card terminal", "label liner"),
    "CN": ("assorted", "red", "blue", "green", "yellow", "orange", "violet", "brown", "black", "holiday assortment"),
    "FO": ("manila, letter", "manila, legal", "hanging, letter", "hanging, legal", "two-pocket", "classification",
           "expanding", "report cover", "presentation", "fastener"),
    "PD": ("canary, letter", "canary, legal", "white, letter", "white, legal", "junior, canary", "steno", "graph, ¼ inch",
           "perforated, letter", "recycled, letter", "desk pad, monthly"),
    "PH": ("glossy, letter", "glossy, 4 × 6", "satin, letter", "satin, 5 × 7", "matte, letter", "luster, letter", "glossy, 8 × 10",
           "baryta, letter", "proofing, tabloid", "instant, 4 × 6"),
    "CF": ("two-part, letter", "three-part, letter", "four-part, letter", "two-part, legal", "three-part, legal", "two-part, half",
           "three-part, half", "invoice book", "sales order book", "delivery book"),
    "WF": ("24 inch, bond", "36 inch, bond", "42 inch, bond", "24 inch, coated", "36 inch, coated", "42 inch, coated", "24 inch, film",
           "36 inch, vellum", "36 inch, canvas", "24 inch, satin"),
}
_BUSINESSES = (
    ("Northfield Printworks", "Scranton"), ("Pine Ridge School District", "Old Forge"), ("Lackawanna Title & Deed", "Scranton"),
    ("Harbor Street Law", "Wilkes-Barre"), ("Alder & Finch Architects", "Scranton"), ("Susquehanna Freight Lines", "Taylor"),
    ("Nay Aug Veterinary", "Scranton"), ("Abington Youth Theater", "Clarks Summit"), ("Keystone Mutual Dental", "Clarks Summit"),
    ("Moosic Valley Credit Union", "Moosic"), ("Anthracite Row Brewing", "Pittston"), ("Vance Refrigeration", "Scranton"),
    ("Breaker Boys Records", "Scranton"), ("Electric City Signs", "Scranton"), ("Steamtown Model Shop", "Scranton"),
    ("Dunmore Hills Day School", "Dunmore"), ("Roaring Brook Surveyors", "Moscow"), ("Quarry Road Clinic", "Old Forge"),
    ("Culm Hill Construction", "Taylor"), ("Lehigh Bend Tax Office", "Wilkes-Barre"), ("Pocono Pines Resort", "Tobyhanna"),
    ("Wyoming Valley Notaries", "Kingston"), ("Black Diamond Diner", "Olyphant"), ("St. Ansgar Parish", "Dickson City"),
    ("Throop Street Bakery", "Throop"), ("Archbald Glass", "Archbald"), ("Jessup Family Dentistry", "Jessup"),
    ("Carbon Canyon Outfitters", "Carbondale"), ("Forest City Hardware", "Forest City"), ("Honesdale Canal Museum", "Honesdale"),
    ("Tannersville Garden Center", "Tannersville"), ("Stroud Mill Lofts", "Stroudsburg"), ("Blakely Physical Therapy", "Blakely"),
    ("Green Ridge Florists", "Scranton"), ("Hyde Park Music School", "Scranton"), ("Minooka Auto Body", "Scranton"),
    ("Petersburg Books", "Scranton"), ("Bellevue Insurance Group", "Scranton"), ("Providence Square Pharmacy", "Scranton"),
    ("Plains Township Library Friends", "Plains"), ("Nanticoke Machine", "Nanticoke"), ("Exeter Moving & Storage", "Exeter"),
    ("Duryea Orthopedics", "Duryea"), ("Avoca Travel", "Avoca"), ("Swoyersville Sporting Goods", "Swoyersville"),
    ("Edwardsville Lamp", "Edwardsville"), ("Mountain Top Montessori", "Mountain Top"), ("Dallas Farm Supply", "Dallas"),
    ("Harveys Lake Marina", "Harveys Lake"), ("Tunkhannock Seed", "Tunkhannock"), ("Factoryville Academy", "Factoryville"),
    ("Nicholson Viaduct Tours", "Nicholson"), ("Montrose Quilting", "Montrose"), ("Hallstead Timber", "Hallstead"),
    ("Waymart Wind Cooperative", "Waymart"), ("Hawley Silk Mill Studios", "Hawley"), ("Lake Ariel Camps", "Lake Ariel"),
    ("Gouldsboro Outing Club", "Gouldsboro"), ("Schrute Farms", "Honesdale"), ("Elmhurst Reservoir Trust", "Elmhurst"),
)
_FIRST = ("Dan", "Renee", "Marcus", "Ilse", "Tomas", "Grace", "Walt", "Priya", "Nell", "Hector", "Joan", "Desmond")
_LAST = ("Ferreira", "Oduya", "Kowalczyk", "Brandt", "Amato", "Whitfield", "Sedlak", "Ruiz", "Hanratty", "Novak")
STREETS = ("Quarry Road", "Breaker Street", "Cedar Avenue", "Mulberry Street", "Foundry Lane", "Depot Street", "Laurel Hill Road")


def products() -> list[Product]:
    """All products, the same on every run."""
    made = []
    for code, family, price, aisle, stock in FAMILIES:
        for place, variant in enumerate(VARIANTS[code], 1):
            dearer = Decimal(price) * (100 + 7 * (place - 1)) / 100
            made.append(Product(sku_of(code, variant), f"{family}, {variant}", round(dearer, 2), f"{aisle:02d}-{place:02d}",
                                stock // place + 20))
    return made


def sku_of(code: str, variant: str) -> str:
    """`CP-20-LTR` of "20 lb, letter": the family, the number or the first letters, the short word."""
    words = [word for word in variant.replace("×", "x").replace(",", "").split() if word not in {"lb", "inch", "no.", "x"}]
    return "-".join([code, *(SHORT.get(word) or word[:3].upper().replace("⅛", "8").replace("¼", "4").replace("½", "2")
                             for word in words)])


SHORT = {"letter": "LTR", "legal": "LGL", "tabloid": "TAB", "white": "WH", "ivory": "IV", "kraft": "KR", "canary": "CAN"}


def companies() -> list[Company]:
    """All clients, the same on every run. Telephone numbers and addresses are made with them and lead nowhere."""
    return [Company(name, city, f"18{400 + place * 3 % 300:03d}", f"{_FIRST[place % 12]} {_LAST[place * 7 % 10]}")
            for place, (name, city) in enumerate(_BUSINESSES)]
