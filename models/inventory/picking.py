"""What lies where: cases put at a location and taken from it, and from where the cases of a parcel come.

Reservations are per product. A location enters when a person takes the cases: what was taken for a
parcel is bound there until the parcel leaves. Since no more is taken than is reserved, and no more
reserved than lies there, it never fails.
"""

from collections import defaultdict

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.inventory.rules import take_from
from models.inventory.shelf_tables import ShipmentPick, StockAtLocation
from models.inventory.tables import Product, Shipment, Stock
from models.shared.errors import DomainError

IN_HOUSE = ("waiting", "picked", "packed")
BOUND = IN_HOUSE[1:]  # parcels whose cases are off the shelf and not yet out of the books


def put_at(session: Session, sku: str, location: str, cases: int) -> None:
    """Changes what the books say of a location by so many cases. PostgreSQL refuses what would leave less than none."""
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
    """By location where a product lies: (cases on hand, those of them that were taken for parcels
    still in the house).
    """
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
    if (
        rest := on_hand - sum(there for there, _ in found.values())
    ) > 0:  # from before locations were kept
        found[home] = (found.get(home, (0, 0))[0] + rest, found.get(home, (0, 0))[1])
    return dict(sorted(found.items()))


def free_at(session: Session, sku: str) -> dict[str, int]:
    """By location: cases of a product that nobody took for a parcel yet."""
    return {
        location: on_hand - bound
        for location, (on_hand, bound) in at_locations(session, sku).items()
    }


def where_to_take(session: Session, parcel: Shipment) -> list[ShipmentPick]:
    """From where the cases of a parcel come: as they were taken, or as they are to be, the same for everybody who asks.

    Nothing for a parcel that left before locations were kept.
    """
    return picks_of(session, parcel.number) or (
        _proposed(session, parcel) if parcel.status in IN_HOUSE else []
    )


def picks_of(session: Session, number: str) -> list[ShipmentPick]:
    """From where a parcel's cases were taken; none before it was picked."""
    query = select(ShipmentPick).where(ShipmentPick.shipment_number == number)
    return list(
        session.scalars(query.order_by(ShipmentPick.location, ShipmentPick.sku, ShipmentPick.line))
    )


def fix_picks(
    session: Session, parcel: Shipment, chosen: list[ShipmentPick] | None = None
) -> list[ShipmentPick]:
    """Writes down from where a parcel's cases are taken: as `chosen`, or as the list says; the warehouse is locked."""
    picks = _proposed(session, parcel) if chosen is None else chosen
    session.add_all(picks)
    session.flush()
    return picks


def forget_picks(session: Session, number: str) -> None:
    """The cases of a parcel are back where they were taken from."""
    session.execute(delete(ShipmentPick).where(ShipmentPick.shipment_number == number))


def said(picks: list[ShipmentPick]) -> str:
    """The places in one word, so that a form can say which ones it showed."""
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
                "nowhere", f"The books do not say where {line.sku} lies. Count it, then pick again."
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
