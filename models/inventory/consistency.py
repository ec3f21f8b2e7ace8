"""Consistency checks for the warehouse: stock, locations, reservations, picks and the ledger.

They can run at any time.
"""

from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Subquery,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from models.inventory.location_tables import ShipmentPick, StockAtLocation
from models.inventory.stock_by_location import BOUND
from models.inventory.tables import (
    DemandLine,
    LedgerEntry,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    Stock,
)
from models.shared.database.rows import AnySelect


class StockError(NamedTuple):
    """A figure that does not match what it should add up to, in cases.

    `what` names the comparison, `stands` is the stored figure and `should_be` the computed one.
    """

    sku: str
    what: str
    stands: int
    should_be: int


def find_book_errors(session: Session) -> list[str]:
    """Return a sentence for each figure that differs from what it follows from."""
    return [
        f"{each.sku}: {each.what} stands at {each.stands}, should be {each.should_be}"
        for each in find_stock_errors(session)
    ]


def find_stock_errors(session: Session) -> list[StockError]:
    """Return every mismatch in the warehouse's figures; an empty list means all is well.

    Compares stock with the ledger, with open demand and with the stock at each location; the stock
    at locations with the ledger; picked cases with the stock where they lie; picks with their
    shipments' lines; and receipts with their lines and the ledger, where voided ones have nothing.
    """
    return (
        _of_products(session)
        + _of_locations(session)
        + _of_picks(session)
        + _of_parcels(session)
        + _of_receipts(session)
    )


def _of_products(session: Session) -> list[StockError]:
    on_hand = _sums(LedgerEntry.sku, LedgerEntry.delta_on_hand)
    reserved = _sums(LedgerEntry.sku, LedgerEntry.delta_reserved)
    held = _sums(DemandLine.sku, DemandLine.allocated - DemandLine.shipped)
    unplaced = _sums(LedgerEntry.sku, LedgerEntry.delta_on_hand, LedgerEntry.location.is_(None))
    lying = _sums(StockAtLocation.sku, StockAtLocation.on_hand)
    errors = []
    compared = (
        ("on hand, by the ledger", Stock.on_hand, (on_hand,)),
        ("reserved, by the ledger", Stock.reserved, (reserved,)),
        ("reserved, by open demand", Stock.reserved, (held,)),
        ("on hand, by its locations", Stock.on_hand, (lying, unplaced)),
    )
    for what, stands, sums in compared:
        should = sum(
            (func.coalesce(each.c.cases, 0) for each in sums[1:]), func.coalesce(sums[0].c.cases, 0)
        )
        query = select(Stock.sku, stands, should).where(stands != should).order_by(Stock.sku)
        for each in sums:
            query = query.outerjoin(each, each.c.key == Stock.sku)
        rows = session.execute(query)
        errors += [StockError(sku, what, cases, int(right)) for sku, cases, right in rows]
    return errors


def _of_locations(session: Session) -> list[StockError]:
    entered = (
        select(
            LedgerEntry.sku,
            LedgerEntry.location,
            func.sum(LedgerEntry.delta_on_hand).label("cases"),
        )
        .where(LedgerEntry.location.is_not(None))
        .group_by(LedgerEntry.sku, LedgerEntry.location)
        .subquery()
    )
    here = (StockAtLocation.sku == entered.c.sku) & (StockAtLocation.location == entered.c.location)
    stands, should = func.coalesce(StockAtLocation.on_hand, 0), func.coalesce(entered.c.cases, 0)
    sku, place = (
        func.coalesce(StockAtLocation.sku, entered.c.sku),
        func.coalesce(StockAtLocation.location, entered.c.location),
    )
    rows = session.execute(
        select(sku, place, stands, should)
        .select_from(StockAtLocation)
        .outerjoin(entered, here, full=True)
        .where(stands != should)
        .order_by(sku, place)
    )
    return [
        StockError(name, f"on hand at {at}, by the ledger", cases, int(right))
        for name, at, cases, right in rows
    ]


def _of_picks(session: Session) -> list[StockError]:
    taken = (
        select(
            ShipmentPick.sku, ShipmentPick.location, func.sum(ShipmentPick.quantity).label("cases")
        )
        .join(Shipment, Shipment.number == ShipmentPick.shipment_number)
        .where(Shipment.status.in_(BOUND))
        .group_by(ShipmentPick.sku, ShipmentPick.location)
        .subquery()
    )
    here = (StockAtLocation.sku == taken.c.sku) & (StockAtLocation.location == taken.c.location)
    lying = func.coalesce(StockAtLocation.on_hand, 0)
    rows = session.execute(
        select(taken, lying)
        .outerjoin(StockAtLocation, here)
        .where(taken.c.cases > lying)
        .order_by(taken.c.sku, taken.c.location)
    )
    return [
        StockError(sku, f"picked for shipments at {at}, against what is there", int(cases), there)
        for sku, at, cases, there in rows
    ]


def _of_parcels(session: Session) -> list[StockError]:
    taken = (
        select(
            ShipmentPick.shipment_number,
            ShipmentPick.line,
            func.sum(ShipmentPick.quantity).label("cases"),
        )
        .group_by(ShipmentPick.shipment_number, ShipmentPick.line)
        .subquery()
    )
    line = (ShipmentLine.shipment_number == taken.c.shipment_number) & (
        ShipmentLine.line == taken.c.line
    )
    rows = session.execute(
        select(ShipmentLine.sku, ShipmentLine.shipment_number, taken.c.cases, ShipmentLine.quantity)
        .join(taken, line)
        .where(taken.c.cases != ShipmentLine.quantity)
        .order_by(ShipmentLine.shipment_number, ShipmentLine.line)
    )
    return [
        StockError(sku, f"taken for {number}, by its lines", int(cases), right)
        for sku, number, cases, right in rows
    ]


def _of_receipts(session: Session) -> list[StockError]:
    lined = _sums(ReceiptLine.receipt_number, ReceiptLine.quantity)
    entered = _sums(LedgerEntry.reference, LedgerEntry.delta_on_hand, LedgerEntry.kind == "receipt")
    stands = case((Receipt.voided_at.is_(None), Receipt.quantity), else_=0)
    compared = (
        ("by its lines", Receipt.quantity, lined, Receipt.quantity),
        ("by the ledger", stands, entered, literal(0)),
    )
    errors = []
    for what, has, sums, otherwise in compared:
        should = func.coalesce(sums.c.cases, otherwise)
        rows = session.execute(
            select(Receipt.sku, Receipt.number, has, should)
            .outerjoin(sums, sums.c.key == Receipt.number)
            .where(has != should)
            .order_by(Receipt.number)
        )
        errors += [
            StockError(sku, f"received by {number}, {what}", cases, int(right))
            for sku, number, cases, right in rows
        ]
    return errors


def _sums(
    key: SQLColumnExpression[str], cases: SQLColumnExpression[int], *where: ColumnElement[bool]
) -> Subquery:
    summed: AnySelect = (
        select(key.label("key"), func.sum(cases).label("cases")).where(*where).group_by(key)
    )
    return summed.subquery()
