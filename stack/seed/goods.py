"""What the demo's branch sells and to whom: 120 products and 60 clients, all fictional."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple


class Product(NamedTuple):
    """A product of the demo: price per case in US dollars, its location, and its initial stock."""

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


LISTS = tomllib.loads((Path(__file__).parent / "goods.toml").read_text())
STREETS: tuple[str, ...] = tuple(LISTS["streets"])
_UNSAID = {"lb", "inch", "no.", "x"}


def products() -> list[Product]:
    """Return all products, the same on every run.

    Each variant of a family costs a little more and has less stock than the one before.
    """
    return [
        _product(family, place, variant)
        for family in LISTS["families"]
        for place, variant in enumerate(family["variants"])
    ]


def companies() -> list[Company]:
    """Return all clients, the same on every run."""
    first, last = LISTS["first_names"], LISTS["last_names"]
    return [
        Company(
            name,
            city,
            f"18{400 + place * 3 % 300:03d}",
            f"{first[place % len(first)]} {last[place * 7 % len(last)]}",
        )
        for place, (name, city) in enumerate(LISTS["clients"])
    ]


def sku_of(code: str, variant: str) -> str:
    """Build a SKU such as `CP-20-LTR` for "20 lb, letter": family, numbers and shortened words."""
    words = [
        word for word in variant.replace("×", "x").replace(",", "").split() if word not in _UNSAID
    ]
    return "-".join([code, *(LISTS["short"].get(word) or _shortened(word) for word in words)])


def _product(family: dict[str, Any], place: int, variant: str) -> Product:
    price = round(Decimal(family["price"]) * (100 + 7 * place) / 100, 2)
    return Product(
        sku_of(family["code"], variant),
        f"{family['name']}, {variant}",
        price,
        f"{family['aisle']:02d}-{place + 1:02d}",
        family["stock"] // (place + 1) + 20,
    )


def _shortened(word: str) -> str:
    return word[:3].upper().translate(str.maketrans("⅛¼½", "842"))
