"""Fragment for a client's page: its figures, its credit in use, and its latest orders."""

from flask.typing import ResponseReturnValue

from models.orders.approval import sum_credit_used
from models.orders.clients import get_known_client
from models.orders.figures import figures_of_client
from models.orders.queries import OrderFilter, count_orders, list_orders
from models.shared.errors import NotFound
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import needs


@blueprint.get("/of-client/<number>")
@needs("orders.see")
def of_client(number: str) -> ResponseReturnValue:
    """Show what the client orders: by year, under way, its used credit and its eight latest orders.

    A client of which no event has arrived yet has no orders.
    """
    wanted = OrderFilter(client_number=number)
    with reading("orders") as session:
        rows, count = list_orders(session, wanted, size=8).rows, count_orders(session, wanted).rows
        used, figures = sum_credit_used(session, number), figures_of_client(session, number)
        try:
            limit = get_known_client(session, number).credit_limit
        except NotFound:
            limit = None
    return render_page_or_block(
        "orders/_client_card.html",
        "orders",
        rows=rows,
        count=count,
        used=used,
        limit=limit,
        figures=figures,
        number=number,
    )
