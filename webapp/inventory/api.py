"""The REST API of inventory, under /api/v1."""

from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from spectree import Response as Answers
from werkzeug.exceptions import BadRequest

from models.inventory.queries import (
    PRODUCT_SORTS,
    SHIPMENT_SORTS,
    ProductFilter,
    ShipmentFilter,
    get_product,
    get_shipment,
    keys_of,
    list_products,
    list_shipments,
)
from models.inventory.tables import Product, Shipment
from models.shared.database import reading
from models.shared.errors import Invalid
from webapp.inventory.parcels import step_once
from webapp.inventory.receiving import take_in
from webapp.inventory.shapes import (
    NewReceipt,
    ProductShape,
    ProductsOut,
    ProductsQuery,
    ReceiptOut,
    ShipmentShape,
    ShipmentsOut,
    ShipmentsQuery,
    ShipmentSummary,
    StepShape,
)
from webapp.shared.api import api_page, expected_version, page_request, spec, with_etag
from webapp.shared.forms import form_key
from webapp.shared.rights import needs

Asked = TypeVar("Asked", ProductsQuery, ShipmentsQuery)
blueprint = Blueprint("inventory_api", __name__, url_prefix="/api/v1")


@blueprint.get("/products")
@needs("products.see")
@spec.validate(query=ProductsQuery, resp=Answers(HTTP_200=ProductsOut), tags=["inventory"], skip_validation=True)
def products() -> Response:
    """Products with price and stock, by pages."""
    asked = _asked(ProductsQuery, sku=request.args.getlist("sku"))
    wanted = ProductFilter(q=asked.q, skus=tuple(asked.sku), low=asked.low)
    return _page(list_products, wanted, asked.sort, PRODUCT_SORTS, Product.sku, ProductShape)


@blueprint.get("/products/<sku>")
@needs("products.see")
@spec.validate(resp=Answers(HTTP_200=ProductShape), tags=["inventory"], skip_validation=True)
def product(sku: str) -> Response:
    """One product; the ETag changes with the product and with its stock."""
    with reading("inventory") as session:
        row = get_product(session, sku)
    shown = ProductShape.model_validate(row).model_dump(mode="json")
    return with_etag(jsonify(shown), f"{row.version}-{row.on_hand}-{row.reserved}")


@blueprint.post("/receipts")
@needs("stock.receive")
@spec.validate(json=NewReceipt, resp=Answers(HTTP_201=ReceiptOut), tags=["inventory"])
def receive(json: NewReceipt) -> Response:
    """Takes goods in; with an `Idempotency-Key` sent twice they are taken in once."""
    answer = jsonify({"receipt_number": take_in(json.sku, json.quantity, json.note, form_key())})
    answer.status_code = 201
    return answer


@blueprint.get("/shipments")
@needs("shipments.see")
@spec.validate(query=ShipmentsQuery, resp=Answers(HTTP_200=ShipmentsOut), tags=["inventory"], skip_validation=True)
def shipments() -> Response:
    """Parcels by pages."""
    asked = _asked(ShipmentsQuery, status=request.args.getlist("status"))
    wanted = ShipmentFilter(q=asked.q, statuses=tuple(asked.status))
    return _page(list_shipments, wanted, asked.sort, SHIPMENT_SORTS, Shipment.number, ShipmentSummary)


@blueprint.get("/shipments/<number>")
@needs("shipments.see")
@spec.validate(resp=Answers(HTTP_200=ShipmentShape), tags=["inventory"], skip_validation=True)
def shipment(number: str) -> Response:
    """One parcel with its lines; the ETag is its version."""
    return with_etag(*_shipment(number))


@blueprint.post("/shipments/<number>/<step>")
@needs("shipments.work")
@spec.validate(json=StepShape, resp=Answers(HTTP_200=ShipmentShape), tags=["inventory"])
def take_step(number: str, step: str, json: StepShape) -> Response:
    """Takes a parcel one step further; `If-Match` names the version that was read."""
    step_once(number, step, expected_version(), json.model_dump(), form_key())
    return with_etag(*_shipment(number))


def _shipment(number: str) -> tuple[Response, int]:
    with reading("inventory") as session:
        parcel = get_shipment(session, number)
    return jsonify(ShipmentShape.model_validate(parcel).model_dump(mode="json")), parcel.version


def _page(query: Any, wanted: Any, sort: str, sorts: dict[str, Any], tie: Any, shape: Any) -> Response:
    after, size = page_request()
    with reading("inventory") as session:
        try:
            page = query(session, wanted, sort, after=after, size=size)
        except (ValueError, TypeError, ArithmeticError, IndexError) as error:
            raise BadRequest("The cursor is damaged.") from error
    items = [shape.model_validate(row).model_dump(mode="json") for row in page.rows]
    return api_page(items, keys_of(page.rows[-1], sorts[sort][0], tie) if page.has_after else None)


def _asked(shape: type[Asked], **lists: list[str]) -> Asked:
    """The query string as `shape`; a NUL, which no text in PostgreSQL holds, is left out."""
    single = {name: value.replace("\0", "") for name, value in request.args.items()}
    try:
        return shape.model_validate({**single, **lists})
    except ValidationError as error:
        raise Invalid({str(item["loc"][0]): item["msg"] for item in error.errors()}) from error
