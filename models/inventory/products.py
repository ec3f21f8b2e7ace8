"""Change products, and watch their stock."""

from decimal import Decimal

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.inventory.rules import NewProduct, check_product
from models.inventory.stock import tell_level, usable_location
from models.inventory.tables import Product, Stock, Watcher
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import NotFound, Stale
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history


class ProductChange(msgspec.Struct, frozen=True, kw_only=True):
    """A product's new values; the price is US dollars per case, quantities are cases."""

    name: str
    unit_price: Decimal
    location: str
    reorder_point: int
    reorder_quantity: int


def change_product(
    session: Session, sku: str, change: ProductChange, version: Circumstance[int]
) -> None:
    """Change a product's fields; history keeps the old values.

    Placed orders keep their price, and goods stay where they are when the default location changes.
    Raises NotFound, Stale (with what changed), Invalid.
    """
    product = session.scalars(
        select(Product).where(Product.sku == sku).with_for_update()
    ).one_or_none()
    if product is None:
        raise NotFound("product", sku)
    given = msgspec.structs.asdict(change)
    check_product(NewProduct(sku=sku, **given))
    changes = {
        name: (str(getattr(product, name)), str(new))
        for name, new in given.items()
        if getattr(product, name) != new
    }
    if product.version != version:
        raise Stale(
            f"Product {sku} changed since you opened it.",
            {name: (new, was) for name, (was, new) in changes.items()},
        )
    if not changes:
        return
    given["location"] = (
        usable_location(session, change.location) if "location" in changes else change.location
    )
    reorder_point = product.reorder_point
    for name, new in given.items():
        setattr(product, name, new)
    available = session.get_one(Stock, sku).available
    tell_level(session, product, available, available, reorder_point)
    product.search_text, product.version = f"{sku} {change.name}".lower(), product.version + 1
    write_history(session, "product", sku, "changed", **changes)
    _signal_product(session, sku)


def watch_product(session: Session, sku: str, watches: bool) -> None:
    """Notify the actor when the product runs low, or stop doing so. Raises NotFound."""
    if session.get(Product, sku) is None:
        raise NotFound("product", sku)
    mine = {"sku": sku, "uid": current_actor(session)}
    if watches:
        session.execute(upsert(Watcher).values(mine).on_conflict_do_nothing())
    else:
        session.execute(delete(Watcher).where(Watcher.sku == sku, Watcher.uid == mine["uid"]))


def count_watchers(session: Session, sku: str, uid: str) -> tuple[int, bool]:
    """Return how many people watch a product, and whether this person does."""
    mine = func.coalesce(func.bool_or(Watcher.uid == uid), False)
    watchers, is_mine = session.execute(select(func.count(), mine).where(Watcher.sku == sku)).one()
    return watchers, is_mine


def _signal_product(session: Session, sku: str) -> None:
    signal_record(session, "product", sku)
    signal_record(session, "products", "*")
