"""Order confirmations as PDF, and the orders selected in the list as PDF or CSV."""

from flask import Response, request
from werkzeug.exceptions import BadRequest

from models.orders.clients import get_known_client
from models.orders.queries import OrderFilter, each_order, get_order, get_orders
from models.orders.tables import Client, Order, OrderLine
from models.orders.vocabulary import Status
from models.shared.counts import counted
from models.shared.dates import letter_date
from models.shared.errors import NotFound
from models.shared.texts import isolate
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.orders import ORDERS_LIST
from webapp.orders.words import references_of
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.papers import COMPANY, Block, Paper
from webapp.shared.pages.presentation import local, money, name_of
from webapp.shared.people.rights import needs

MOST_PICKED = 100
# Statuses that must be printed on the order, so that nobody takes it for a sale.
NOT_SOLD = ("awaiting_approval", "sent_back", "cancelling", "cancelled")


@blueprint.get("/<number>/order.pdf")
@needs("orders.see")
def pdf(number: str) -> Response:
    """Return the order confirmation, as a PDF fit to send to the client."""
    with reading("orders") as session:
        order = get_order(session, number)
        client = get_known_client(session, order.client_number)
    return pdf_response(f"{order.number}.pdf", _paper(order, client))


@blueprint.get("/picked.pdf")
@needs("orders.see")
def picked_pdf() -> Response:
    """Return the selected orders in one PDF, each on its own page."""
    with reading("orders") as session:
        orders = get_orders(session, picked_numbers())
        papers = [_paper(order, get_known_client(session, order.client_number)) for order in orders]
    if not papers:
        raise NotFound("order", ", ".join(picked_numbers()))
    return pdf_response("orders.pdf", *papers, title=counted(len(papers), "order"))


@blueprint.get("/picked.csv")
@needs("orders.see")
def picked_csv() -> Response:
    """Return the selected orders as CSV."""
    with reading("orders") as session:
        rows = each_order(session, OrderFilter(numbers=picked_numbers()))
    return ORDERS_LIST.csv(rows)


def picked_numbers() -> tuple[str, ...]:
    """Return the order numbers selected in the list.

    Raises BadRequest if none, or more than 100, are selected.
    """
    numbers = tuple(request.args.getlist("number"))
    if not 1 <= len(numbers) <= MOST_PICKED:
        raise BadRequest(f"Select from 1 to {MOST_PICKED} orders in the list first.")
    return numbers


def _paper(order: Order, client: Client) -> Paper:
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
