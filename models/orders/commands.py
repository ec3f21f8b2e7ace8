"""Commands of the orders service: place, revise and cancel an order."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.orders.approval import send_order, withdraw_request
from models.orders.changes import lock_order, settle, stale
from models.orders.construction import fill_order, find_like, make_order
from models.orders.drafts import check_not_placed, end_draft
from models.orders.events import CancellationRequested, OrderCancelled
from models.orders.new_order import (
    NewOrder,
    errors_of_head,
    errors_of_lines,
    raise_errors,
)
from models.orders.rules import CANCELLABLE, EDITABLE
from models.orders.tables import Client, Order
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.texts import isolate


def place_order(session: Session, new: NewOrder, draft: Circumstance[str] = "") -> str:
    """Place an order for a known, active client and return its number (OrderPlaced).

    If the discount or the client's credit requires it, a sales manager is asked first
    (ApprovalRequested). The actor becomes the owner, and their `draft`, if given, ends.
    Raises Invalid with a sentence per field. The field `duplicate` reports a likely duplicate,
    unless the person was already warned of it. Raises AlreadyPlaced if the `draft` became an order.
    """
    check_not_placed(session, draft)
    client = _checked_client(session, new)
    alike = _check_duplicate(session, new)
    order = make_order(session, new, client)
    order.duplicate_of = alike
    session.add(order)
    send_order(session, order, client)
    end_draft(session, draft, order.number)
    return str(order.number)


def revise_order(session: Session, number: str, new: NewOrder, version: int) -> None:
    """Change an order that is not placed yet, and submit it again.

    It is then placed, or sent for approval. Raises NotFound, Forbidden (not the actor's own), Stale
    (not the version the person saw), DomainError `not_editable` (already placed), Invalid.
    """
    order = lock_order(session, number)
    _check_owner_and_version(session, order, version)
    if order.status not in EDITABLE:
        raise DomainError(
            "not_editable", f"Order {number} is already placed and can no longer be edited."
        )
    client = _checked_client(session, new)
    fill_order(order, new, client)
    send_order(session, order, client)


def request_cancellation(
    session: Session,
    number: str,
    reason: str,
    version: int,
    *,
    may_cancel_any: Circumstance[bool] = False,
) -> None:
    """Ask the warehouse to cancel the order (CancellationRequested).

    The order is `cancelling` until the warehouse answers. An order that was never placed is
    cancelled at once (OrderCancelled), because the warehouse does not know it. Raises NotFound,
    Forbidden (neither the actor's own nor `may_cancel_any`), Stale (not the version the person
    saw), Invalid (no reason), DomainError `not_cancellable` (the status does not allow it).
    """
    order = lock_order(session, number)
    _check_owner_and_version(session, order, version, may_any=may_cancel_any)
    if order.status not in CANCELLABLE:
        raise DomainError(
            "not_cancellable",
            f"Order {number} is {order.status.replace('_', ' ')} and cannot be cancelled.",
        )
    raise_errors(_errors_of_reason(reason))
    order.cancellation_by, order.cancellation_reason = current_actor(session), reason.strip()
    if order.status in EDITABLE:
        _give_up_unplaced(session, order)
    else:
        _ask_warehouse(session, order)


def _give_up_unplaced(session: Session, order: Order) -> None:
    withdraw_request(session, order, order.cancellation_reason)
    order.cancellation = "done"
    settle(session, order, "cancelled")
    record(session, OrderCancelled(**_cancellation(order)))


def _ask_warehouse(session: Session, order: Order) -> None:
    order.cancellation = "asked"
    settle(session, order, "cancellation requested")
    record(session, CancellationRequested(**_cancellation(order)))


def _cancellation(order: Order) -> dict[str, str]:
    return {
        "order_number": order.number,
        "client_name": order.client_name,
        "owner": order.owner,
        "requested_by": order.cancellation_by,
        "reason": order.cancellation_reason,
    }


def _check_owner_and_version(
    session: Session, order: Order, version: int, *, may_any: bool = False
) -> None:
    if not may_any and order.owner != current_actor(session):
        raise Forbidden(
            f"Order {order.number} belongs to {isolate(order.owner_name or order.owner)}."
        )
    if order.version != version:
        raise stale(session, order, version)


def _checked_client(session: Session, new: NewOrder) -> Client:
    """Validate the new order and return its client, locked.

    The lock keeps two concurrent orders from both using the same remaining credit.
    """
    query = select(Client).where(Client.number == new.client_number).with_for_update(key_share=True)
    client = session.scalars(query).one_or_none()
    raise_errors(
        _errors_of_client(new.client_number, client)
        | errors_of_head(new)
        | errors_of_lines(new)
        | _errors_of_place(new, client)
    )
    assert client
    return client


def _check_duplicate(session: Session, new: NewOrder) -> str:
    alike = find_like(session, new.client_number, new.lines)
    if alike and new.warned_of is not None and new.warned_of != alike:
        raise Invalid(
            {
                "duplicate": f"Order {alike} has the same products and quantities. "
                "If you want both, place this order again."
            }
        )
    return alike


def _errors_of_client(number: str, client: Client | None) -> dict[str, str]:
    if not number:
        return {"client_number": "Choose a client."}
    if client is None:
        return {"client_number": f"No client has the number {number[:40]}."}
    return (
        {}
        if client.active
        else {"client_number": f"{isolate(client.name)} is inactive. Choose an active client."}
    )


def _errors_of_place(new: NewOrder, client: Client | None) -> dict[str, str]:
    if (
        client is None
        or not new.place
        or any(each["label"] == new.place for each in client.addresses)
    ):
        return {}
    return {"place": f"{isolate(client.name)} no longer has this address. Choose another one."}


def _errors_of_reason(reason: str) -> dict[str, str]:
    if not reason.strip():
        return {"reason": "Enter a reason."}
    return {} if len(reason) <= 500 else {"reason": "Enter at most 500 characters."}
