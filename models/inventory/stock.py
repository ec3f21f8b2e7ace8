"""Moves stock, and the ledger with it. Locks in one order everywhere: the warehouse, then stock, demand, parcels.

A worker's batch handles many orders in one transaction, so sorting the SKUs of each is not enough: two
transactions could still cross. Whoever moves stock takes the warehouse first and holds it until the commit.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.inventory.events import MovedLine, ProductRanLow, ReservationLine, ReservationMade, ShipmentCreated
from models.inventory.tables import (
    SHIPMENT_NUMBER,
    Demand,
    DemandLine,
    LedgerEntry,
    Product,
    Shipment,
    ShipmentLine,
    Stock,
    Watcher,
)
from models.shared import clock
from models.shared.app_settings import value
from models.shared.live import signal_record
from models.shared.outbox import record

WAREHOUSE = 7_306_712  # the advisory lock of all that moves stock


def lock_stock(session: Session, skus: Iterable[str]) -> dict[str, Stock]:
    """The stock rows of these SKUs, locked until the commit, in sorted order; what is unknown is missing."""
    session.execute(select(func.pg_advisory_xact_lock(WAREHOUSE)))
    query = select(Stock).where(Stock.sku.in_(sorted(set(skus)))).order_by(Stock.sku).with_for_update()
    return {stock.sku: stock for stock in session.scalars(query.execution_options(populate_existing=True))}


def move(session: Session, sku: str, kind: str, *, on_hand: int = 0, reserved: int = 0, reference: str, reason: str = "") -> None:
    """Changes the figures of one SKU by these cases and writes the ledger. PostgreSQL refuses what would oversell."""
    after = session.execute(
        update(Stock).where(Stock.sku == sku).values(on_hand=Stock.on_hand + on_hand, reserved=Stock.reserved + reserved)
        .returning(Stock.on_hand, Stock.reserved).execution_options(synchronize_session=False)).one()
    _tell_if_low(session, sku, after.on_hand - after.reserved, taken=reserved - on_hand)
    session.execute(insert(LedgerEntry).values(
        sku=sku, kind=kind, delta_on_hand=on_hand, delta_reserved=reserved, reference=reference, reason=reason,
        actor=session.info["actor"], at=clock.now(), correlation_id=session.info["correlation"]))
    signal_record(session, "product", sku)
    signal_record(session, "products", "*")


def hold_for(session: Session, demand: Demand) -> dict[int, int]:
    """Holds for an order what is free of what it is short of, cases by line; by setting all of it or nothing yet."""
    free = {sku: row.available for sku, row in lock_stock(session, (line.sku for line in demand.lines)).items()}
    wanted = Counter[str]()
    for line in demand.lines:
        wanted[line.sku] += line.short
    if value(session, "reservation_mode") == "all" and any(cases > free[sku] for sku, cases in wanted.items()):
        return {}
    held = {}
    for line in demand.lines:
        if cases := allocate(session, line, free[line.sku]):
            held[line.line] = cases
            free[line.sku] -= cases
    return held


def allocate(session: Session, line: DemandLine, free: int) -> int:
    """Holds up to `free` cases for what the line is short of; how many that were. The SKU's stock is locked."""
    cases = min(line.short, free)
    if cases > 0:
        move(session, line.sku, "reservation", reserved=cases, reference=line.order_number)
        line.allocated += cases
    return max(cases, 0)


def serve_waiting(session: Session, sku: str, cause: str) -> None:
    """Gives what is free of a SKU to the orders that wait for it, the oldest first; the SKU's stock is locked."""
    for order_number in _queue(session, sku):
        if lock_stock(session, [sku])[sku].available <= 0:
            return
        demand = lock_demand(session, order_number)
        if held := hold_for(session, demand):
            tell_reservation(session, demand, cause, held)


def lock_demand(session: Session, order_number: str) -> Demand:
    """An order's demand with its lines, locked until the commit; raises LookupError."""
    demand = session.scalars(select(Demand).where(Demand.order_number == order_number).with_for_update()
                             .execution_options(populate_existing=True)).one_or_none()
    if demand is None:
        raise LookupError(f"the warehouse does not know order {order_number}")
    lines = select(DemandLine).where(DemandLine.order_number == order_number).order_by(DemandLine.line)
    set_committed_value(demand, "lines", list(session.scalars(lines.execution_options(populate_existing=True))))
    return demand


def tell_reservation(session: Session, demand: Demand, cause: str, held: dict[int, int]) -> None:
    """Publishes how the order stands, and makes a parcel of what is newly held (cases by line)."""
    session.flush()
    lines = [ReservationLine(line=line.line, sku=line.sku, name=line.name, ordered=line.ordered, reserved=line.allocated,
                             short=line.short) for line in demand.lines]
    record(session, ReservationMade(
        order_number=demand.order_number, client_name=demand.client_name, owner=demand.owner, cause=cause,
        complete=not any(line.short for line in lines), lines=lines))
    if held:
        create_shipment(session, demand, held)


def create_shipment(session: Session, demand: Demand, held: dict[int, int]) -> str:
    """A parcel that waits to be picked, with these cases by line; its number."""
    number = f"SH-{session.scalar(SHIPMENT_NUMBER.next_value())}"
    lines = [line for line in demand.lines if held.get(line.line)]
    names = ("carrier", "tracking", "signed_by", "picked_by", "packed_by", "dispatched_by", "delivered_by")
    session.add(Shipment(
        number=number, order_number=demand.order_number, client_name=demand.client_name, owner=demand.owner, status="waiting",
        cases=sum(held.values()), created_at=clock.now(), version=1, **dict.fromkeys(names, ""),
        search_text=" ".join((number, demand.order_number, demand.client_name, *(line.sku for line in lines))).lower(),
        lines=[ShipmentLine(line=line.line, sku=line.sku, name=line.name, quantity=held[line.line]) for line in lines]))
    session.flush()
    record(session, ShipmentCreated(
        shipment_number=number, order_number=demand.order_number, client_name=demand.client_name, owner=demand.owner,
        lines=[MovedLine(line=line.line, sku=line.sku, name=line.name, quantity=held[line.line]) for line in lines]))
    signal_shipment(session, number, demand.order_number)
    return number


def signal_shipment(session: Session, number: str, order_number: str) -> None:
    """Tells whoever looks at the parcel, at its order or at the list of parcels."""
    for kind, key in (("shipment", number), ("order", order_number), ("shipments", "*")):
        signal_record(session, kind, key)


def _tell_if_low(session: Session, sku: str, available: int, taken: int) -> None:
    """Says so once, when what is free falls to the reorder point: not again while it stays under it."""
    if taken <= 0:
        return
    product = session.get_one(Product, sku)
    if available <= product.reorder_point < available + taken:
        watchers = session.scalars(select(Watcher.uid).where(Watcher.sku == sku).order_by(Watcher.uid)).all()
        record(session, ProductRanLow(
            sku=sku, name=product.name, available=available, reorder_point=product.reorder_point,
            reorder_quantity=product.reorder_quantity, watchers=list(watchers)))


def _queue(session: Session, sku: str) -> list[str]:
    """The orders that wait for a SKU, the oldest first."""
    rows = session.execute(select(DemandLine.order_number, func.min(DemandLine.placed_at).label("since"))
                           .join(Demand, Demand.order_number == DemandLine.order_number)
                           .where(DemandLine.sku == sku, DemandLine.allocated < DemandLine.ordered, ~Demand.called_off)
                           .group_by(DemandLine.order_number).order_by("since", DemandLine.order_number))
    return [row.order_number for row in rows]
