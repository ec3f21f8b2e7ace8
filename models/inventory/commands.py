"""Warehouse commands: create products, receive goods, and take shipments through their steps.

Each command changes state, ledger, history and events in one transaction.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.inventory.events import (
    GoodsReceived,
    MovedLine,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentReopened,
)
from models.inventory.picks import Take, take_cases
from models.inventory.rules import (
    SAYS,
    STEP_BEFORE,
    NewProduct,
    check_product,
    check_quantity,
    check_step,
)
from models.inventory.stock import (
    home_of,
    lock_demand,
    lock_shelves,
    lock_stock,
    move,
    serve_waiting,
    signal_shipment,
    usable_location,
)
from models.inventory.stock_by_location import (
    fix_picks,
    forget_picks,
    picks_of,
    said,
    where_to_take,
)
from models.inventory.tables import RECEIPT_NUMBER, Product, Receipt, Shipment, ShipmentLine, Stock
from models.shared import clock
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.records.history import write_history
from models.shared.settings import company


def create_product(session: Session, new: NewProduct) -> str:
    """Add a product with no stock and return its SKU.

    Raises Invalid, also for a SKU already in use.
    """
    check_product(new)
    if session.get(Product, new.sku):
        raise Invalid({"sku": f"There is a product {new.sku} already."})
    home = usable_location(session, new.location)
    session.add(
        Product(
            sku=new.sku,
            name=new.name.strip(),
            unit=new.unit,
            unit_price=new.unit_price,
            reorder_point=new.reorder_point,
            reorder_quantity=new.reorder_quantity,
            location=home,
            active=True,
            search_text=f"{new.sku} {new.name}".lower(),
            version=1,
        )
    )
    session.flush()
    session.add(Stock(sku=new.sku, on_hand=0, reserved=0))
    write_history(session, "product", new.sku, "created", unit_price=str(new.unit_price))
    signal_record(session, "products", "*")
    return new.sku


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of a product to receive, at `location` or else at the product's default location."""

    sku: str
    quantity: int
    note: str = ""
    location: str = ""


def receive_all_goods(session: Session, goods: Sequence[Goods]) -> list[str]:
    """Receive all of these goods or none; return the receipt numbers.

    Raises what `receive_goods` raises.
    """
    return [
        receive_goods(session, each.sku, each.quantity, each.note, each.location) for each in goods
    ]


def receive_goods(
    session: Session, sku: str, quantity: int, note: str = "", location: str = ""
) -> str:
    """Receive goods, serve waiting orders, oldest first, and return the receipt's number.

    The goods are put at `location`, or else at the product's default location (GoodsReceived).
    Raises Invalid on `sku` (unknown), `quantity` (not from 1 to 100,000 cases), `note` (over 500
    characters) or `location` (unknown or retired).
    """
    check_quantity(quantity)
    product = session.get(Product, sku)
    if product is None:
        raise Invalid({"sku": f"There is no product {sku}."})
    if len(note) > 500:
        raise Invalid({"note": "At most 500 letters."})
    lock_stock(session, [sku])
    place = usable_location(session, location.strip() or home_of(session, sku))
    number = f"GR-{session.scalar(RECEIPT_NUMBER.next_value())}"
    actor = session.info["actor"]
    session.add(
        Receipt(
            number=number,
            sku=sku,
            quantity=quantity,
            note=note.strip(),
            received_by=actor,
            received_at=clock.now(),
        )
    )
    move(
        session,
        sku,
        "receipt",
        on_hand=quantity,
        location=place,
        reference=number,
        reason=note.strip(),
    )
    write_history(
        session, "product", sku, "goods received", quantity=quantity, receipt=number, location=place
    )
    on_hand = lock_stock(session, [sku])[sku].on_hand
    record(
        session,
        GoodsReceived(
            receipt_number=number,
            sku=sku,
            name=product.name,
            quantity=quantity,
            received_by=actor,
            on_hand=on_hand,
            location=place,
        ),
    )
    serve_waiting(session, sku, "receipt")
    return number


class StepDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a step needs besides the shipment.

    To dispatch: `carrier` and `tracking`. To deliver: `signed_by`. To pick: `places`, the pick list
    as it was shown (see `picking.said`), or `picks`, which replaces its locations.
    """

    carrier: str = ""
    tracking: str = ""
    signed_by: str = ""
    places: str = ""
    picks: Sequence[Take] = ()


def advance_shipment(
    session: Session, number: str, step: str, version: int, details: StepDetails
) -> None:
    """Take a shipment one step further, or one step back with `undo`.

    Raises NotFound (also for an unknown step), and whatever the step's command raises.
    """
    match step:
        case "pick":
            pick_shipment(session, number, version, details.places, details.picks)
        case "pack":
            pack_shipment(session, number, version)
        case "dispatch":
            dispatch_shipment(session, number, details.carrier, details.tracking, version)
        case "deliver":
            deliver_shipment(session, number, details.signed_by, version)
        case "undo":
            undo_step(session, number, version)
        case _:
            raise NotFound("step", step[:20])


def pick_shipment(
    session: Session,
    number: str,
    version: int | None = None,
    places: str = "",
    picks: Sequence[Take] = (),
) -> None:
    """Record where a shipment's cases were picked: as the list proposes, or as `picks` say.

    `places` is the pick list as the person saw it. Raises NotFound, Stale (also if the goods were
    moved since then), DomainError `wrong_step`, and what `take_cases` raises.
    """
    _lock_stock_of(session, number)
    parcel = _step(session, "pick", number, version)
    if places and places != said(where_to_take(session, parcel)):
        raise Stale(
            f"The goods of {number} were moved since you looked: see where they lie now.", {}
        )
    take_cases(session, parcel, picks)
    record(session, ShipmentPicked(**_told(parcel), picked_by=parcel.picked_by))


def pack_shipment(session: Session, number: str, version: int | None = None) -> None:
    """Pack a picked shipment (ShipmentPacked).

    Raises NotFound, Stale, DomainError `wrong_step`, and Forbidden if the picker tries to pack
    while a second person is required.
    """
    parcel = _step(session, "pack", number, version)
    record(session, ShipmentPacked(**_told(parcel), packed_by=parcel.packed_by))


def dispatch_shipment(
    session: Session, number: str, carrier: str, tracking: str, version: int | None = None
) -> None:
    """Dispatch a packed shipment and book its cases out of the locations they were picked from.

    Raises Invalid (no carrier or tracking number), NotFound, Stale, DomainError `wrong_step`.
    """
    _require(
        {
            "carrier": (carrier, "Who takes it?"),
            "tracking": (tracking, "The carrier's tracking number."),
        }
    )
    _lock_stock_of(session, number)
    order = session.scalar(select(Shipment.order_number).where(Shipment.number == number))
    demand = lock_demand(session, order) if order else None
    parcel = _step(
        session, "dispatch", number, version, carrier=carrier.strip(), tracking=tracking.strip()
    )
    assert demand
    asked = {line.line: line for line in demand.lines}
    # A shipment picked before locations were recorded has no picks.
    for pick in picks_of(session, number) or fix_picks(session, parcel):
        move(
            session,
            pick.sku,
            "shipment",
            on_hand=-pick.quantity,
            reserved=-pick.quantity,
            location=pick.location,
            reference=number,
        )
        asked[pick.line].shipped += pick.quantity
    record(
        session,
        ShipmentDispatched(
            **_told(parcel),
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            dispatched_by=parcel.dispatched_by,
        ),
    )


def deliver_shipment(
    session: Session, number: str, signed_by: str, version: int | None = None
) -> None:
    """Mark a shipment as delivered to the client; `signed_by` names who signed for it.

    Raises Invalid, NotFound, Stale, DomainError `wrong_step`.
    """
    _require({"signed_by": (signed_by, "Who signed for it?")})
    parcel = _step(session, "deliver", number, version, signed_by=signed_by.strip())
    record(
        session,
        ShipmentDelivered(
            **_told(parcel), delivered_by=parcel.delivered_by, signed_by=parcel.signed_by
        ),
    )


def undo_step(session: Session, number: str, version: int | None = None) -> None:
    """Undo the last step of a shipment that has not left yet (ShipmentReopened).

    Undoing a pick forgets where the cases were taken. Raises NotFound, Stale, DomainError
    `not_undoable` (no step was taken yet, or it has left).
    """
    parcel = _lock_parcel(session, number, version)
    before = STEP_BEFORE.get(parcel.status)
    if before is None:
        raise DomainError(
            "not_undoable", f"Parcel {number} {SAYS[parcel.status]}; there is no step to take back."
        )
    setattr(parcel, f"{parcel.status}_by", "")
    setattr(parcel, f"{parcel.status}_at", None)
    parcel.status, parcel.version = before, parcel.version + 1
    if before == "waiting":
        forget_picks(session, number)
    write_history(session, "shipment", number, "step undone", status=before)
    signal_shipment(session, number, parcel.order_number)
    record(
        session, ShipmentReopened(**_told(parcel), status=before, reopened_by=session.info["actor"])
    )


def _lock_stock_of(session: Session, number: str) -> None:
    lock_shelves(
        session,
        session.scalars(
            select(ShipmentLine.sku).where(ShipmentLine.shipment_number == number)
        ).all(),
    )


def _step(session: Session, step: str, number: str, version: int | None, **facts: str) -> Shipment:
    parcel = _lock_parcel(session, number, version)
    after = check_step(step, parcel.status, number)
    if (
        step == "pack"
        and parcel.picked_by == session.info["actor"]
        and company.value(session, "second_person_packs")
    ):
        raise Forbidden(f"You picked parcel {number}: somebody else counts and packs it.")
    parcel.status, parcel.version = after, parcel.version + 1
    setattr(parcel, f"{after}_by", session.info["actor"])
    setattr(parcel, f"{after}_at", clock.now())
    for name, value in facts.items():
        setattr(parcel, name, value)
    write_history(session, "shipment", number, after, **facts)
    signal_shipment(session, number, parcel.order_number)
    return parcel


def _lock_parcel(session: Session, number: str, version: int | None) -> Shipment:
    parcel = session.scalars(
        select(Shipment)
        .where(Shipment.number == number)
        .options(selectinload(Shipment.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if parcel is None:
        raise NotFound("parcel", number)
    if version is not None and version != parcel.version:
        raise Stale(
            f"Somebody was faster: parcel {number} is {parcel.status.replace('_', ' ')} now.",
            {"status": (None, parcel.status)},
        )
    return parcel


def _told(parcel: Shipment) -> dict[str, Any]:
    lines = [
        MovedLine(line=line.line, sku=line.sku, name=line.name, quantity=line.quantity)
        for line in parcel.lines
    ]
    return {
        "shipment_number": parcel.number,
        "order_number": parcel.order_number,
        "client_name": parcel.client_name,
        "owner": parcel.owner,
        "lines": lines,
    }


def _require(given: dict[str, tuple[str, str]]) -> None:
    errors = {name: says for name, (value, says) in given.items() if not value.strip()}
    errors |= {
        name: "At most 100 letters." for name, (value, _) in given.items() if len(value) > 100
    }
    if errors:
        raise Invalid(errors)
