"""Warehouse commands: create products and take shipments through their steps.

Each command changes state, ledger, history and events in one transaction.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.inventory.events import (
    ShipmentDelivered,
    ShipmentDispatchCorrected,
    ShipmentDispatched,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentReopened,
)
from models.inventory.picks import Take, take_cases
from models.inventory.rules import (
    DISPATCHED,
    SAYS,
    STEP_BEFORE,
    NewProduct,
    check_counted,
    check_product,
    check_step,
    may_pack,
)
from models.inventory.stock import (
    facts_of_shipment,
    lock_demand,
    lock_shelves,
    move,
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
from models.inventory.tables import Product, Shipment, ShipmentLine, Stock
from models.shared import clock
from models.shared.database.context import current_actor
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
        raise Invalid({"sku": f"The SKU {new.sku} is already in use."})
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


class StepDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a step needs besides the shipment.

    To dispatch: `carrier` and `tracking`. To deliver: `signed_by`. To pick: `places`, the pick list
    as it was shown (see `picking.said`), or `picks`, which replaces its locations. To pack, where
    the company's setting asks for it: `counted`, the cases of each line.
    """

    carrier: str = ""
    tracking: str = ""
    signed_by: str = ""
    places: str = ""
    picks: Sequence[Take] = ()
    counted: dict[int, int] = {}


STEPS = ("pick", "pack", "dispatch", "deliver", "undo")


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
            pack_shipment(session, number, version, details.counted)
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
            f"Stock for {number} has moved since you opened it. Check the locations again.", {}
        )
    take_cases(session, parcel, picks)
    record(session, ShipmentPicked(**facts_of_shipment(parcel), picked_by=parcel.picked_by))


def pack_shipment(
    session: Session,
    number: str,
    version: int | None = None,
    counted: Mapping[int, int] | None = None,
) -> None:
    """Pack a picked shipment (ShipmentPacked).

    Raises NotFound, Stale, DomainError `wrong_step`, Forbidden if the picker tries to pack while a
    second person is required, and Invalid (`counted-LINE`) if the setting asks for a count and
    `counted`, cases by line, differs from the shipment's.
    """
    parcel = _step(session, "pack", number, version)
    if company.value(session, "packing_counts_lines"):
        lines = {line.line: (line.sku, line.quantity) for line in parcel.lines}
        if errors := check_counted(lines, counted or {}):
            raise Invalid(errors, "Count every line before you pack the shipment.")
    record(session, ShipmentPacked(**facts_of_shipment(parcel), packed_by=parcel.packed_by))


def dispatch_shipment(
    session: Session, number: str, carrier: str, tracking: str, version: int | None = None
) -> None:
    """Dispatch a packed shipment and book its cases out of the locations they were picked from.

    Raises Invalid (no carrier or tracking number), NotFound, Stale, DomainError `wrong_step`.
    """
    _require(
        {
            "carrier": (carrier, "Enter the carrier."),
            "tracking": (tracking, "Enter the carrier's tracking number."),
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
            **facts_of_shipment(parcel),
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            dispatched_by=parcel.dispatched_by,
        ),
    )


def correct_dispatch(
    session: Session, number: str, carrier: str, tracking: str, version: int
) -> None:
    """Correct the carrier or tracking number of a shipment that left (ShipmentDispatchCorrected).

    History keeps what they were; nothing happens if they are the same. Raises Invalid, NotFound,
    Stale, DomainError `not_dispatched`.
    """
    _require(
        {
            "carrier": (carrier, "Enter the carrier."),
            "tracking": (tracking, "Enter the carrier's tracking number."),
        }
    )
    parcel = _lock_parcel(session, number, version)
    if parcel.status not in DISPATCHED:
        raise DomainError("not_dispatched", f"Shipment {number} has not shipped yet.")
    now = {"carrier": carrier.strip(), "tracking": tracking.strip()}
    changes = {
        name: [getattr(parcel, name), text]
        for name, text in now.items()
        if getattr(parcel, name) != text
    }
    if not changes:
        return
    parcel.carrier, parcel.tracking = now["carrier"], now["tracking"]
    parcel.version += 1
    write_history(session, "shipment", number, "carrier or tracking corrected", **changes)
    signal_shipment(session, number, parcel.order_number)
    record(
        session,
        ShipmentDispatchCorrected(
            **facts_of_shipment(parcel),
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            corrected_by=current_actor(session),
        ),
    )


def deliver_shipment(
    session: Session, number: str, signed_by: str, version: int | None = None
) -> None:
    """Mark a shipment as delivered to the client; `signed_by` names who signed for it.

    Raises Invalid, NotFound, Stale, DomainError `wrong_step`.
    """
    _require({"signed_by": (signed_by, "Enter the name of the person who signed.")})
    parcel = _step(session, "deliver", number, version, signed_by=signed_by.strip())
    record(
        session,
        ShipmentDelivered(
            **facts_of_shipment(parcel),
            delivered_by=parcel.delivered_by,
            signed_by=parcel.signed_by,
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
            "not_undoable",
            f"Shipment {number} {SAYS[parcel.status]}, so there is no step to undo.",
        )
    setattr(parcel, f"{parcel.status}_by", "")
    setattr(parcel, f"{parcel.status}_at", None)
    parcel.status, parcel.version = before, parcel.version + 1
    if before == "waiting":
        forget_picks(session, number)
    write_history(session, "shipment", number, "step undone", status=before)
    signal_shipment(session, number, parcel.order_number)
    record(
        session,
        ShipmentReopened(
            **facts_of_shipment(parcel),
            status=before,
            reopened_by=current_actor(session),
            version=parcel.version,
        ),
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
    if step == "pack" and not may_pack(
        current_actor(session), parcel.picked_by, company.value(session, "second_person_packs")
    ):
        raise Forbidden(f"You picked shipment {number}, so someone else has to pack it.")
    parcel.status, parcel.version = after, parcel.version + 1
    setattr(parcel, f"{after}_by", current_actor(session))
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
        raise NotFound("shipment", number)
    if version is not None and version != parcel.version:
        raise Stale(
            f"Shipment {number} changed since you opened it. It {SAYS[parcel.status]} now.",
            {"status": (None, parcel.status)},
        )
    return parcel


def _require(given: dict[str, tuple[str, str]]) -> None:
    errors = {name: says for name, (value, says) in given.items() if not value.strip()}
    errors |= {
        name: "Enter at most 100 characters."
        for name, (value, _) in given.items()
        if len(value) > 100
    }
    if errors:
        raise Invalid(errors)
