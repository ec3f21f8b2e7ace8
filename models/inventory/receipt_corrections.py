"""Correct or void a posted receipt, as long as its goods are still at their locations.

What is reserved of them is given back first: shipments that nobody has picked are cancelled, the
latest orders first, and these orders wait for stock again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.inventory.events import ReceiptCorrected, ReceiptVoided
from models.inventory.receipts import get_receipt, lines_of_receipt, note_filled
from models.inventory.rules import MOST_CASES, check_reason
from models.inventory.stock import (
    DOCK,
    Filled,
    cancel_shipment,
    list_watchers,
    lock_demand,
    lock_shelves,
    move,
    serve_waiting,
    tell_reservation,
    usable_location,
)
from models.inventory.stock_by_location import free_at
from models.inventory.tables import (
    Demand,
    Product,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    Stock,
)
from models.shared import clock
from models.shared.counts import counted
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history


class ChangedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a receipt with `before` cases at `location`, which are to be `after`."""

    line: int
    sku: str
    name: str
    location: str
    before: int
    after: int

    @property
    def delta(self) -> int:
        """How the stock changes, in cases."""
        return self.after - self.before


class LineFacts(TypedDict):
    """What both events say of a line."""

    receipt_number: str
    line: int
    reference: str
    sku: str
    name: str
    location: str
    on_hand: int
    received_by: str
    watchers: list[str]


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction does: it changes `lines` and cancels `shipments`, whose `orders` wait again."""

    lines: list[ChangedLine]
    shipments: list[str]
    orders: list[str]

    @property
    def delta(self) -> int:
        """How the stock changes, in cases of all products."""
        return sum(line.delta for line in self.lines)


def correct_receipt(
    session: Session,
    number: str,
    quantities: Mapping[int, int],
    reason: str,
    version: Circumstance[int],
) -> None:
    """Set the cases of a receipt's lines, by line; lines that are not named stay.

    Stock and ledger follow (ReceiptCorrected for each line that changes). Added cases serve waiting
    orders. Raises NotFound, Stale, DomainError `voided` or `nothing_changed`, Invalid on `reason`
    and on `quantity-LINE` (not from 0 to 100,000, no such line, no case left in the receipt, or
    more removed than is still at the line's location).
    """
    check_reason(reason)
    receipt = _lock(session, number, version)
    effects = _effects_of(session, receipt, quantities)
    for each in effects.lines:
        if each.delta > 0:
            usable_location(session, each.location, f"quantity-{each.line}")
    waiting = _book(session, receipt, effects, reason.strip())
    rows = _own_lines(session, receipt)
    for each in effects.lines:
        rows[each.line].quantity = each.after
        record(
            session,
            ReceiptCorrected(
                **_told(session, receipt, each),
                reason=reason.strip(),
                quantity_before=each.before,
                quantity=each.after,
                corrected_by=current_actor(session),
            ),
        )
    receipt.quantity = sum(row.quantity for row in rows.values())
    _serve(session, receipt, effects, waiting)
    changes = {str(each.line): [each.before, each.after] for each in effects.lines}
    _note(session, receipt, "corrected", reason.strip(), lines=changes)


def void_receipt(session: Session, number: str, reason: str, version: Circumstance[int]) -> None:
    """Take all goods of a receipt out of the stock again; the receipt stays, marked as voided.

    Publishes ReceiptVoided for each line. Raises NotFound, Stale, Invalid on `reason`, DomainError
    `voided` or `gone` (not all of its goods are still at their locations).
    """
    check_reason(reason)
    receipt = _lock(session, number, version)
    effects = _effects_of(session, receipt, None)
    waiting = _book(session, receipt, effects, reason.strip())
    for each in effects.lines:
        record(
            session,
            ReceiptVoided(
                **_told(session, receipt, each),
                reason=reason.strip(),
                quantity=each.before,
                voided_by=current_actor(session),
            ),
        )
    receipt.voided_at = clock.now()
    _serve(session, receipt, effects, waiting)
    _note(session, receipt, "voided", reason.strip(), cases=receipt.quantity)


def preview_correction(session: Session, number: str, quantities: Mapping[int, int]) -> Effects:
    """Return what `correct_receipt` would do; raises the same, but for reason and version."""
    return _effects_of(session, get_receipt(session, number), quantities)


def preview_voiding(session: Session, number: str) -> Effects:
    """Return what `void_receipt` would do; raises the same, but for reason and version."""
    return _effects_of(session, get_receipt(session, number), None)


def _effects_of(
    session: Session, receipt: Receipt, quantities: Mapping[int, int] | None
) -> Effects:
    """Return what setting these quantities does, or voiding the receipt without any; raises why not."""
    if receipt.voided_at:
        raise DomainError("voided", f"Receipt {receipt.number} is voided already.")
    before = _lines(session, receipt)
    if quantities is None:
        changed = [msgspec.structs.replace(line, after=0) for line in before if line.before]
    else:
        changed = _changed(receipt, before, quantities)
    gone = _gone(session, changed)
    if gone and quantities is None:
        raise DomainError("gone", " ".join(gone.values()))
    if gone:
        raise Invalid(gone)
    parcels = _to_cancel(session, changed)
    return Effects(
        lines=changed,
        shipments=[parcel.number for parcel in parcels],
        orders=list(dict.fromkeys(parcel.order_number for parcel in parcels)),
    )


def _lines(session: Session, receipt: Receipt) -> list[ChangedLine]:
    lines = lines_of_receipt(session, receipt)
    homes = dict(
        session.execute(
            select(Product.sku, Product.location).where(
                Product.sku.in_({line.sku for line in lines})
            )
        ).all()
    )
    return [
        ChangedLine(
            line=line.line,
            sku=line.sku,
            name=line.name,
            location=line.location or homes[line.sku] or DOCK,
            before=line.quantity,
            after=line.quantity,
        )
        for line in lines
    ]


def _changed(
    receipt: Receipt, before: Sequence[ChangedLine], quantities: Mapping[int, int]
) -> list[ChangedLine]:
    known = {line.line for line in before}
    errors = {
        f"quantity-{line}": f"Receipt {receipt.number} has no line {line}."
        for line in quantities
        if line not in known
    } | {
        f"quantity-{line}": f"Enter from 0 to {MOST_CASES:,} cases."
        for line, cases in quantities.items()
        if line in known and not 0 <= cases <= MOST_CASES
    }
    after = [
        msgspec.structs.replace(line, after=quantities.get(line.line, line.before))
        for line in before
    ]
    if not errors and not any(line.after for line in after):
        errors = {
            f"quantity-{line.line}": "No case is left. Void the receipt instead." for line in after
        }
    if errors:
        raise Invalid(errors)
    if not any(line.delta for line in after):
        raise DomainError("nothing_changed", "These are the quantities that were received.")
    return [line for line in after if line.delta]


def _gone(session: Session, changed: Sequence[ChangedLine]) -> dict[str, str]:
    """Return, by field, what says that fewer cases are left at a location than would be removed."""
    free = {line.sku: Counter(free_at(session, line.sku)) for line in changed}
    for line in changed:
        if line.delta > 0:
            free[line.sku][line.location] += line.delta
    errors = {}
    for line in (each for each in changed if each.delta < 0):
        left = free[line.sku][line.location]
        if left + line.delta < 0:
            errors[f"quantity-{line.line}"] = (
                f"Only {counted(left, 'case')} of {line.name} "
                f"{'is' if left == 1 else 'are'} left at {line.location} to remove. "
                f"Transfer the others back there, or undo their pick, and try again"
                f"{f'; or enter {line.before - left:,} or more' if line.after else ''}."
            )
        free[line.sku][line.location] = max(0, left + line.delta)
    return errors


def _to_cancel(session: Session, changed: Sequence[ChangedLine]) -> list[Shipment]:
    """Return the shipments whose reserved cases are to go, the latest orders' first, unpicked ones only.

    No more is needed than these hold: what is neither available nor picked is reserved for them.
    """
    parcels = dict[str, Shipment]()
    for sku in sorted({line.sku for line in changed}):
        removed = -sum(line.delta for line in changed if line.sku == sku)
        missing = removed - session.get_one(Stock, sku).available
        missing -= sum(_cases_in(parcel, sku) for parcel in parcels.values())
        for parcel in _unpicked(session, sku) if missing > 0 else ():
            if missing <= 0:
                break
            if parcel.number not in parcels:
                parcels[parcel.number] = parcel
                missing -= _cases_in(parcel, sku)
    return list(parcels.values())


def _unpicked(session: Session, sku: str) -> Sequence[Shipment]:
    return session.scalars(
        select(Shipment)
        .join(Demand, Demand.order_number == Shipment.order_number)
        .where(
            Shipment.status == "waiting",
            Shipment.lines.any(ShipmentLine.sku == sku),
        )
        .order_by(Demand.placed_at.desc(), Demand.order_number.desc(), Shipment.created_at.desc())
        .options(selectinload(Shipment.lines))
    ).all()


def _cases_in(parcel: Shipment, sku: str) -> int:
    return sum(line.quantity for line in parcel.lines if line.sku == sku)


def _lock(session: Session, number: str, version: int) -> Receipt:
    """Return the receipt, locked after its products' stock; raises NotFound and Stale."""
    skus = {line.sku for line in lines_of_receipt(session, get_receipt(session, number))}
    lock_shelves(session, skus)
    receipt = session.scalars(
        select(Receipt)
        .where(Receipt.number == number)
        .options(selectinload(Receipt.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if receipt is None:
        raise NotFound("receipt", number)
    if receipt.version != version:
        raise Stale(f"Receipt {number} was corrected or voided since you opened it.")
    return receipt


def _own_lines(session: Session, receipt: Receipt) -> dict[int, ReceiptLine]:
    """Return a receipt's lines; one from before receipts had lines gets its line."""
    if not receipt.lines:
        (line,) = _lines(session, receipt)
        receipt.lines.append(
            ReceiptLine(
                line=line.line,
                sku=line.sku,
                quantity=line.before,
                location=line.location,
                note="",
            )
        )
        session.flush()
    return {row.line: row for row in receipt.lines}


def _book(session: Session, receipt: Receipt, effects: Effects, reason: str) -> list[Shipment]:
    """Give back what is reserved of removed goods, then enter the changes; return what was cancelled."""
    cancelled = _to_cancel(session, effects.lines)
    for parcel in cancelled:
        demand = lock_demand(session, parcel.order_number)
        rows = {row.line: row for row in demand.lines}
        for line in parcel.lines:
            number = parcel.order_number
            move(session, line.sku, "release", reserved=-line.quantity, reference=number)
            rows[line.line].allocated -= line.quantity
        cancel_shipment(session, parcel)
        session.flush()
    for each in sorted(effects.lines, key=lambda line: line.delta < 0):
        move(
            session,
            each.sku,
            "receipt",
            on_hand=each.delta,
            location=each.location,
            reference=receipt.number,
            reason=reason,
        )
    return cancelled


def _told(session: Session, receipt: Receipt, line: ChangedLine) -> LineFacts:
    """Return what both events say of a line, once its change is entered."""
    return {
        "receipt_number": receipt.number,
        "line": line.line,
        "reference": receipt.reference,
        "sku": line.sku,
        "name": line.name,
        "location": line.location,
        "on_hand": session.scalars(select(Stock.on_hand).where(Stock.sku == line.sku)).one(),
        "received_by": receipt.received_by,
        "watchers": list_watchers(session, line.sku),
    }


def _serve(
    session: Session, receipt: Receipt, effects: Effects, cancelled: Sequence[Shipment]
) -> None:
    """Reserve what is available for the orders that wait, oldest first, and tell who is short again."""
    short = {parcel.order_number for parcel in cancelled}
    added = {line.sku for line in effects.lines if line.delta > 0}
    skus = added | {line.sku for parcel in cancelled for line in parcel.lines}
    filled = [
        each
        for sku in sorted(skus)
        for each in serve_waiting(session, sku, "receipt", corrected=short)
    ]
    for number in sorted(short - {each.order_number for each in filled}):
        tell_reservation(session, lock_demand(session, number), "correction", {})
    note_filled(session, receipt.number, _newly_filled(cancelled, filled, added, short))


def _newly_filled(
    cancelled: Sequence[Shipment],
    filled: Sequence[Filled],
    added: set[str],
    short: set[str],
) -> Counter[tuple[str, int, str]]:
    """Return by order line how many cases more (or fewer) the receipt filled than before."""
    cases = Counter[tuple[str, int, str]]()
    for parcel in cancelled:
        for line in parcel.lines:
            cases[parcel.order_number, line.line, line.sku] -= line.quantity
    for each in filled:
        if each.sku in added or each.order_number in short:
            cases[each.order_number, each.line, each.sku] += each.cases
    return cases


def _note(session: Session, receipt: Receipt, what: str, reason: str, **changes: object) -> None:
    receipt.version += 1
    session.flush()
    write_history(session, "receipt", receipt.number, what, reason=reason, **changes)
    signal_record(session, "receipts", "*")
