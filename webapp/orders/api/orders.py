"""REST API of orders, under /api/v1."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.orders.approval import decide_order
from models.orders.clients import search_clients
from models.orders.commands import place_order, request_cancellation, revise_order
from models.orders.events import Address
from models.orders.history import get_timeline
from models.orders.new_order import NewLine, NewOrder, texts_of
from models.orders.queries import OrderFilter, get_order, list_orders
from models.shared.transactions import reading
from webapp.orders.api.area import blueprint
from webapp.orders.api.shapes import (
    CancellationShape,
    DecisionShape,
    EntryShape,
    KnownClientShape,
    NewOrderShape,
    OrderClientsOut,
    OrderClientsQuery,
    OrderShape,
    OrdersOut,
    OrdersQuery,
    OrderSummary,
    TimelineOut,
)
from webapp.orders.products import offers_of
from webapp.orders.rights import is_sales_manager, may_cancel_any
from webapp.shared.people.rights import needs, person, takes_lines
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import (
    api_list,
    api_page,
    asked,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/orders")
@needs("orders.see")
@spec.validate(
    query=OrdersQuery, resp=Answers(HTTP_200=OrdersOut), tags=["orders"], skip_validation=True
)
def list_() -> Response:
    """List orders by page, newest first unless `sort` says otherwise."""
    wanted = asked(OrdersQuery, "status")
    narrowed = OrderFilter(
        q=wanted.q, statuses=tuple(wanted.status), owner=wanted.owner, client_number=wanted.client
    )
    with reading("orders") as session:
        read = partial(list_orders, session, narrowed, wanted.sort)
        return api_list(OrderSummary, read)


@blueprint.post("/orders")
@needs("orders.place")
@spec.validate(json=NewOrderShape, resp=Answers(HTTP_201=OrderShape), tags=["orders"])
def place(json: NewOrderShape) -> Response:
    """Place an order; sending the same `Idempotency-Key` again does not place it twice."""
    number = run(place_order, _new_order(json))
    answer = with_etag(*_order(number))
    return created(answer, f"orders/{number}")


@blueprint.get("/orders/<number>")
@needs("orders.see")
@spec.validate(resp=Answers(HTTP_200=OrderShape), tags=["orders"], skip_validation=True)
def get(number: str) -> Response:
    """Return one order with its lines; its version is the ETag."""
    return with_etag(*_order(number))


@blueprint.get("/orders/<number>/timeline")
@needs("orders.see")
@spec.validate(resp=Answers(HTTP_200=TimelineOut), tags=["orders"], skip_validation=True)
def timeline(number: str) -> Response:
    """Return every step of the order, oldest first, with the event that proves it."""
    with reading("orders") as session:
        get_order(session, number)
        entries = get_timeline(session, number)
    return api_page([EntryShape.model_validate(entry).model_dump(mode="json") for entry in entries])


@blueprint.post("/orders/<number>/cancellation")
@needs("orders.cancel")
@takes_lines("reason")
@spec.validate(json=CancellationShape, resp=Answers(HTTP_202=OrderShape), tags=["orders"])
def cancel(number: str, json: CancellationShape) -> Response:
    """Ask the warehouse to cancel the order; `If-Match` names the version that was read."""
    version = expected_version()
    run(request_cancellation, number, json.reason, version, may_cancel_any=may_cancel_any())
    answer = with_etag(*_order(number))
    answer.status_code = 202
    return answer


@blueprint.put("/orders/<number>")
@needs("orders.place")
@spec.validate(json=NewOrderShape, resp=Answers(HTTP_200=OrderShape), tags=["orders"])
def revise(number: str, json: NewOrderShape) -> Response:
    """Edit the caller's own order before it is placed; `If-Match` names the version read."""
    new = _new_order(json)
    run(revise_order, number, new, expected_version())
    return with_etag(*_order(number))


@blueprint.post("/orders/<number>/decision")
@needs("orders.approve")
@takes_lines("reason")
@spec.validate(json=DecisionShape, resp=Answers(HTTP_200=OrderShape), tags=["orders"])
def decide(number: str, json: DecisionShape) -> Response:
    """Approve an order or send it back; `If-Match` names the version that was read."""
    version = expected_version()
    run(decide_order, number, json.decision, json.reason, version, is_manager=is_sales_manager())
    return with_etag(*_order(number))


@blueprint.get("/order-clients")
@needs("orders.see")
@spec.validate(
    query=OrderClientsQuery,
    resp=Answers(HTTP_200=OrderClientsOut),
    tags=["orders"],
    skip_validation=True,
)
def clients() -> Response:
    """List the active clients that orders can be placed for, by name."""
    with reading("orders") as session:
        found = search_clients(session, asked(OrderClientsQuery).q)
    return api_page(
        [KnownClientShape.model_validate(client).model_dump(mode="json") for client in found]
    )


def _new_order(json: NewOrderShape) -> NewOrder:
    """Build the command's input from the request, with inventory's prices."""
    offers = offers_of(line.sku for line in json.lines)
    return NewOrder(
        client_number=json.client_number,
        **texts_of(json),
        owner_name=person().name,
        discount_percent=json.discount_percent if json.discount_percent.is_finite() else None,
        warned_of=json.warned_of,
        deliver_to=Address(**json.deliver_to.model_dump()) if json.deliver_to else None,
        lines=[
            NewLine(sku=line.sku, quantity=line.quantity, expected_price=line.expected_price)
            for line in json.lines
        ],
        products={sku: offer.as_product() for sku, offer in offers.items()},
    )


def _order(number: str) -> tuple[Response, int]:
    with reading("orders") as session:
        order = get_order(session, number)
        return jsonify(OrderShape.model_validate(order).model_dump(mode="json")), order.version
