"""Builds orders from what was asked for, finds likely duplicates, and builds OrderPlaced."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Text, cast, select
from sqlalchemy.dialects.postgresql import ARRAY, array_agg
from sqlalchemy.orm import Session

from models.orders.events import Address, OrderPlaced, PlacedLine
from models.orders.new_order import LIMITS, NewLine, NewOrder, Product, texts_of
from models.orders.rules import discount_of
from models.orders.tables import ORDER_NUMBER, Client, Order, OrderLine
from models.shared import clock
from models.shared.database.context import current_actor, current_correlation
from models.shared.numbers import CURRENCY

ALIKE_WITHIN = timedelta(days=3)


def make_order(session: Session, new: NewOrder, client: Client) -> Order:
    """Build a new, numbered order owned by the actor; it is not yet added to the session."""
    number = f"DM-{session.execute(select(ORDER_NUMBER.next_value())).scalar_one()}"
    order = Order(
        number=number,
        owner=current_actor(session),
        owner_name=new.owner_name,
        currency=CURRENCY,
        status="placed",
        cancellation="none",
        cancellation_by="",
        cancellation_reason="",
        approval="none",
        approval_reasons=[],
        decided_by="",
        decided_note="",
        version=0,
        correlation_id=current_correlation(session),
        lines=[],
    )
    fill_order(order, new, client)
    return order


def fill_order(order: Order, new: NewOrder, client: Client) -> None:
    """Write client, address, lines, discount and total over whatever the order held."""
    address = new.deliver_to or address_of(client, new.place)
    order.client_number, order.client_name = client.number, client.name
    order.street, order.city, order.state, order.postcode = (
        address.street,
        address.city,
        address.state,
        address.postcode,
    )
    for name, text in texts_of(new).items():
        setattr(order, name, text.strip())
    _put_lines(order, new)
    order.discount_percent = new.discount_percent or Decimal(0)
    order.total = order.subtotal - discount_of(order.subtotal, order.discount_percent)
    order.placed_at = clock.now()
    words = [
        order.number,
        client.name,
        *(text for name, text in texts_of(new).items() if LIMITS[name].is_searched),
        *(f"{line.sku} {line.name}" for line in order.lines),
    ]
    order.search_text = " ".join(words).lower()


def address_of(client: Client, place: str = "") -> Address:
    """Return the client's main address, or the additional one labelled `place`.

    Raises LookupError if there is no such address (any more).
    """
    if not place:
        return Address(
            street=client.street, city=client.city, state=client.state, postcode=client.postcode
        )
    known = next((each for each in client.addresses if each["label"] == place), None)
    if known is None:
        raise LookupError(place)
    return Address(**{name: known[name] for name in ("street", "city", "state", "postcode")})


def find_like(session: Session, client_number: str, lines: Iterable[NewLine], but: str = "") -> str:
    """Return the number of the client's newest likely duplicate, or "".

    A duplicate was placed within the last 3 days, is not cancelled, and has exactly the same
    products and quantities. Order `but` is ignored.
    """
    wanted = cast([f"{line.sku} {line.quantity}" for line in lines], ARRAY(Text))
    theirs = (
        select(array_agg(OrderLine.sku + " " + cast(OrderLine.ordered, Text), type_=ARRAY(Text)))
        .where(OrderLine.order_number == Order.number)
        .scalar_subquery()
    )
    alike = select(Order.number).where(
        Order.client_number == client_number,
        Order.placed_at > clock.now() - ALIKE_WITHIN,
        Order.number != but,
        Order.status != "cancelled",
        theirs.op("@>")(wanted),
        theirs.op("<@")(wanted),
    )
    return (
        session.scalars(
            alike.order_by(Order.placed_at.desc(), Order.number.desc()).limit(1)
        ).one_or_none()
        or ""
    )


def placed_event(order: Order) -> OrderPlaced:
    """Build the OrderPlaced event for an order; it carries those of its texts that it has a field for."""
    texts = texts_of(order).items()
    return OrderPlaced(
        **{name: text for name, text in texts if name in OrderPlaced.__struct_fields__},
        order_number=order.number,
        client_number=order.client_number,
        client_name=order.client_name,
        owner=order.owner,
        currency=order.currency,
        total=order.total,
        discount_percent=order.discount_percent,
        deliver_to=Address(
            street=order.street, city=order.city, state=order.state, postcode=order.postcode
        ),
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


def _put_lines(order: Order, new: NewOrder) -> None:
    """Overwrite existing lines in place, so that each row keeps its key."""
    del order.lines[len(new.lines) :]
    for n, asked in enumerate(new.lines, 1):
        product, quantity = new.products[asked.sku], asked.quantity or 0
        if n > len(order.lines):
            order.lines.append(_new_line(n))
        _write_line(order.lines[n - 1], product, quantity)


def _new_line(n: int) -> OrderLine:
    return OrderLine(line=n, reserved=0, short=0, shipped=0, delivered=0, given_up=0)


def _write_line(line: OrderLine, product: Product, quantity: int) -> None:
    line.sku, line.name, line.unit_price, line.ordered = (
        product.sku,
        product.name,
        product.unit_price,
        quantity,
    )
