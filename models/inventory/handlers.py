"""Event handlers of the inventory service: reserve stock for orders and answer cancellations."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from models.inventory.events import (
    ReleasedLine,
    ReleaseRefused,
    ReservationReleased,
)
from models.inventory.rules import Address
from models.inventory.stock import (
    cancel_shipment,
    hold_for,
    lock_demand,
    lock_stock,
    move,
    serve_waiting,
    tell_reservation,
)
from models.inventory.tables import Demand, DemandLine, Shipment
from models.shared.events.envelope import Envelope
from models.shared.events.outbox import record
from models.shared.listeners.registry import handles

LEFT = ("dispatched", "delivered")


class PlacedLine(msgspec.Struct, frozen=True):
    """The fields of an order line that inventory reads: `quantity` cases of a product."""

    line: int
    sku: str
    name: str
    quantity: int


class PlacedOrder(msgspec.Struct, frozen=True):
    """The fields of order.placed that inventory reads."""

    order_number: str
    client_name: str
    owner: str
    lines: list[PlacedLine]
    deliver_to: Address | None = None
    client_number: str = ""


class AskedCancellation(msgspec.Struct, frozen=True):
    """The fields of order.cancellation_requested that inventory reads."""

    order_number: str


@handles("dm.orders.order.placed.v1", reads=PlacedOrder, by="inventory")
def reserve_stock_for_placed_order(session: Session, event: Envelope, data: PlacedOrder) -> None:
    """Reserve available stock for the order and queue it for the rest.

    Raises LookupError for an unknown product. Orders checks every product before placing, so this
    is a fault that someone must look at: the event becomes a dead letter and the order stays
    placed, instead of waiting forever for stock that never comes.
    """
    stock = lock_stock(session, (line.sku for line in data.lines))
    unknown = {line.sku for line in data.lines} - stock.keys()
    if unknown:
        raise LookupError(f"no such product: {', '.join(sorted(unknown))}")
    demand = _queue_demand(session, event, data)
    tell_reservation(session, demand, "placed", hold_for(session, demand))


@handles("dm.orders.order.cancellation_requested.v1", reads=AskedCancellation, by="inventory")
def answer_cancellation(session: Session, event: Envelope, data: AskedCancellation) -> None:
    """Release what has not left and cancel its shipments (ShipmentCancelled).

    Refuses if everything has left.

    Released stock serves other waiting orders.
    """
    number = data.order_number
    skus = session.scalars(select(DemandLine.sku).where(DemandLine.order_number == number)).all()
    lock_stock(session, skus)
    demand = lock_demand(session, number)
    parcels = session.scalars(
        select(Shipment)
        .where(Shipment.order_number == number)
        .order_by(Shipment.number)
        .options(selectinload(Shipment.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if all(line.shipped == line.ordered for line in demand.lines):
        record(
            session,
            ReleaseRefused(
                order_number=number, reason="Everything in the order has already shipped."
            ),
        )
        return
    for parcel in (each for each in parcels if each.status not in LEFT):
        cancel_shipment(session, parcel)
    record(session, ReservationReleased(order_number=number, lines=_release(session, demand)))
    session.flush()
    for sku in sorted(set(skus)):
        serve_waiting(session, sku, "release")


def _queue_demand(session: Session, event: Envelope, data: PlacedOrder) -> Demand:
    demand = Demand(
        order_number=data.order_number,
        client_name=data.client_name,
        client_number=data.client_number or None,
        owner=data.owner,
        placed_at=event.time,
        called_off=False,
        deliver_to=msgspec.to_builtins(data.deliver_to),
    )
    session.add(demand)
    session.flush()
    lines = [
        DemandLine(
            order_number=data.order_number,
            line=line.line,
            sku=line.sku,
            name=line.name,
            ordered=line.quantity,
            allocated=0,
            shipped=0,
            placed_at=event.time,
        )
        for line in data.lines
    ]
    session.add_all(lines)
    session.flush()
    set_committed_value(demand, "lines", lines)
    return demand


def _release(session: Session, demand: Demand) -> list[ReleasedLine]:
    released = []
    for line in demand.lines:
        if held := line.allocated - line.shipped:
            move(session, line.sku, "release", reserved=-held, reference=demand.order_number)
        released.append(ReleasedLine(line=line.line, sku=line.sku, quantity=held))
        line.allocated = line.shipped
    demand.called_off = True
    return released
