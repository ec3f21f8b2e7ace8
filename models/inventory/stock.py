"""Stock movements with their ledger entries, reservations, and the locks that protect them.

Every transaction takes its locks in the same order: the warehouse's advisory lock, then stock,
demand, shipments. Sorting the SKUs of one order is not enough: a worker's batch handles many orders
in one transaction, so two transactions could still deadlock. Whoever moves stock therefore takes
the warehouse lock first and holds it until the commit.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple, TypedDict

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.inventory.events import (
    MovedLine,
    ProductRanLow,
    ProductRestocked,
    ReservationLine,
    ReservationMade,
    ShipmentCancelled,
    ShipmentCreated,
)
from models.inventory.location_tables import StockAtLocation
from models.inventory.rules import take_from
from models.inventory.stock_by_location import free_at, put_at
from models.inventory.tables import (
    SHIPMENT_NUMBER,
    Demand,
    DemandLine,
    LedgerEntry,
    Location,
    Product,
    Shipment,
    ShipmentLine,
    Stock,
    Watcher,
)
from models.shared import clock
from models.shared.database.context import current_actor, current_correlation
from models.shared.database.live_signals import signal_record
from models.shared.database.rows import AnySelect
from models.shared.errors import Invalid
from models.shared.events.outbox import record
from models.shared.records.history import write_history
from models.shared.settings.company import value

WAREHOUSE = 7_306_712  # advisory lock key for everything that moves stock
DOCK = "DOCK"  # location for goods without one; created on first use
UNPLACED = "Booked before locations were recorded"


def lock_stock(session: Session, skus: Iterable[str]) -> dict[str, Stock]:
    """Return the stock rows of these SKUs, locked until the commit; unknown SKUs are missing.

    Also takes the warehouse lock.
    """
    session.execute(select(func.pg_advisory_xact_lock(WAREHOUSE)))
    query = (
        select(Stock).where(Stock.sku.in_(sorted(set(skus)))).order_by(Stock.sku).with_for_update()
    )
    return {
        stock.sku: stock
        for stock in session.scalars(query.execution_options(populate_existing=True))
    }


def lock_shelves(session: Session, skus: Iterable[str]) -> dict[str, Stock]:
    """Lock stock as lock_stock does, and assign stock without a location to the default location.

    The assignment is booked as transfers in the ledger.
    """
    stock = lock_stock(session, skus)
    lying = func.coalesce(
        select(func.sum(StockAtLocation.on_hand))
        .where(StockAtLocation.sku == Stock.sku)
        .scalar_subquery(),
        0,
    )
    rest = select(Stock.sku, Stock.on_hand - lying).where(
        Stock.sku.in_(list(stock)), Stock.on_hand != lying
    )
    for sku, cases in session.execute(rest.order_by(Stock.sku)).all():
        home = home_of(session, sku)
        if cases > 0:
            carry(session, sku, None, home, cases, sku, UNPLACED)
        for place, gone in (
            take_from(free_at(session, sku), home, -cases) if cases < 0 else {}
        ).items():
            carry(session, sku, place, None, gone, sku, UNPLACED)
    return stock


def home_of(session: Session, sku: str) -> str:
    """Return a product's default location, creating its row if it does not exist yet.

    Products from before locations were recorded may hold a code that is not in the table.
    """
    home: str = session.get_one(Product, sku).location or DOCK
    session.execute(
        upsert(Location).values(code=home, name="", active=True, version=1).on_conflict_do_nothing()
    )
    return home


def usable_location(session: Session, code: str, field: str = "location") -> str:
    """Return the code of an active location as stored; an empty `code` means the dock.

    The row is locked until the commit, so that nobody can retire it meanwhile. Raises Invalid on
    `field` if the location is unknown or retired.
    """
    if not code:
        session.execute(
            upsert(Location)
            .values(code=DOCK, name="", active=True, version=1)
            .on_conflict_do_nothing()
        )
    found = session.scalars(location_named(code or DOCK).with_for_update(read=True)).first()
    if found is None or not found.active:
        raise Invalid(
            {
                field: f"Location {code} is retired."
                if found
                else f"No location has the bin code {code[:40]}."
            }
        )
    return str(found.code)


def location_named(code: str) -> AnySelect:
    """Build the query for a location by code, ignoring case but preferring an exact match."""
    return (
        select(Location)
        .where(func.lower(Location.code) == code.lower())
        .order_by(Location.code != code)
    )


def move(
    session: Session,
    sku: str,
    kind: str,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    location: str = "",
    reference: str,
    reason: str = "",
) -> None:
    """Change a SKU's stock by these cases and write the ledger entry.

    A change of `on_hand` needs a `location`. A CHECK constraint in PostgreSQL refuses to oversell.
    Publishes ProductRanLow if the available stock falls to the reorder point, and ProductRestocked
    if it rises above it again.
    """
    after = session.execute(
        update(Stock)
        .where(Stock.sku == sku)
        .values(on_hand=Stock.on_hand + on_hand, reserved=Stock.reserved + reserved)
        .returning(Stock.on_hand, Stock.reserved)
        .execution_options(synchronize_session=False)
    ).one()
    available, taken = after.on_hand - after.reserved, reserved - on_hand
    if taken:
        tell_level(session, session.get_one(Product, sku), available + taken, available)
    if on_hand:
        put_at(session, sku, location, on_hand)
    _enter(session, sku, kind, on_hand, reserved, location, reference, reason)


def carry(
    session: Session,
    sku: str,
    source: str | None,
    target: str | None,
    cases: int,
    reference: str,
    reason: str,
) -> None:
    """Move cases between two locations with a pair of ledger entries; the product's totals stay.

    None as source or target stands for stock without a location.
    """
    for location, delta in ((source, -cases), (target, cases)):
        if location:
            put_at(session, sku, location, delta)
        _enter(session, sku, "transfer", delta, 0, location, reference, reason)


def hold_for(session: Session, demand: Demand) -> dict[int, int]:
    """Reserve available stock for what an order is short of; return reserved cases by line.

    With the setting `reservation_mode` at `all`, reserves everything the order is short of or
    nothing.
    """
    free = {
        sku: row.available
        for sku, row in lock_stock(session, (line.sku for line in demand.lines)).items()
    }
    wanted = Counter[str]()
    for line in demand.lines:
        wanted[line.sku] += line.short
    if value(session, "reservation_mode") == "all" and any(
        cases > free[sku] for sku, cases in wanted.items()
    ):
        return {}
    held = {}
    for line in demand.lines:
        if cases := allocate(session, line, free[line.sku]):
            held[line.line] = cases
            free[line.sku] -= cases
    return held


def allocate(session: Session, line: DemandLine, free: int) -> int:
    """Reserve up to `free` cases for a line; return how many. The SKU's stock must be locked."""
    cases = min(line.short, free)
    if cases > 0:
        move(session, line.sku, "reservation", reserved=cases, reference=line.order_number)
        line.allocated += cases
    return max(cases, 0)


class Filled(NamedTuple):
    """Cases of an order line that no longer wait for stock."""

    order_number: str
    line: int
    sku: str
    cases: int


def serve_waiting(
    session: Session, sku: str, cause: str, corrected: Collection[str] = ()
) -> list[Filled]:
    """Reserve a SKU's available stock for the orders that wait for it, oldest first.

    The SKU's stock must be locked. Returns what was reserved; of an order that is only reserved as
    a whole, other products too. Orders in `corrected` had more before, so `cause` is not theirs.
    """
    filled = list[Filled]()
    for order_number in _queue(session, sku):
        if lock_stock(session, [sku])[sku].available <= 0:
            break
        demand = lock_demand(session, order_number)
        if held := hold_for(session, demand):
            told = "correction" if order_number in corrected else cause
            tell_reservation(session, demand, told, held)
            skus = {line.line: line.sku for line in demand.lines}
            filled += [
                Filled(order_number, line, skus[line], cases) for line, cases in held.items()
            ]
    return filled


def lock_demand(session: Session, order_number: str) -> Demand:
    """Return an order's demand with its lines, locked until the commit; raises LookupError."""
    demand = session.scalars(
        select(Demand)
        .where(Demand.order_number == order_number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if demand is None:
        raise LookupError(f"the warehouse does not know order {order_number}")
    lines = (
        select(DemandLine).where(DemandLine.order_number == order_number).order_by(DemandLine.line)
    )
    set_committed_value(
        demand, "lines", list(session.scalars(lines.execution_options(populate_existing=True)))
    )
    return demand


def tell_reservation(session: Session, demand: Demand, cause: str, held: dict[int, int]) -> None:
    """Publish the order's reservation state, and create a shipment for newly reserved cases.

    `held` maps lines to cases.
    """
    session.flush()
    lines = [
        ReservationLine(
            line=line.line,
            sku=line.sku,
            name=line.name,
            ordered=line.ordered,
            reserved=line.allocated,
            short=line.short,
        )
        for line in demand.lines
    ]
    record(
        session,
        ReservationMade(
            order_number=demand.order_number,
            client_name=demand.client_name,
            owner=demand.owner,
            cause=cause,
            complete=not any(line.short for line in lines),
            lines=lines,
        ),
    )
    if held:
        create_shipment(session, demand, held)


def create_shipment(session: Session, demand: Demand, held: dict[int, int]) -> str:
    """Create a shipment ready to pick with these cases by line; return its number."""
    number = f"SH-{session.scalar(SHIPMENT_NUMBER.next_value())}"
    lines = [line for line in demand.lines if held.get(line.line)]
    names = (
        "carrier",
        "tracking",
        "signed_by",
        "picked_by",
        "packed_by",
        "dispatched_by",
        "delivered_by",
    )
    session.add(
        Shipment(
            number=number,
            order_number=demand.order_number,
            client_name=demand.client_name,
            owner=demand.owner,
            status="waiting",
            cases=sum(held.values()),
            created_at=clock.now(),
            version=1,
            **dict.fromkeys(names, ""),
            search_text=" ".join(
                (number, demand.order_number, demand.client_name, *(line.sku for line in lines))
            ).lower(),
            lines=[
                ShipmentLine(line=line.line, sku=line.sku, name=line.name, quantity=held[line.line])
                for line in lines
            ],
        )
    )
    session.flush()
    record(
        session,
        ShipmentCreated(
            shipment_number=number,
            order_number=demand.order_number,
            client_name=demand.client_name,
            owner=demand.owner,
            lines=[
                MovedLine(line=line.line, sku=line.sku, name=line.name, quantity=held[line.line])
                for line in lines
            ],
        ),
    )
    write_history(session, "shipment", number, "created")
    signal_shipment(session, number, demand.order_number)
    return number


def cancel_shipment(session: Session, parcel: Shipment) -> None:
    """Cancel a shipment that has not left (ShipmentCancelled); its lines must be loaded.

    What it held is released by the caller.
    """
    status, handlers = parcel.status, {parcel.picked_by, parcel.packed_by} - {""}
    parcel.status, parcel.version = "called_off", parcel.version + 1
    write_history(session, "shipment", parcel.number, "cancelled")
    signal_shipment(session, parcel.number, parcel.order_number)
    record(
        session,
        ShipmentCancelled(**facts_of_shipment(parcel), status=status, handled_by=sorted(handlers)),
    )


class ShipmentFacts(TypedDict):
    """What every event about a shipment says."""

    shipment_number: str
    order_number: str
    client_name: str
    owner: str
    lines: list[MovedLine]


def facts_of_shipment(parcel: Shipment) -> ShipmentFacts:
    """Return what every event about a shipment says; its lines must be loaded."""
    return {
        "shipment_number": parcel.number,
        "order_number": parcel.order_number,
        "client_name": parcel.client_name,
        "owner": parcel.owner,
        "lines": [
            MovedLine(line=line.line, sku=line.sku, name=line.name, quantity=line.quantity)
            for line in parcel.lines
        ],
    }


def signal_shipment(session: Session, number: str, order_number: str) -> None:
    """Signal pages that show the shipment, its order, or the shipment list."""
    for kind, key in (("shipment", number), ("order", order_number), ("shipments", "*")):
        signal_record(session, kind, key)


def _enter(
    session: Session,
    sku: str,
    kind: str,
    on_hand: int,
    reserved: int,
    location: str | None,
    reference: str,
    reason: str,
) -> None:
    session.execute(
        insert(LedgerEntry).values(
            sku=sku,
            kind=kind,
            location=location or None,
            delta_on_hand=on_hand,
            delta_reserved=reserved,
            reference=reference,
            reason=reason,
            actor=current_actor(session),
            at=clock.now(),
            correlation_id=current_correlation(session),
        )
    )
    signal_record(session, "product", sku)
    signal_record(session, "products", "*")


def tell_level(
    session: Session, product: Product, before: int, now: int, reorder_point: int | None = None
) -> None:
    """Publish once that the product ran low (ProductRanLow), or no longer is (ProductRestocked).

    `before` and `now` are the available cases; `reorder_point` is the one before, if it changed.
    """
    was_low = before <= (product.reorder_point if reorder_point is None else reorder_point)
    is_low = now <= product.reorder_point
    if is_low and not was_low:
        record(
            session,
            ProductRanLow(
                sku=product.sku,
                name=product.name,
                reorder_point=product.reorder_point,
                available=now,
                reorder_quantity=product.reorder_quantity,
                watchers=list_watchers(session, product.sku),
            ),
        )
    elif was_low and not is_low:
        record(
            session,
            ProductRestocked(
                sku=product.sku,
                name=product.name,
                reorder_point=product.reorder_point,
                available=now,
            ),
        )


def list_watchers(session: Session, sku: str) -> list[str]:
    """Return the uids of people who asked to be notified of the product."""
    watchers = select(Watcher.uid).where(Watcher.sku == sku).order_by(Watcher.uid)
    return list(session.scalars(watchers))


def _queue(session: Session, sku: str) -> list[str]:
    """Return the orders that wait for a SKU, oldest first."""
    rows = session.execute(
        select(DemandLine.order_number, func.min(DemandLine.placed_at).label("since"))
        .join(Demand, Demand.order_number == DemandLine.order_number)
        .where(DemandLine.sku == sku, DemandLine.allocated < DemandLine.ordered, ~Demand.called_off)
        .group_by(DemandLine.order_number)
        .order_by("since", DemandLine.order_number)
    )
    return [row.order_number for row in rows]
