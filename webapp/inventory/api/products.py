"""REST API for changing products, adjusting and watching their stock, and stock-takes."""

from flask import Response, jsonify
from spectree import Response as Answers

from models.inventory.adjustments import adjust_stock
from models.inventory.commands import create_product
from models.inventory.products import ProductChange, change_product, watch_product
from models.inventory.queries import get_product
from models.inventory.rules import NewProduct
from models.inventory.stock_takes import (
    get_stock_take,
    list_stock_takes,
    record_count,
    start_stock_take,
)
from models.shared.transactions import reading
from webapp.inventory.api.area import blueprint
from webapp.inventory.api.shapes import (
    AdjustmentShape,
    CountShape,
    NewProductShape,
    NewStockTakeShape,
    ProductChangeShape,
    ProductShape,
    StockTakeShape,
    StockTakesOut,
)
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.rest.api import (
    api_page,
    expected_version,
    spec,
    with_etag,
)


@blueprint.post("/products")
@needs("products.change")
@spec.validate(json=NewProductShape, resp=Answers(HTTP_201=ProductShape), tags=["inventory"])
def create(json: NewProductShape) -> Response:
    """Add a product; sending the same `Idempotency-Key` again does not add it twice."""
    run(create_product, NewProduct(**json.model_dump()))
    answer = _product(json.sku)
    answer.status_code = 201
    return answer


@blueprint.put("/products/<sku>")
@needs("products.change")
@spec.validate(json=ProductChangeShape, resp=Answers(HTTP_200=ProductShape), tags=["inventory"])
def change(sku: str, json: ProductChangeShape) -> Response:
    """Change a product; `If-Match` names the `version` of the product that was read."""
    run(change_product, sku, ProductChange(**json.model_dump()), expected_version())
    return _product(sku)


@blueprint.post("/products/<sku>/adjustments")
@needs("stock.count")
@spec.validate(json=AdjustmentShape, resp=Answers(HTTP_201=ProductShape), tags=["inventory"])
def adjust(sku: str, json: AdjustmentShape) -> Response:
    """Adjust the stock to match what is there."""
    run(adjust_stock, sku, json.delta, json.reason, json.location)
    answer = _product(sku)
    answer.status_code = 201
    return answer


@blueprint.put("/products/<sku>/watch")
@needs("products.watch")
@spec.validate(resp=Answers("HTTP_204"), tags=["inventory"], skip_validation=True)
def watch(sku: str) -> Response:
    """Notify this person when the product runs low."""
    run_each_time(watch_product, sku, True)
    return Response(status=204)


@blueprint.delete("/products/<sku>/watch")
@needs("products.watch")
@spec.validate(resp=Answers("HTTP_204"), tags=["inventory"], skip_validation=True)
def unwatch(sku: str) -> Response:
    """Stop notifying this person when the product runs low."""
    run_each_time(watch_product, sku, False)
    return Response(status=204)


@blueprint.get("/stock-takes")
@needs("stock.count")
@spec.validate(resp=Answers(HTTP_200=StockTakesOut), tags=["inventory"], skip_validation=True)
def stock_takes() -> Response:
    """List the latest stock-takes, newest first."""
    with reading("inventory") as session:
        found = list_stock_takes(session)
    return api_page([StockTakeShape.model_validate(take).model_dump(mode="json") for take in found])


@blueprint.post("/stock-takes")
@needs("stock.count")
@spec.validate(json=NewStockTakeShape, resp=Answers(HTTP_201=StockTakeShape), tags=["inventory"])
def begin_stock_take(json: NewStockTakeShape) -> Response:
    """Start a stock-take."""
    number = run(
        start_stock_take, json.words, json.skus, json.location, json.locations, json.everywhere
    )
    answer = _take(number)
    answer.status_code = 201
    return answer


@blueprint.get("/stock-takes/<number>")
@needs("stock.count")
@spec.validate(resp=Answers(HTTP_200=StockTakeShape), tags=["inventory"], skip_validation=True)
def stock_take(number: str) -> Response:
    """Return one stock-take; its version is the ETag."""
    return _take(number)


@blueprint.put("/stock-takes/<number>")
@needs("stock.count")
@spec.validate(json=CountShape, resp=Answers(HTTP_200=StockTakeShape), tags=["inventory"])
def save_count(number: str, json: CountShape) -> Response:
    """Save counts and, with `end`, end the stock-take; `If-Match` names the version read."""
    run(record_count, number, json.counted, expected_version(), json.end)
    return _take(number)


def _product(sku: str) -> Response:
    with reading("inventory") as session:
        row = get_product(session, sku)
    shown = ProductShape.model_validate(row).model_dump(mode="json")
    return with_etag(jsonify(shown), f"{row.version}-{row.on_hand}-{row.reserved}")


def _take(number: str) -> Response:
    with reading("inventory") as session:
        take = get_stock_take(session, number)
        return with_etag(
            jsonify(StockTakeShape.model_validate(take).model_dump(mode="json")), take.version
        )
