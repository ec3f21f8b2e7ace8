"""Fragment for a client's page: its orders and how much of its credit is in use."""

from flask.typing import ResponseReturnValue

from models.orders.approval import sum_credit_used
from models.orders.queries import OrderFilter, count_orders, list_orders
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import needs


@blueprint.get("/of-client/<number>")
@needs("orders.see")
def of_client(number: str) -> ResponseReturnValue:
    """Show the client's eight latest orders, the count of all, and its used credit."""
    wanted = OrderFilter(client_number=number)
    with reading("orders") as session:
        rows, count = list_orders(session, wanted, size=8).rows, count_orders(session, wanted).rows
        used = sum_credit_used(session, number)
    return render_page_or_block(
        "orders/_client_card.html", "orders", rows=rows, count=count, used=used, number=number
    )
