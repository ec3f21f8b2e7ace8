"""What is done with the orders selected in the list: print, export, approve, cancel."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from models.orders.approval import decide_order
from models.orders.clients import get_known_client
from models.orders.commands import request_cancellation
from models.orders.queries import OrderFilter, each_order, get_order, get_orders
from models.shared.counts import counted
from models.shared.errors import Invalid, NotFound
from models.shared.records.commands import Door
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.documents import paper_of
from webapp.orders.orders import ORDERS_LIST
from webapp.orders.rights import is_sales_manager, may_cancel_any
from webapp.shared.lists.selection import selected, state_of_selection
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.rights import needs
from webapp.shared.requests.batches import Outcome, run_for_each, told

MOST_PRINTED = 100
NO_REASON = "Enter why these orders are cancelled."


@blueprint.get("/picked.pdf")
@needs("orders.see")
def picked_pdf() -> Response:
    """Return the selected orders in one PDF, each on its own page."""
    numbers = selected(ORDERS_LIST, MOST_PRINTED)
    with reading("orders") as session:
        orders = get_orders(session, numbers)
        papers = [
            paper_of(order, get_known_client(session, order.client_number)) for order in orders
        ]
    if not papers:
        raise NotFound("order", ", ".join(numbers))
    return pdf_response("orders.pdf", *papers, title=counted(len(papers), "order"))


@blueprint.get("/picked.csv")
@needs("orders.see")
def picked_csv() -> Response:
    """Return the selected orders as CSV."""
    numbers = selected(ORDERS_LIST)
    with reading("orders") as session:
        rows = each_order(session, OrderFilter(numbers=tuple(numbers)))
    return ORDERS_LIST.csv(rows)


@blueprint.post("/selected/approve")
@needs("orders.approve")
def approve_selected() -> ResponseReturnValue:
    """Approve the selected orders, each by itself, as the person saw them."""
    versions, is_manager = selected(ORDERS_LIST), is_sales_manager()

    def approve(door: Door, number: str) -> None:
        version = versions[number] or _version_now(number)
        door.run(decide_order, number, "approve", "", version, is_manager=is_manager)

    return _back(run_for_each(versions, approve), "{} approved.")


@blueprint.post("/selected/cancel")
@needs("orders.cancel")
def cancel_selected() -> ResponseReturnValue:
    """Ask the warehouse to cancel the selected orders, each by itself, for one reason."""
    versions, reason = selected(ORDERS_LIST), request.form.get("reason", "").strip()
    if not reason:
        raise Invalid({"reason": NO_REASON}, NO_REASON)
    any_order = may_cancel_any()

    def cancel(door: Door, number: str) -> None:
        version = versions[number] or _version_now(number)
        door.run(request_cancellation, number, reason, version, may_cancel_any=any_order)

    return _back(run_for_each(versions, cancel), "Cancellation requested for {}.")


def _version_now(number: str) -> int:
    with reading("orders") as session:
        return get_order(session, number).version


def _back(outcome: Outcome, sentence: str) -> ResponseReturnValue:
    return told(go_to(state_of_selection(ORDERS_LIST).url()), outcome, "order", sentence)
