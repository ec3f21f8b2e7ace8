"""Product pages: the list with stock, and one product with its ledger."""

from datetime import datetime, timedelta

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.products import count_watchers
from models.inventory.queries import (
    PRODUCTS,
    ProductFilter,
    get_product,
    ledger_of,
    list_waiting_orders,
    stock_over_time,
)
from models.inventory.stock_by_location import at_locations
from models.shared import clock
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.inventory.area import PRODUCT_SORTS, blueprint
from webapp.inventory.stock_chart import stock_chart
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.pages.form_keys import serial
from webapp.shared.pages.fragments import render_block, render_page_or_block
from webapp.shared.people.rights import needs, person

WEEKS = 8


def wanted_of(state: ListState, _session: Session) -> ProductFilter:
    """The domain's filter of what the address asks."""
    return ProductFilter(q=state.q, low=bool(state.filters.get("stock")))


PRODUCTS_LIST = List(
    name="products",
    title="Products",
    endpoint="inventory.products",
    export_endpoint="inventory.export",
    service="inventory",
    template="inventory/products.html",
    source=PRODUCTS,
    wanted=wanted_of,
    search="SKU or name",
    search_label="Search products",
    watches="products:*",
    sorts=PRODUCT_SORTS,
    filters=(Choice("stock", "Stock", {"low": "Running low"}, place="tabs"),),
    tabs=(
        Tab("All"),
        Tab("Running low", {"stock": "low"}, "low"),
        Tab("Receipts", endpoint="inventory.receipts"),
        Tab("Stock-takes", endpoint="inventory.stock_takes", right="stock.count"),
        Tab("Locations", endpoint="inventory.locations", right="stock.count"),
    ),
    columns={
        "SKU": "sku",
        "Name": "name",
        "Price, USD": "unit_price",
        "Unit": "unit",
        "On hand": "on_hand",
        "Reserved": "reserved",
        "Available": "available",
        "Reorder point": "reorder_point",
        "Location": "location",
    },
)


@blueprint.get("/products")
@needs("products.see")
def products() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return PRODUCTS_LIST.show()


@blueprint.get("/products.csv")
@needs("products.see")
def export() -> Response:
    """All that the filter leaves, as CSV."""
    return PRODUCTS_LIST.export()


@blueprint.get("/products/<sku>")
@needs("products.see")
def product(sku: str) -> ResponseReturnValue:
    """Show a product: its figures, waiting orders, stock over time and ledger."""
    return render_page_or_block("inventory/product.html", "main", 200, **_shown(sku))


@blueprint.get("/products/<sku>/stock")
@needs("products.see")
def stock(sku: str) -> ResponseReturnValue:
    """Return the live part of the product's page as a fragment."""
    return render_block("inventory/product.html", "stock", **_shown(sku))


def _shown(sku: str) -> dict[str, object]:
    now = clock.now()
    since: datetime = now - timedelta(weeks=WEEKS)
    with reading("inventory") as session:
        row, places = get_product(session, sku), at_locations(session, sku)
        ledger = ledger_of(session, sku, serial(request.args.get("before")))
        points = stock_over_time(session, sku, since)
        waiting = list_waiting_orders(session, sku)
        watches = count_watchers(session, sku, person().uid)[1]
        changes = [
            entry for entry in list_history(session, "product", sku) if entry.what == "changed"
        ][:10]
    return {
        "product": row,
        "places": places,
        "ledger": ledger,
        "waiting": waiting,
        "points": points,
        "watches": watches,
        "changes": changes,
        "chart": stock_chart(points, since, now, row.reorder_point),
    }
