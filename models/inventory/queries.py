"""Queries on products, stock and shipments."""

from collections.abc import Iterable
from typing import cast

import msgspec
from sqlalchemy import Text, func, select
from sqlalchemy.orm import Session, selectinload

from models.inventory.rules import Address
from models.inventory.tables import Demand, DemandLine, Product, Shipment, Stock
from models.shared.database.rows import AnyRow, AnySelect
from models.shared.database.tables import mechanism
from models.shared.errors import NotFound
from models.shared.records.lists import ListQuery, Sortable
from models.shared.search import words_of

AVAILABLE = (Stock.on_hand - Stock.reserved).label("available")
_SORT_NAME = func.folded(Product.name, type_=Text).label("sort_name")
PRODUCT_SORTS: dict[str, tuple[Sortable, bool]] = {
    "name": (_SORT_NAME, False),
    "price": (Product.unit_price, True),
}
SHIPMENT_WORK = ("waiting", "picked", "packed", "dispatched")
SHIPMENT_SORTS: dict[str, tuple[Sortable, bool]] = {
    "newest": (Shipment.created_at, True),
    "oldest": (Shipment.created_at, False),
}
_PRODUCT = (
    Product.sku,
    Product.name,
    _SORT_NAME,
    Product.unit,
    Product.unit_price,
    Product.reorder_point,
    Product.reorder_quantity,
    Product.location,
    Product.active,
    Product.version,
    Stock.on_hand,
    Stock.reserved,
    AVAILABLE,
)
_SHIPMENT = (
    Shipment.number,
    Shipment.order_number,
    Shipment.client_name,
    select(Demand.client_number)
    .where(Demand.order_number == Shipment.order_number)
    .scalar_subquery()
    .label("client_number"),
    Shipment.owner,
    Shipment.status,
    Shipment.cases,
    Shipment.carrier,
    Shipment.tracking,
    Shipment.picked_by,
    Shipment.packed_by,
    Shipment.created_at,
    Shipment.picked_at,
    Shipment.packed_at,
    Shipment.dispatched_at,
    Shipment.delivered_at,
    Shipment.signed_by,
    Shipment.version,
)


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of the product list.

    `low` keeps products whose available stock is at or below their reorder point.
    """

    q: str = ""
    skus: tuple[str, ...] = ()
    low: bool = False


class ShipmentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of the shipment list; `q` searches number, order, client and SKUs."""

    q: str = ""
    statuses: tuple[str, ...] = ()


class _Going(msgspec.Struct, frozen=True):
    deliver_to: Address | None = None
    client_number: str = ""
    client_reference: str = msgspec.field(default="", name="purchase_order")


class _Told(msgspec.Struct, frozen=True):
    data: _Going


def get_product(session: Session, sku: str) -> AnyRow:
    """Return a product with its stock figures; raises NotFound."""
    row = session.execute(
        select(*_PRODUCT).join(Stock, Stock.sku == Product.sku).where(Product.sku == sku)
    ).one_or_none()
    if row is None:
        raise NotFound("product", sku)
    return cast("AnyRow", row)


def products_by_sku(session: Session, skus: Iterable[str]) -> dict[str, AnyRow]:
    """Return the products with these SKUs; unknown ones are missing."""
    rows = session.execute(
        select(*_PRODUCT)
        .join(Stock, Stock.sku == Product.sku)
        .where(Product.sku.in_(sorted(set(skus))))
    )
    return {row.sku: cast("AnyRow", row) for row in rows}


def short_by_sku(session: Session, skus: Iterable[str]) -> dict[str, int]:
    """Return how many cases are back-ordered of each of these SKUs; without those of which none are."""
    short = func.sum(DemandLine.ordered - DemandLine.allocated)
    rows = session.execute(
        select(DemandLine.sku, short)
        .join(Demand, Demand.order_number == DemandLine.order_number)
        .where(
            DemandLine.sku.in_(sorted(set(skus))),
            DemandLine.allocated < DemandLine.ordered,
            ~Demand.called_off,
        )
        .group_by(DemandLine.sku)
    )
    return dict(rows.all())


def list_waiting_orders(session: Session, sku: str, most: int = 20) -> list[AnyRow]:
    """Return the orders waiting for a SKU, in the order in which they will be served."""
    return list(
        session.execute(
            select(
                DemandLine.order_number,
                Demand.client_name,
                (DemandLine.ordered - DemandLine.allocated).label("short"),
                DemandLine.placed_at,
            )
            .join(Demand, Demand.order_number == DemandLine.order_number)
            .where(
                DemandLine.sku == sku, DemandLine.allocated < DemandLine.ordered, ~Demand.called_off
            )
            .order_by(DemandLine.placed_at, DemandLine.order_number)
            .limit(most)
        )
    )


def shipment_counts(session: Session) -> dict[str, int]:
    """Return how many shipments are at each step of SHIPMENT_WORK.

    Exact up to 1,000; above that 1,001.
    """
    counts = [
        select(func.count())
        .select_from(
            select(Shipment.number).where(Shipment.status == status).limit(1001).subquery()
        )
        .scalar_subquery()
        .label(status)
        for status in SHIPMENT_WORK
    ]
    return session.execute(select(*counts)).one()._asdict()


def get_shipment(session: Session, number: str) -> Shipment:
    """Return a shipment with its lines; raises NotFound."""
    query = select(Shipment).where(Shipment.number == number).options(selectinload(Shipment.lines))
    parcel = session.scalars(query).one_or_none()
    if parcel is None:
        raise NotFound("shipment", number)
    return parcel


def shipments_of_order(session: Session, order_number: str) -> list[Shipment]:
    """Return an order's shipments with their lines, oldest first."""
    return list(
        session.scalars(
            select(Shipment)
            .where(Shipment.order_number == order_number)
            .options(selectinload(Shipment.lines))
            .order_by(Shipment.created_at, Shipment.number)
        )
    )


def short_of_order(session: Session, order_number: str) -> list[DemandLine]:
    """Return the lines of an order that still wait for stock."""
    return list(
        session.scalars(
            select(DemandLine)
            .join(Demand, Demand.order_number == DemandLine.order_number)
            .where(
                DemandLine.order_number == order_number,
                DemandLine.allocated < DemandLine.ordered,
                ~Demand.called_off,
            )
            .order_by(DemandLine.line)
        )
    )


def get_demand(session: Session, order_number: str) -> Demand:
    """Return an order as the warehouse knows it, with its lines."""
    return session.scalars(
        select(Demand)
        .where(Demand.order_number == order_number)
        .options(selectinload(Demand.lines))
    ).one()


def get_address(session: Session, order_number: str) -> Address | None:
    """Return where an order ships to, or None if unknown.

    Orders from before addresses were stored here have theirs read from the journaled event.
    """
    known = session.scalar(select(Demand.deliver_to).where(Demand.order_number == order_number))
    return msgspec.convert(known, Address) if known else _placed(session, order_number).deliver_to


def get_client_number(session: Session, order_number: str) -> str:
    """Return the number of an order's client, from where `get_address` has the address; "" if unknown."""
    query = select(Demand.client_number).where(Demand.order_number == order_number)
    return session.scalar(query) or _placed(session, order_number).client_number


def get_client_reference(session: Session, order_number: str) -> str:
    """Return the client's own number of an order, from the journaled event; "" if there is none."""
    return _placed(session, order_number).client_reference


def _placed(session: Session, order_number: str) -> _Going:
    """Return what the journaled event says of an order; nothing if it is not there."""
    journal = mechanism("inventory").journal
    placed = select(journal.c.envelope).where(
        journal.c.key == order_number,
        journal.c.type == "dm.orders.order.placed.v1",
        journal.c.topic == "dm.orders.lifecycle",
    )
    envelope = session.scalars(placed.limit(1)).first()
    return msgspec.json.decode(envelope, type=_Told).data if envelope else _Going()


def _narrowed_products(query: AnySelect, wanted: ProductFilter) -> AnySelect:
    for word in words_of(wanted.q):
        query = query.where(Product.search_text.contains(word, autoescape=True))
    if wanted.skus:
        query = query.where(Product.sku.in_(wanted.skus))
    return (
        query.where(Stock.on_hand - Stock.reserved <= Product.reorder_point)
        if wanted.low
        else query
    )


def _narrowed_shipments(query: AnySelect, wanted: ShipmentFilter) -> AnySelect:
    for word in words_of(wanted.q):
        query = query.where(Shipment.search_text.contains(word, autoescape=True))
    return query.where(Shipment.status.in_(wanted.statuses)) if wanted.statuses else query


PRODUCTS: ListQuery[ProductFilter] = ListQuery(
    select(*_PRODUCT).join(Stock, Stock.sku == Product.sku),
    _narrowed_products,
    PRODUCT_SORTS,
    Product.sku,
)
SHIPMENTS: ListQuery[ShipmentFilter] = ListQuery(
    select(*_SHIPMENT), _narrowed_shipments, SHIPMENT_SORTS, Shipment.number
)
list_products, list_shipments, count_shipments = PRODUCTS.page, SHIPMENTS.page, SHIPMENTS.count
