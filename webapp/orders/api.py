"""The REST API of orders, under /api/v1."""

from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from spectree import Response as Answers
from werkzeug.exceptions import BadRequest

from models.orders.clients import search_clients
from models.orders.commands import place_order
from models.orders.events import Address
from models.orders.history import get_timeline
from models.orders.placing import NewLine, NewOrder
from models.orders.queries import SORTS, OrderFilter, get_order, keys_of, list_orders
from models.orders.rules import STATUSES
from models.shared.database import reading, transaction
from models.shared.idempotency import once
from webapp.orders.details import cancel_once
from webapp.orders.products import offers_of
from webapp.orders.shapes import (
    CancellationShape,
    EntryShape,
    KnownClientShape,
    NewOrderShape,
    OrderShape,
    OrderSummary,
)
from webapp.shared.api import api_page, expected_version, page_request, spec, with_etag
from webapp.shared.forms import form_key
from webapp.shared.rights import needs, person

blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1")


@blueprint.get("/orders")
@needs("orders.see")
def list_() -> ResponseReturnValue:
    """Orders, newest first, by pages (`q`, `status`, `owner`, `client`, `sort`, `after`, `limit`)."""
    after, size = page_request()
    sort, wanted = _asked()
    with reading("orders") as session:
        try:
            page = list_orders(session, wanted, sort, after=after, size=size)
        except (ValueError, TypeError, ArithmeticError, IndexError) as error:
            raise BadRequest("The cursor is damaged.") from error
    items = [OrderSummary.model_validate(row).model_dump(mode="json") for row in page.rows]
    return api_page(items, keys_of(page.rows[-1], sort) if page.has_after else None)


@blueprint.post("/orders")
@needs("orders.place")
@spec.validate(json=NewOrderShape, resp=Answers(HTTP_201=OrderShape), tags=["orders"], skip_validation=False)
def place(json: NewOrderShape) -> ResponseReturnValue:
    """Places an order; with an `Idempotency-Key` sent twice it is placed once."""
    offers = offers_of(line.sku for line in json.lines)
    new = NewOrder(
        client_number=json.client_number, purchase_order=json.purchase_order, owner_name=person().name,
        deliver_to=Address(**json.deliver_to.model_dump()) if json.deliver_to else None,
        lines=[NewLine(sku=line.sku, quantity=line.quantity) for line in json.lines],
        products={sku: offer.as_product() for sku, offer in offers.items()},
    )
    with transaction("orders", actor=person().uid) as session:
        number = once(session, form_key(), "place_order", json.model_dump(), lambda: place_order(session, new))
    answer = with_etag(*_order(number))
    answer.status_code, answer.headers["Location"] = 201, f"/api/v1/orders/{number}"
    return answer


@blueprint.get("/orders/<number>")
@needs("orders.see")
@spec.validate(resp=Answers(HTTP_200=OrderShape), tags=["orders"], skip_validation=True)
def get(number: str) -> ResponseReturnValue:
    """One order with its lines; the ETag is its version."""
    return with_etag(*_order(number))


@blueprint.get("/orders/<number>/timeline")
@needs("orders.see")
def timeline(number: str) -> ResponseReturnValue:
    """Every step of the order, oldest first, with its proof."""
    with reading("orders") as session:
        get_order(session, number)
        entries = get_timeline(session, number)
    return api_page([EntryShape.model_validate(entry).model_dump(mode="json") for entry in entries])


@blueprint.post("/orders/<number>/cancellation")
@needs("orders.cancel")
@spec.validate(json=CancellationShape, tags=["orders"])
def cancel(number: str, json: CancellationShape) -> ResponseReturnValue:
    """Asks the warehouse to give the order up; `If-Match` names the version that was read."""
    cancel_once(number, json.reason, expected_version(), form_key())
    answer = with_etag(*_order(number))
    answer.status_code = 202
    return answer


@blueprint.get("/order-clients")
@needs("orders.see")
def clients() -> ResponseReturnValue:
    """Clients that can be ordered for, by name (`q`)."""
    with reading("orders") as session:
        found = search_clients(session, request.args.get("q", "").replace("\0", "")[:100])
    return api_page([KnownClientShape.model_validate(client).model_dump(mode="json") for client in found])


def _order(number: str) -> tuple[Response, int]:
    with reading("orders") as session:
        order = get_order(session, number)
        return jsonify(OrderShape.model_validate(order).model_dump(mode="json")), order.version


def _asked() -> tuple[str, OrderFilter]:
    args = {name: value.replace("\0", "")[:100] for name, value in request.args.items()}
    sort, statuses = args.get("sort", "newest"), tuple(request.args.getlist("status"))
    unknown: list[Any] = [status for status in statuses if status not in STATUSES]
    if sort not in SORTS or unknown:
        raise BadRequest(f"sort is one of {', '.join(SORTS)}; status one of {', '.join(STATUSES)}.")
    return sort, msgspec.structs.replace(
        OrderFilter(q=args.get("q", "")), statuses=statuses, owner=args.get("owner", ""), client_number=args.get("client", "")
    )
