"""What the orders service does."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.orders.events import Address, CancellationRequested, OrderPlaced, PlacedLine
from models.orders.placing import NewOrder, Product, errors_of_head, errors_of_lines, raise_errors
from models.orders.rules import CANCELLABLE
from models.orders.settling import lock_order, settle
from models.orders.tables import ORDER_NUMBER, Client, Order, OrderLine
from models.shared import clock
from models.shared.errors import DomainError, Forbidden, Stale
from models.shared.history import list_history
from models.shared.outbox import record

CURRENCY = "USD"


def place_order(session: Session, new: NewOrder) -> str:
    """Places an order for a known, active client at the products' prices and says so (OrderPlaced).

    The actor becomes its owner. Returns the number; raises Invalid with a sentence per field.
    """
    client = session.get(Client, new.client_number)
    raise_errors(_errors_of_client(new.client_number, client) | errors_of_head(new) | errors_of_lines(new))
    assert client
    order = _make_order(session, new, client)
    session.add(order)
    settle(session, order, "placed")
    record(session, _placed(order))
    return str(order.number)


def request_cancellation(
    session: Session, number: str, reason: str, version: int, *, may_cancel_any: bool = False
) -> None:
    """Asks the warehouse to give the order up (CancellationRequested); until then it is `cancelling`.

    Raises NotFound, Forbidden (neither one's own nor `may_cancel_any`), Stale (not the version that the
    person saw), Invalid (no reason), DomainError `not_cancellable` (nothing can be given up in this state).
    """
    order, actor = lock_order(session, number), session.info["actor"]
    if not may_cancel_any and order.owner != actor:
        raise Forbidden(f"Order {number} belongs to {order.owner_name or order.owner}.")
    if order.version != version:
        raise _stale(session, order, version)
    if order.status not in CANCELLABLE:
        raise DomainError(
            "not_cancellable", f"Order {number} is {order.status.replace('_', ' ')} and cannot be cancelled."
        )
    raise_errors(_errors_of_reason(reason))
    order.cancellation, order.cancellation_by, order.cancellation_reason = "asked", actor, reason.strip()
    settle(session, order, "cancellation requested")
    record(
        session,
        CancellationRequested(
            order_number=number,
            client_name=order.client_name,
            owner=order.owner,
            requested_by=actor,
            reason=reason.strip(),
        ),
    )


def _errors_of_client(number: str, client: Client | None) -> dict[str, str]:
    if not number:
        return {"client_number": "Please choose a client."}
    if client is None:
        return {"client_number": f"There is no client {number[:40]}."}
    return {} if client.active else {"client_number": f"{client.name} is not an active client."}


def _errors_of_reason(reason: str) -> dict[str, str]:
    if not reason.strip():
        return {"reason": "Please say why."}
    return {} if len(reason) <= 500 else {"reason": "At most 500 characters."}


def _make_order(session: Session, new: NewOrder, client: Client) -> Order:
    lines = [_make_line(n, line.quantity or 0, new.products[line.sku]) for n, line in enumerate(new.lines, 1)]
    address = new.deliver_to or Address(
        street=client.street, city=client.city, state=client.state, postcode=client.postcode
    )
    number = f"DM-{session.execute(select(ORDER_NUMBER.next_value())).scalar_one()}"
    words = [number, client.name, new.purchase_order, *(f"{line.sku} {line.name}" for line in lines)]
    return Order(
        number=number,
        client_number=client.number,
        client_name=client.name,
        owner=session.info["actor"],
        owner_name=new.owner_name,
        purchase_order=new.purchase_order.strip(),
        street=address.street,
        city=address.city,
        state=address.state,
        postcode=address.postcode,
        currency=CURRENCY,
        total=sum((line.amount for line in lines), Decimal(0)),
        status="placed",
        cancellation="none",
        cancellation_by="",
        cancellation_reason="",
        search_text=" ".join(words).lower(),
        version=0,
        placed_at=clock.now(),
        correlation_id=session.info["correlation"],
        lines=lines,
    )


def _make_line(n: int, quantity: int, product: Product) -> OrderLine:
    return OrderLine(
        line=n,
        sku=product.sku,
        name=product.name,
        unit_price=product.unit_price,
        ordered=quantity,
        reserved=0,
        short=0,
        shipped=0,
        delivered=0,
    )


def _placed(order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_number=order.number,
        client_number=order.client_number,
        client_name=order.client_name,
        owner=order.owner,
        purchase_order=order.purchase_order,
        currency=order.currency,
        total=order.total,
        deliver_to=Address(street=order.street, city=order.city, state=order.state, postcode=order.postcode),
        lines=[
            PlacedLine(
                line=line.line,
                sku=line.sku,
                name=line.name,
                quantity=line.ordered,
                unit_price=line.unit_price,
            )
            for line in order.lines
        ],
    )


def _stale(session: Session, order: Order, seen: int) -> Stale:
    """What changed between the version that the person saw and now."""
    then = next(
        (
            entry.changes["status"]
            for entry in list_history(session, "order", order.number)
            if entry.changes.get("version") == seen
        ),
        "unknown",
    )
    return Stale(f"Order {order.number} changed since you opened it.", {"status": (then, order.status)})
