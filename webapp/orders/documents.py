"""Orders as PDF, and the orders selected in the list as PDF or CSV."""

from flask import Response, request
from werkzeug.exceptions import BadRequest

from models.orders.clients import get_known_client
from models.orders.queries import OrderFilter, each_order, get_order, get_orders
from models.orders.tables import Client, Order
from models.shared.errors import NotFound
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.orders import ORDERS_LIST
from webapp.orders.words import STATUS
from webapp.shared.pages.documents import Paper, pdf_response
from webapp.shared.people.rights import needs

MOST_PICKED = 100
# Statuses that must be printed on the order, so that nobody takes it for a sale.
NOT_SOLD = ("awaiting_approval", "sent_back", "cancelling", "cancelled")


@blueprint.get("/<number>/order.pdf")
@needs("orders.see")
def pdf(number: str) -> Response:
    """Return the order as a PDF fit to send to the client."""
    with reading("orders") as session:
        order = get_order(session, number)
        client = get_known_client(session, order.client_number)
    return pdf_response(_paper(order, client), f"{order.number}.pdf")


@blueprint.get("/picked.pdf")
@needs("orders.see")
def picked_pdf() -> Response:
    """Return the selected orders in one PDF, each on its own page."""
    with reading("orders") as session:
        orders = get_orders(session, picked_numbers())
        papers = [_paper(order, get_known_client(session, order.client_number)) for order in orders]
    if not papers:
        raise NotFound("order", ", ".join(picked_numbers()))
    return pdf_response(papers[0], "orders.pdf", *papers[1:])


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
        raise BadRequest(f"Pick from 1 to {MOST_PICKED} orders in the list first.")
    return numbers


def _paper(order: Order, client: Client) -> Paper:
    rows = [
        (
            line.name,
            line.sku,
            f"{line.ordered - line.given_up:,}",
            f"{line.unit_price:,.2f}",
            f"{line.amount:,.2f}",
        )
        for line in order.lines
    ]
    less = order.subtotal - order.total
    discount = (f"Discount, {order.discount_percent.normalize():f} %", f"-{less:,.2f}")
    sums = [("Sum of lines", f"{order.subtotal:,.2f}"), discount] if less else []
    state = f" · {STATUS[order.status][0]}" if order.status in NOT_SOLD else ""
    return Paper(
        title=f"Order {order.number}",
        under=f"{order.placed_at:%d %B %Y} · {order.owner_name or order.owner}{state}",
        facts=[
            ("Client", (client.name, client.contact_name, client.contact_phone)),
            ("Deliver to", (order.street, f"{order.city}, {order.state} {order.postcode}")),
            ("Your purchase order", (order.purchase_order or "none",)),
        ],
        head=("Product", "SKU", "Cases", "Price", "Total"),
        rows=rows,
        shares=(0.4, 0.2, 0.1, 0.13, 0.17),
        numbers=3,
        sums=[*sums, (f"Total, {order.currency}", f"{order.total:,.2f}")],
        foot=f"Net {client.payment_terms_days} days.",
    )
