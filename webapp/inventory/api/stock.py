"""REST API of inventory, under /api/v1."""

import zlib
from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.inventory.commands import STEPS, StepDetails, advance_shipment
from models.inventory.picks import Take
from models.inventory.queries import (
    ProductFilter,
    ShipmentFilter,
    get_address,
    get_product,
    get_shipment,
    list_products,
    list_shipments,
)
from models.inventory.receipt_corrections import correct_receipt, void_receipt
from models.inventory.receipts import (
    Goods,
    ReceiptFilter,
    get_receipt,
    lines_of_receipt,
    list_filled,
    list_receipts,
    receive_delivery,
    receive_goods,
)
from models.inventory.stock_by_location import at_locations, where_to_take
from models.inventory.tables import Shipment
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.inventory.api.area import blueprint
from webapp.inventory.api.shapes import (
    NewReceipt,
    ProductShape,
    ProductsOut,
    ProductsQuery,
    ReceiptCorrectionShape,
    ReceiptOut,
    ReceiptShape,
    ReceiptsOut,
    ReceiptsQuery,
    ReceiptSummary,
    ReceiptVoidingShape,
    ShipmentShape,
    ShipmentsOut,
    ShipmentsQuery,
    ShipmentSummary,
    StepShape,
    WholeProductShape,
)
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import (
    api_list,
    asked,
    choices,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/products")
@needs("products.see")
@spec.validate(
    query=ProductsQuery,
    resp=Answers(HTTP_200=ProductsOut),
    tags=["inventory"],
    skip_validation=True,
)
def products() -> Response:
    """List products with price and stock by page."""
    query = asked(ProductsQuery, "sku")
    wanted = ProductFilter(q=query.q, skus=tuple(query.sku), low=query.low)
    with reading("inventory") as session:
        return api_list(ProductShape, partial(list_products, session, wanted, query.sort))


@blueprint.get("/products/<sku>")
@needs("products.see")
@spec.validate(resp=Answers(HTTP_200=WholeProductShape), tags=["inventory"], skip_validation=True)
def product(sku: str) -> Response:
    """Return one product; the ETag changes with the product, its stock and its locations."""
    with reading("inventory") as session:
        row, lying = get_product(session, sku), at_locations(session, sku)
    places = [
        {"location": code, "on_hand": there, "picked": bound}
        for code, (there, bound) in lying.items()
    ]
    shown = ProductShape.model_validate(row).model_dump(mode="json") | {"places": places}
    mark = zlib.crc32(repr(places).encode())  # a transfer changes nothing but the locations
    return with_etag(jsonify(shown), f"{row.version}-{row.on_hand}-{row.reserved}-{mark:x}")


@blueprint.post("/receipts")
@needs("stock.receive")
@spec.validate(json=NewReceipt, resp=Answers(HTTP_201=ReceiptOut), tags=["inventory"])
def receive(json: NewReceipt) -> Response:
    """Receive goods; sending the same `Idempotency-Key` again does not receive them twice."""
    if json.lines and (json.sku or json.quantity is not None):
        raise Invalid({"lines": "Send either lines, or one product by sku and quantity."})
    if json.lines:
        goods = [Goods(**line.model_dump()) for line in json.lines]
        number = run(receive_delivery, goods, json.reference, json.note)
    else:
        quantity = json.quantity or 0  # 0 is always refused
        number = run(receive_goods, json.sku, quantity, json.note, json.location, json.reference)
    return created(jsonify({"receipt_number": number}), f"receipts/{number}")


@blueprint.get("/receipts")
@needs("products.see")
@spec.validate(
    query=ReceiptsQuery,
    resp=Answers(HTTP_200=ReceiptsOut),
    tags=["inventory"],
    skip_validation=True,
)
def receipts() -> Response:
    """List receipts by page."""
    query = asked(ReceiptsQuery)
    wanted = ReceiptFilter(q=query.q, filled=query.filled)
    with reading("inventory") as session:
        return api_list(ReceiptSummary, partial(list_receipts, session, wanted, query.sort))


@blueprint.get("/receipts/<number>")
@needs("products.see")
@spec.validate(resp=Answers(HTTP_200=ReceiptShape), tags=["inventory"], skip_validation=True)
def receipt(number: str) -> Response:
    """Return one receipt with its lines and the back-orders it filled; its version is the ETag."""
    return _receipt(number)


@blueprint.post("/receipts/<number>/correction")
@needs("stock.receive")
@spec.validate(json=ReceiptCorrectionShape, resp=Answers(HTTP_200=ReceiptShape), tags=["inventory"])
def correct(number: str, json: ReceiptCorrectionShape) -> Response:
    """Correct a posted receipt's quantities; `If-Match` names the version that was read.

    The goods to remove must still be at their locations. Orders for which they were reserved, but
    not picked, wait for stock again.
    """
    quantities = {line.line: line.quantity for line in json.lines}
    run(correct_receipt, number, quantities, json.reason, expected_version())
    return _receipt(number)


@blueprint.post("/receipts/<number>/void")
@needs("stock.receive")
@spec.validate(json=ReceiptVoidingShape, resp=Answers(HTTP_200=ReceiptShape), tags=["inventory"])
def void(number: str, json: ReceiptVoidingShape) -> Response:
    """Void a posted receipt; `If-Match` names the version that was read.

    All its goods must still be at their locations; they leave the stock again.
    """
    run(void_receipt, number, json.reason, expected_version())
    return _receipt(number)


@blueprint.get("/shipments")
@needs("shipments.see")
@spec.validate(
    query=ShipmentsQuery,
    resp=Answers(HTTP_200=ShipmentsOut),
    tags=["inventory"],
    skip_validation=True,
)
def shipments() -> Response:
    """List shipments by page."""
    query = asked(ShipmentsQuery, "status")
    wanted = ShipmentFilter(q=query.q, statuses=tuple(query.status))
    with reading("inventory") as session:
        return api_list(ShipmentSummary, partial(list_shipments, session, wanted, query.sort))


@blueprint.get("/shipments/<number>")
@needs("shipments.see")
@spec.validate(resp=Answers(HTTP_200=ShipmentShape), tags=["inventory"], skip_validation=True)
def shipment(number: str) -> Response:
    """Return one shipment with its lines; its version is the ETag."""
    return with_etag(*_shipment(number))


@blueprint.post("/shipments/<number>/<step>")
@needs("shipments.work")
@choices(step=STEPS)
@spec.validate(json=StepShape, resp=Answers(HTTP_200=ShipmentShape), tags=["inventory"])
def take_step(number: str, step: str, json: StepShape) -> Response:
    """Take a shipment one step further; `If-Match` names the version that was read.

    The steps are `pick`, `pack`, `dispatch` and `deliver`; `undo` takes back a pick or a pack.
    """
    picks = [Take(**take.model_dump()) for take in json.picks]
    details = StepDetails(**{**json.model_dump(), "picks": picks})
    run(advance_shipment, number, step, expected_version(), details)
    return with_etag(*_shipment(number))


def _receipt(number: str) -> Response:
    with reading("inventory") as session:
        found = get_receipt(session, number)
        shown = {name: getattr(found, name) for name in ReceiptSummary.model_fields}
        lines = lines_of_receipt(session, found)
        filled = list_filled(session, number)
        shape = ReceiptShape.model_validate({**shown, "lines": lines, "filled_orders": filled})
        return with_etag(jsonify(shape.model_dump(mode="json")), found.version)


def _shipment(number: str) -> tuple[Response, int]:
    with reading("inventory") as session:
        parcel = get_shipment(session, number)
        picks = where_to_take(session, parcel)
        address = get_address(session, parcel.order_number)
        shown = ShipmentShape.model_validate(
            {**_fields(parcel), "picks": picks, "deliver_to": address}
        ).model_dump(mode="json")
    return jsonify(shown), parcel.version


def _fields(parcel: Shipment) -> dict[str, object]:
    names = ShipmentShape.model_fields.keys() - {"picks", "deliver_to"}
    return {name: getattr(parcel, name) for name in names}
