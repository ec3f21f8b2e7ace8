"""Products, prices and what is available, as the inventory service tells over REST."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from models.orders.placing import Product
from webapp.shared.service_client import ServiceDown, ServiceRefused, call


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its price a case in US dollars and how many cases are free to promise."""

    sku: str
    name: str
    unit_price: Decimal
    available: int

    def as_product(self) -> Product:
        """What an order needs of it."""
        return Product(sku=self.sku, name=self.name, unit_price=self.unit_price)


def search_offers(q: str) -> list[Offer]:
    """Products that match `q`. Raises ServiceDown."""
    return [
        _offer(item) for item in call("inventory", "GET", "/products", params={"q": q, "limit": 20})["items"]
    ]


def offers_of(skus: Iterable[str]) -> dict[str, Offer]:
    """The offers of these SKUs; one that inventory does not know is missing. Raises ServiceDown."""
    wanted = sorted({sku for sku in skus if sku})
    found = (_offer_of(sku) for sku in wanted)
    return {offer.sku: offer for offer in found if offer}


def _offer_of(sku: str) -> Offer | None:
    if not sku.replace("-", "").isalnum() or not sku.isascii():
        return None
    try:
        return _offer(call("inventory", "GET", f"/products/{sku}"))
    except ServiceRefused as refused:
        if refused.status == 404:
            return None
        raise


def _offer(item: dict[str, Any]) -> Offer:
    try:
        return Offer(
            sku=item["sku"],
            name=item["name"],
            unit_price=Decimal(str(item["unit_price"])),
            available=int(item["available"]),
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise ServiceDown("inventory") from error
