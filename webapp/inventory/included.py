"""What other pages include from the warehouse: an order's parcels, the card on home, results for the palette."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from models.inventory.queries import (
    ProductFilter,
    ShipmentFilter,
    count_products,
    list_products,
    list_shipments,
    shipment_counts,
    shipments_of_order,
    short_of_order,
)
from models.shared.database import reading
from webapp.inventory.area import blueprint
from webapp.shared.rights import can, needs

ON_HOME = 5
FOUND = 6


@blueprint.get("/orders/<number>/parcels")
@needs("shipments.see")
def order_parcels(number: str) -> ResponseReturnValue:
    """The parcels of an order and what still waits for stock; empty words for an order not known here yet."""
    with reading("inventory") as session:
        parcels, short = shipments_of_order(session, number), short_of_order(session, number)
    return render_template("inventory/_parcels.html", number=number, parcels=parcels, short=short)


@blueprint.get("/home")
@needs("shipments.see")
def home_card() -> ResponseReturnValue:
    """Parcels to pick and pack, oldest first, and what runs low."""
    to_pack, low = ShipmentFilter(statuses=("waiting", "picked")), ProductFilter(low=True)
    with reading("inventory") as session:
        parcels = list_shipments(session, to_pack, "oldest", size=ON_HOME).rows
        counts = shipment_counts(session)
        products, low_count = list_products(session, low, size=ON_HOME).rows, count_products(session, low)
    return render_template("inventory/_home.html", parcels=parcels, counts=counts, products=products, low_count=low_count)


@blueprint.get("/search")
@needs("products.see")
def search() -> ResponseReturnValue:
    """A few products, and parcels for those who may see them."""
    q = request.args.get("q", "").replace("\0", "").strip()[:100]
    with reading("inventory") as session:
        products = list_products(session, ProductFilter(q=q), size=FOUND).rows if q else []
        sees = q and can("shipments.see")
        parcels = list_shipments(session, ShipmentFilter(q=q), size=FOUND).rows if sees else []
    return render_template("inventory/_search.html", products=products, parcels=parcels)
