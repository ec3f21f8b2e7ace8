"""The REST API of orders, under /api/v1."""

from functools import partial

from flask import Blueprint, Response, jsonify
from spectree import Response as Answers

from models.orders.clients import search_clients
from models.orders.commands import place_order, revise_order
from models.orders.events import Address
from models.orders.history import get_timeline
from models.orders.placing import NewLine, NewOrder
from models.orders.queries import OrderFilter, get_order, list_orders
from models.shared.database import reading, transaction
from models.shared.idempotency import once
from webapp.orders.deciding import decide_once
from webapp.orders.details import cancel_once
from webapp.orders.products import offers_of
from webapp.orders.shapes import (
    CancellationShape,
    ClientsOut,
    ClientsQuery,
    DecisionShape,
    EntryShape,
    KnownClientShape,
    NewOrderShape,
    OrderShape,
    OrdersOut,
    OrdersQuery,
    OrderSummary,
    TimelineOut,
)
from webapp.shared.api import api_list, api_page, asked, created, expected_version, spec, with_etag
from webapp.shared.forms import form_key
from webapp.shared.rights import needs, person

blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1")


@blueprint.get("/orders")
@needs("orders.see")
@spec.validate(
    query=OrdersQuery, resp=Answers(HTTP_200=OrdersOut), tags=["orders"], skip_validation=True
)
def list_() -> Response:
    """Orders by pages, newest first unless `sort` says otherwise."""
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
    """Places an order; with an `Idempotency-Key` sent twice it is placed once."""
    new = _new_order(json)
    with transaction("orders", actor=person().uid) as session:
        number = once(
            session,
            form_key(),
            "place_order",
            json.model_dump(mode="json"),
            lambda: place_order(session, new),
        )
    answer = with_etag(*_order(number))
    return created(answer, f"orders/{number}")


@blueprint.get("/orders/<number>")
@needs("orders.see")
@spec.validate(resp=Answers(HTTP_200=OrderShape), tags=["orders"], skip_validation=True)
def get(number: str) -> Response:
    """One order with its lines; the ETag is its version."""
    return with_etag(*_order(number))


@blueprint.get("/orders/<number>/timeline")
@needs("orders.see")
@spec.validate(resp=Answers(HTTP_200=TimelineOut), tags=["orders"], skip_validation=True)
def timeline(number: str) -> Response:
    """Every step of the order, oldest first, with its proof."""
    with reading("orders") as session:
        get_order(session, number)
        entries = get_timeline(session, number)
    return api_page([EntryShape.model_validate(entry).model_dump(mode="json") for entry in entries])


@blueprint.post("/orders/<number>/cancellation")
@needs("orders.cancel")
@spec.validate(json=CancellationShape, resp=Answers(HTTP_202=OrderShape), tags=["orders"])
def cancel(number: str, json: CancellationShape) -> Response:
    """Asks the warehouse to give the order up; `If-Match` names the version that was read."""
    cancel_once(number, json.reason, expected_version(), form_key())
    answer = with_etag(*_order(number))
    answer.status_code = 202
    return answer


@blueprint.put("/orders/<number>")
@needs("orders.place")
@spec.validate(json=NewOrderShape, resp=Answers(HTTP_200=OrderShape), tags=["orders"])
def revise(number: str, json: NewOrderShape) -> Response:
    """Changes one's own order that is not placed yet; `If-Match` names the version that was read."""
    new, version = _new_order(json), expected_version()
    with transaction("orders", actor=person().uid) as session:
        asked = [number, version, json.model_dump(mode="json")]
        once(
            session,
            form_key(),
            "revise_order",
            asked,
            lambda: revise_order(session, number, new, version),
        )
    return with_etag(*_order(number))


@blueprint.post("/orders/<number>/decision")
@needs("orders.approve")
@spec.validate(json=DecisionShape, resp=Answers(HTTP_200=OrderShape), tags=["orders"])
def decide(number: str, json: DecisionShape) -> Response:
    """Agrees to an order or sends it back; `If-Match` names the version that was read."""
    decide_once(number, json.decision, json.reason, expected_version(), form_key())
    return with_etag(*_order(number))


@blueprint.get("/order-clients")
@needs("orders.see")
@spec.validate(
    query=ClientsQuery, resp=Answers(HTTP_200=ClientsOut), tags=["orders"], skip_validation=True
)
def clients() -> Response:
    """Clients that can be ordered for, by name."""
    with reading("orders") as session:
        found = search_clients(session, asked(ClientsQuery).q)
    return api_page(
        [KnownClientShape.model_validate(client).model_dump(mode="json") for client in found]
    )


def _new_order(json: NewOrderShape) -> NewOrder:
    """What is sent, with the warehouse's prices."""
    offers = offers_of(line.sku for line in json.lines)
    return NewOrder(
        client_number=json.client_number,
        purchase_order=json.purchase_order,
        owner_name=person().name,
        discount_percent=json.discount_percent if json.discount_percent.is_finite() else None,
        note=json.note,
        warned_of=json.warned_of,
        deliver_to=Address(**json.deliver_to.model_dump()) if json.deliver_to else None,
        lines=[NewLine(sku=line.sku, quantity=line.quantity) for line in json.lines],
        products={sku: offer.as_product() for sku, offer in offers.items()},
    )


def _order(number: str) -> tuple[Response, int]:
    with reading("orders") as session:
        order = get_order(session, number)
        return jsonify(OrderShape.model_validate(order).model_dump(mode="json")), order.version
