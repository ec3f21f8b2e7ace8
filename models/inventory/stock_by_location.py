"""Stock by location: cases put and removed, and where a shipment's cases come from.

Reservations are per product, not per location. A location is chosen only when someone picks the
cases; from then on they are bound there until the shipment leaves. Picking cannot run out of stock,
since no more is picked than is reserved and no more is reserved than is on hand.
"""

from collections import defaultdict

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.inventory.location_tables import ShipmentPick, StockAtLocation
from models.inventory.rules import take_from
from models.inventory.tables import Product, Shipment, Stock
from models.shared.errors import DomainError

IN_HOUSE = ("waiting", "picked", "packed")
BOUND = IN_HOUSE[1:]  # picked, but still part of the stock on hand


def put_at(session: Session, sku: str, location: str, cases: int) -> None:
    """Add `cases` (negative to remove) to the stock at a location.

    A CHECK constraint in PostgreSQL refuses to go below zero.
    """
    if cases > 0:
        added = upsert(StockAtLocation).values(sku=sku, location=location, on_hand=cases)
        session.execute(
            added.on_conflict_do_update(
                index_elements=["sku", "location"],
                set_={"on_hand": StockAtLocation.on_hand + cases},
            )
        )
    else:
        session.execute(
            update(StockAtLocation)
            .where(StockAtLocation.sku == sku, StockAtLocation.location == location)
            .values(on_hand=StockAtLocation.on_hand + cases)
            .returning(StockAtLocation.on_hand)
            .execution_options(synchronize_session=False)
        ).one()


def at_locations(session: Session, sku: str) -> dict[str, tuple[int, int]]:
    """Return (cases on hand, cases of these picked and not shipped yet) by location."""
    taken = (
        select(ShipmentPick.location, func.sum(ShipmentPick.quantity).label("cases"))
        .join(Shipment, Shipment.number == ShipmentPick.shipment_number)
        .where(ShipmentPick.sku == sku, Shipment.status.in_(BOUND))
        .group_by(ShipmentPick.location)
        .subquery()
    )
    rows = session.execute(
        select(StockAtLocation.location, StockAtLocation.on_hand, func.coalesce(taken.c.cases, 0))
        .outerjoin(taken, taken.c.location == StockAtLocation.location)
        .where(StockAtLocation.sku == sku, StockAtLocation.on_hand > 0)
    )
    found = {location: (on_hand, bound) for location, on_hand, bound in rows}
    home, on_hand = session.execute(
        select(Product.location, Stock.on_hand).join(Stock).where(Product.sku == sku)
    ).one()
    # Stock booked before locations were recorded counts as being at the default location.
    if (rest := on_hand - sum(there for there, _ in found.values())) > 0:
        found[home] = (found.get(home, (0, 0))[0] + rest, found.get(home, (0, 0))[1])
    return dict(sorted(found.items()))


def free_at(session: Session, sku: str) -> dict[str, int]:
    """Return, by location, the cases of a product that are not picked for any shipment."""
    return {
        location: on_hand - bound
        for location, (on_hand, bound) in at_locations(session, sku).items()
    }


def where_to_take(session: Session, parcel: Shipment) -> list[ShipmentPick]:
    """Return where a shipment's cases were picked, or the proposal if they were not picked yet.

    The proposal is deterministic. Empty for a shipment that left before locations were recorded.
    """
    return picks_of(session, parcel.number) or (
        _proposed(session, parcel) if parcel.status in IN_HOUSE else []
    )


def picks_of(session: Session, number: str) -> list[ShipmentPick]:
    """Return where a shipment's cases were picked; empty before it was picked."""
    query = select(ShipmentPick).where(ShipmentPick.shipment_number == number)
    return list(
        session.scalars(query.order_by(ShipmentPick.location, ShipmentPick.sku, ShipmentPick.line))
    )


def fix_picks(
    session: Session, parcel: Shipment, chosen: list[ShipmentPick] | None = None
) -> list[ShipmentPick]:
    """Store where a shipment's cases are picked: as `chosen`, or as proposed.

    The caller must hold the warehouse lock.
    """
    picks = _proposed(session, parcel) if chosen is None else chosen
    session.add_all(picks)
    session.flush()
    return picks


def forget_picks(session: Session, number: str) -> None:
    """Delete a shipment's picks: its cases are back where they were taken from."""
    session.execute(delete(ShipmentPick).where(ShipmentPick.shipment_number == number))


def said(picks: list[ShipmentPick]) -> str:
    """Encode the picks as one string, so that a form can tell which ones it showed."""
    return ",".join(f"{pick.line}:{pick.location}:{pick.quantity}" for pick in picks)


def _proposed(session: Session, parcel: Shipment) -> list[ShipmentPick]:
    skus = {line.sku for line in parcel.lines}
    homes = dict(
        session.execute(select(Product.sku, Product.location).where(Product.sku.in_(skus))).all()
    )
    free = defaultdict(dict, {sku: free_at(session, sku) for sku in skus})
    picks = []
    for line in parcel.lines:
        taken = take_from(free[line.sku], homes[line.sku], line.quantity)
        if sum(taken.values()) < line.quantity:
            raise DomainError(
                "nowhere", f"{line.sku} has no stock at any location. Count it, then pick again."
            )
        for location, cases in taken.items():
            free[line.sku][location] -= cases
            picks.append(
                ShipmentPick(
                    shipment_number=parcel.number,
                    line=line.line,
                    location=location,
                    sku=line.sku,
                    quantity=cases,
                )
            )
    return sorted(picks, key=lambda pick: (pick.location, pick.sku, pick.line))
