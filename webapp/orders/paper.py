"""The order on paper, as PDF."""

from flask import Response

from models.orders.clients import get_known_client
from models.orders.queries import get_order
from models.orders.tables import Client, Order
from models.shared.database import reading
from webapp.orders.area import blueprint
from webapp.shared.paper import Paper, pdf_response
from webapp.shared.rights import needs


@blueprint.get("/<number>/order.pdf")
@needs("orders.see")
def pdf(number: str) -> Response:
    """The order as one would send it to the client."""
    with reading("orders") as session:
        order = get_order(session, number)
        client = get_known_client(session, order.client_number)
    return pdf_response(_paper(order, client), f"{order.number}.pdf")


def _paper(order: Order, client: Client) -> Paper:
    rows = [(line.name, line.sku, f"{line.ordered - line.given_up:,}", f"{line.unit_price:,.2f}", f"{line.amount:,.2f}")
            for line in order.lines]
    less = order.subtotal - order.total
    discount = (f"Discount, {order.discount_percent.normalize():f} %", f"-{less:,.2f}")
    sums = [("Sum of lines", f"{order.subtotal:,.2f}"), discount] if less else []
    return Paper(
        title=f"Order {order.number}", under=f"{order.placed_at:%d %B %Y} · {order.owner_name or order.owner}",
        facts=[("Client", (client.name, client.contact_name, client.contact_phone)),
               ("Deliver to", (order.street, f"{order.city}, {order.state} {order.postcode}")),
               ("Your purchase order", (order.purchase_order or "none",))],
        head=("Product", "SKU", "Cases", "Price", "Total"), rows=rows, shares=(0.4, 0.2, 0.1, 0.13, 0.17), numbers=3,
        sums=[*sums, (f"Total, {order.currency}", f"{order.total:,.2f}")], foot=f"Net {client.payment_terms_days} days.",
    )  # fmt: skip
