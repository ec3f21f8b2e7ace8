"""Product pages: the list with stock, and one product with its ledger."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.products import count_watchers
from models.inventory.queries import (
    PRODUCTS,
    ProductFilter,
    get_product,
    list_waiting_orders,
    short_by_sku,
)
from models.inventory.stock_by_location import at_locations
from models.inventory.stock_history import balanced_ledger_of, prices_in, stock_over_time
from models.shared.records.history import HistoryEntry, list_history
from models.shared.transactions import reading
from webapp.inventory.area import PRODUCT_SORTS, blueprint
from webapp.shared.lists.columns import Column
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.pages.form_keys import serial, whole
from webapp.shared.pages.fragments import render_block, render_page_or_block
from webapp.shared.people.rights import needs, person

SPANS = {4: "4 weeks", 8: "8 weeks", 26: "6 months", 52: "1 year"}  # of the chart, by weeks
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
    table=(
        Column("sku", "SKU", fixed=True),
        Column("name", "Product", "client", sorts=(("name", "ascending"),)),
        Column("location", "Location", "quiet drop-next"),
        Column("stock", "Stock"),
        Column("on_hand", "On hand", "num drop-last"),
        Column("reserved", "Reserved", "num drop-next"),
        Column("available", "Available", "num mid"),
        Column("reorder", "Reorder at", "num", extra=True),
        Column("unit", "Unit", extra=True),
        Column("price", "Price, USD", "num", sorts=(("price", "descending"),)),
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
    asked = whole(request.args.get("weeks", ""))
    weeks = asked if asked in SPANS else WEEKS
    before = serial(request.args.get("before"))
    with reading("inventory") as session:
        row, places = get_product(session, sku), at_locations(session, sku)
        ledger = balanced_ledger_of(session, sku, before)
        points = stock_over_time(session, sku, weeks)
        waiting = list_waiting_orders(session, sku)
        short = short_by_sku(session, [sku]).get(sku, 0)
        watches = count_watchers(session, sku, person().uid)[1]
        history = list_history(session, "product", sku)
    return {
        "product": row,
        "places": places,
        "ledger": ledger,
        "before": before,
        "waiting": waiting,
        "short": short,
        "points": points,
        "weeks": weeks,
        "spans": SPANS,
        "watches": watches,
        "prices": prices_in(history)[:10],
        "changes": [entry for entry in history if _is_told(entry)][:10],
    }


def _is_told(entry: HistoryEntry) -> bool:
    """Whether an entry changed something besides the price, which has a table of its own."""
    return entry.what == "changed" and entry.changes.keys() != {"unit_price"}
