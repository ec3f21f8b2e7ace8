"""Products, prices and availability, read from the inventory service over REST."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec

from models.orders.new_order import Product
from models.shared.texts import isolate
from webapp.shared.process.json_objects import JsonObject
from webapp.shared.services.client import ServiceDown, call

MOST_AT_ONCE = 100  # inventory's largest page, and the most lines an order can have


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its price per case in US dollars and the cases still available."""

    sku: str
    name: str
    unit_price: Decimal
    available: int

    @property
    def in_words(self) -> str:
        """Label for a plain list of choices."""
        return f"{isolate(self.name)}, ${self.unit_price:,.2f}, {self.available:,} available"

    def as_product(self) -> Product:
        """Return the part of the offer that an order needs."""
        return Product(sku=self.sku, name=self.name, unit_price=self.unit_price)


def search_offers(q: str) -> list[Offer]:
    """Return up to 20 products that match `q`. Raises ServiceDown."""
    return [
        _offer(item)
        for item in call("inventory", "GET", "/products", params={"q": q, "limit": 20})["items"]
    ]


def offers_of(skus: Iterable[str]) -> dict[str, Offer]:
    """Return the offers for these SKUs from one request; SKUs unknown to inventory are missing.

    Raises ServiceDown.
    """
    wanted = sorted({sku for sku in skus if sku.isascii() and sku.replace("-", "").isalnum()})[
        :MOST_AT_ONCE
    ]
    if not wanted:
        return {}
    found = call("inventory", "GET", "/products", params={"sku": wanted, "limit": MOST_AT_ONCE})[
        "items"
    ]
    return {offer.sku: offer for offer in map(_offer, found)}


def _offer(item: JsonObject) -> Offer:
    try:
        return Offer(
            sku=item["sku"],
            name=item["name"],
            unit_price=Decimal(str(item["unit_price"])),
            available=int(item["available"]),
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise ServiceDown("inventory") from error
