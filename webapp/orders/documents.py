"""Order confirmations as PDF."""

from flask import Response

from models.orders.clients import get_known_client
from models.orders.queries import get_order
from models.orders.tables import Client, Order, OrderLine
from models.orders.vocabulary import Status
from models.shared.counts import counted
from models.shared.dates import letter_date
from models.shared.texts import isolate
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.words import references_of
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.papers import COMPANY, Block, Paper
from webapp.shared.pages.presentation import local, money, name_of
from webapp.shared.people.rights import needs

# Statuses that must be printed on the order, so that nobody takes it for a sale.
NOT_SOLD = ("awaiting_approval", "sent_back", "cancelling", "cancelled")


@blueprint.get("/<number>/order.pdf")
@needs("orders.see")
def pdf(number: str) -> Response:
    """Return the order confirmation, as a PDF fit to send to the client."""
    with reading("orders") as session:
        order = get_order(session, number)
        client = get_known_client(session, order.client_number)
    return pdf_response(f"{order.number}.pdf", paper_of(order, client))


def paper_of(order: Order, client: Client) -> Paper:
    """Build the order confirmation; an order that is not sold is only called an order."""
    is_sold = order.status not in NOT_SOLD
    state = Status(order.status).label
    return Paper(
        title="Order confirmation" if is_sold else "Order",
        number=order.number,
        notice="" if is_sold else f"{state}: this is not an order confirmation.",
        facts=_facts(order, client),
        parties=(
            Block(
                "Bill to",
                (
                    client.name,
                    client.contact_name,
                    client.street,
                    f"{client.city}, {client.state} {client.postcode}",
                    client.contact_phone,
                    client.contact_mail,
                ),
            ),
            Block(
                "Ship to",
                (
                    order.client_name,
                    order.street,
                    f"{order.city}, {order.state} {order.postcode}",
                ),
            ),
        ),
        head=("Product", "SKU", "Cases", "Price", "Amount"),
        rows=tuple(_row(line, order.currency) for line in order.lines),
        shares=(0.44, 0.2, 0.09, 0.12, 0.15),
        numbers=3,
        sums=_sums(order),
        notes=_notes(order, client) if is_sold else (),
    )


def _facts(order: Order, client: Client) -> tuple[Block, ...]:
    references = references_of(order)
    return (
        Block("Order date", (letter_date(local(order.placed_at).date()),)),
        *(Block(f"Your {label.lower()}", (text,)) for label, text in references),
        Block("Your contact", (order.owner_name or name_of(order.owner),)),
        Block("Payment terms", (_terms(client),)),
    )


def _terms(client: Client) -> str:
    days = client.payment_terms_days
    return f"Net {counted(days, 'day')}" if days else "Due on receipt"


def _row(line: OrderLine, currency: str) -> tuple[str, ...]:
    ordered = counted(line.ordered, "case")
    remarks = [
        f"{count:,} of {ordered} {what}"
        for count, what in ((line.short, "back-ordered"), (line.given_up, "cancelled"))
        if count
    ]
    return (
        "\n".join([line.name, *remarks]),
        line.sku,
        f"{line.ordered - line.given_up:,}",
        money(line.unit_price, currency),
        money(line.amount, currency),
    )


def _sums(order: Order) -> tuple[tuple[str, str], ...]:
    total = ("Total", money(order.total, order.currency))
    less = order.subtotal - order.total
    if not less:
        return (total,)
    return (
        ("Subtotal", money(order.subtotal, order.currency)),
        (f"Discount, {order.discount_percent.normalize():f}%", money(-less, order.currency)),
        total,
    )


def _notes(order: Order, client: Client) -> tuple[Block, ...]:
    days = client.payment_terms_days
    due = f"within {counted(days, 'day')} of" if days else "on receipt of"
    contact = isolate(order.owner_name or name_of(order.owner))
    terms = (
        f"Payment is due {due} the invoice.",
        f"Questions? Call {contact} at {COMPANY.phone} and mention {order.number}.",
    )
    later = "Back-ordered cases ship as soon as they are in stock, at the prices above."
    back_orders = (Block("Back-orders", (later,)),) if order.short else ()
    return (*back_orders, Block("Terms", terms))
