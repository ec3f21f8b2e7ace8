"""REST API of locations and of transfers between them."""

from functools import partial

from flask import Response, jsonify
from spectree import Response as Answers

from models.inventory.locations import (
    LocationFilter,
    create_location,
    get_location,
    list_locations,
)
from models.inventory.locations import change_location as change_one
from models.inventory.transfers import transfer_stock
from models.shared.transactions import reading
from webapp.inventory.api.area import blueprint
from webapp.inventory.api.location_shapes import (
    LocationChangeShape,
    LocationShape,
    LocationsOut,
    LocationsQuery,
    NewLocationShape,
    NewTransferShape,
    TransferOut,
)
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import (
    api_list,
    asked,
    created,
    expected_version,
    spec,
    with_etag,
)


@blueprint.get("/locations")
@needs("stock.count")
@spec.validate(
    query=LocationsQuery,
    resp=Answers(HTTP_200=LocationsOut),
    tags=["inventory"],
    skip_validation=True,
)
def locations() -> Response:
    """List locations by page, in order of their codes."""
    query = asked(LocationsQuery)
    wanted = LocationFilter(q=query.q, retired=query.retired)
    with reading("inventory") as session:
        return api_list(LocationShape, partial(list_locations, session, wanted))


@blueprint.post("/locations")
@needs("stock.count")
@spec.validate(json=NewLocationShape, resp=Answers(HTTP_201=LocationShape), tags=["inventory"])
def add_location(json: NewLocationShape) -> Response:
    """Add a location; sending the same `Idempotency-Key` again does not add it twice."""
    code = run(create_location, json.code, json.name)
    return created(_location(code), f"locations/{code}")


@blueprint.get("/locations/<path:code>")
@needs("stock.count")
@spec.validate(resp=Answers(HTTP_200=LocationShape), tags=["inventory"], skip_validation=True)
def location(code: str) -> Response:
    """Return one location; its version is the ETag."""
    return _location(code)


@blueprint.put("/locations/<path:code>")
@needs("stock.count")
@spec.validate(json=LocationChangeShape, resp=Answers(HTTP_200=LocationShape), tags=["inventory"])
def change_location(code: str, json: LocationChangeShape) -> Response:
    """Rename, retire or reactivate a location; `If-Match` names the version that was read.

    Only an empty location that is no product's default one can be retired.
    """
    run(change_one, code, json.name, json.active, expected_version())
    return _location(code)


@blueprint.post("/products/<sku>/transfers")
@needs("stock.count")
@spec.validate(json=NewTransferShape, resp=Answers(HTTP_201=TransferOut), tags=["inventory"])
def transfer(sku: str, json: NewTransferShape) -> Response:
    """Move cases from one location to another; the product's available stock is unchanged."""
    number = run(transfer_stock, sku, json.source, json.target, json.quantity, json.reason)
    answer = jsonify({"transfer_number": number})
    answer.status_code = 201
    return answer


def _location(code: str) -> Response:
    with reading("inventory") as session:
        found = get_location(session, code)
        shown = LocationShape.model_validate(found).model_dump(mode="json")
    return with_etag(jsonify(shown), shown["version"])
