"""Product pages: the list with stock, and one product with its ledger."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.inventory.counting import count_watchers
from models.inventory.picking import at_locations
from models.inventory.queries import (
    COUNTED,
    PRODUCT_SORTS,
    ProductFilter,
    count_products,
    get_product,
    keys_of,
    ledger_of,
    list_products,
    list_waiting_orders,
    stock_over_time,
)
from models.inventory.tables import Product
from models.shared import clock
from models.shared.database import reading
from models.shared.history import list_history
from webapp.inventory.area import blueprint
from webapp.inventory.chart import stock_chart
from webapp.shared.forms import serial
from webapp.shared.fragments import render_block, render_page_or_block
from webapp.shared.listing import Listing, csv_response, listing_from_request
from webapp.shared.rights import needs, person

WEEKS = 8
HEADER = (
    "SKU",
    "Name",
    "Price, USD",
    "Unit",
    "On hand",
    "Reserved",
    "Available",
    "Reorder point",
    "Location",
)


@blueprint.get("/products")
@needs("products.see")
def products() -> ResponseReturnValue:
    """Show the list; the URL holds its whole state."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        page = page_of(list_products, session, wanted, asked)
        count = count_products(session, wanted)
        low = count_products(session, ProductFilter(low=True))
    keys = [keys_of(row, PRODUCT_SORTS[asked.sort][0], Product.sku) for row in page.rows]
    return render_page_or_block(
        "inventory/products.html",
        "list",
        asked=asked,
        page=page,
        count=count,
        low=low,
        keys=keys,
        exact=count <= COUNTED,
    )


@blueprint.get("/products.csv")
@needs("products.see")
def export() -> Response:
    """Export the products that match the filter as CSV, at most 10,000."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        rows = list_products(session, wanted, asked.sort, size=COUNTED).rows
    return csv_response(
        "products.csv",
        HEADER,
        [
            (
                row.sku,
                row.name,
                row.unit_price,
                row.unit,
                row.on_hand,
                row.reserved,
                row.available,
                row.reorder_point,
                row.location,
            )
            for row in rows
        ],
    )


@blueprint.get("/products/<sku>")
@needs("products.see")
def product(sku: str) -> ResponseReturnValue:
    """Show a product: its figures, waiting orders, stock over time and ledger."""
    return render_page_or_block("inventory/product.html", "main", **_shown(sku))


@blueprint.get("/products/<sku>/stock")
@needs("products.see")
def stock(sku: str) -> ResponseReturnValue:
    """Return the live part of the product's page as a fragment."""
    return render_block("inventory/product.html", "stock", **_shown(sku))


def page_of(query: Any, session: Any, wanted: Any, asked: Listing) -> Any:
    """Return the page of a list at the cursors of `asked`; raises BadRequest for a damaged one."""
    try:
        return query(
            session, wanted, asked.sort, after=asked.after, before=asked.before, size=asked.size
        )
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error


def _asked() -> tuple[Listing, ProductFilter]:
    asked = listing_from_request(sorts=tuple(PRODUCT_SORTS), filters={"stock": ("low",)})
    return asked, ProductFilter(q=asked.q, low="low" in asked.filters["stock"])


def _shown(sku: str) -> dict[str, Any]:
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
