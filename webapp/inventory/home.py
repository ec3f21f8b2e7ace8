"""Fragments that other pages include: the home page card and the palette's results."""

from flask import request
from flask.typing import ResponseReturnValue

from models.inventory.queries import (
    ProductFilter,
    ShipmentFilter,
    list_products,
    list_shipments,
    shipment_counts,
)
from models.inventory.receipts import ReceiptFilter, list_receipts
from models.inventory.stock_takes import search_stock_takes
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import can, needs

SHOWN = 5


@blueprint.get("/home")
@needs("products.see")
def home_card() -> ResponseReturnValue:
    """Show shipments to work on, oldest first, for warehouse staff, and low stock for everyone."""
    with reading("inventory") as session:
        parcels = list_shipments(
            session, ShipmentFilter(statuses=("waiting", "picked", "packed")), "oldest", size=SHOWN
        ).rows
        counts = shipment_counts(session)
        low = list_products(session, ProductFilter(low=True), size=SHOWN).rows
    return render_page_or_block(
        "inventory/_home.html",
        "card",
        parcels=parcels if can("shipments.work") else None,
        counts=counts,
        low=low,
    )


@blueprint.get("/search")
@needs("products.see")
def search() -> ResponseReturnValue:
    """Return a few products and receipts for the palette, and what else the person may see."""
    q = request.args.get("q", "").strip()[:100]
    with reading("inventory") as session:
        products = list_products(session, ProductFilter(q=q), size=SHOWN).rows if q else []
        parcels = (
            list_shipments(session, ShipmentFilter(q=q), size=3).rows
            if q and can("shipments.see")
            else []
        )
        receipts = list_receipts(session, ReceiptFilter(q=q), size=3).rows if q else []
        takes = search_stock_takes(session, q) if q and can("stock.count") else []
    return render_page_or_block(
        "inventory/_search.html",
        "results",
        products=products,
        parcels=parcels,
        receipts=receipts,
        takes=takes,
    )
