"""Product upkeep: creating and editing products, adjusting stock, watching, ledger export."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.adjustments import adjust_stock
from models.inventory.commands import create_product
from models.inventory.locations import location_choices
from models.inventory.products import ProductChange, change_product, watch_product
from models.inventory.queries import get_product, ledger_of
from models.inventory.rules import NewProduct
from models.inventory.stock_by_location import at_locations
from models.shared.errors import Invalid, Stale
from models.shared.records.lists import EXPORTED
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.lists.csv_files import csv_response
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run, run_each_time

FIELDS = ("sku", "name", "unit_price", "location", "reorder_point", "reorder_quantity")
BLANK = {**dict.fromkeys(FIELDS, ""), "reorder_point": "0", "reorder_quantity": "0"}
LEDGER_HEADER = ("When (UTC)", "What", "For", "Reason", "Who", "On hand", "Reserved", "Location")


@blueprint.get("/products/new")
@needs("products.change")
def new_product() -> ResponseReturnValue:
    """Show the form for a new product."""
    return _form("", BLANK)


@blueprint.post("/products/new")
@needs("products.change")
def take_in_product() -> ResponseReturnValue:
    """Add a product, once per form."""
    typed = _typed()
    try:
        change, sku = _change(typed), typed["sku"].upper()
        new = NewProduct(sku=sku, **{name: getattr(change, name) for name in FIELDS[1:]})
        run(create_product, new)
    except Invalid as error:
        return _form("", typed, status=422, errors=error.errors)
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.get("/products/<sku>/edit")
@needs("products.change")
def edit_product(sku: str) -> ResponseReturnValue:
    """Show the form with the product's current values."""
    with reading("inventory") as session:
        row = get_product(session, sku)
    return _form(
        sku, {**{name: str(getattr(row, name)) for name in FIELDS}, "version": str(row.version)}
    )


@blueprint.post("/products/<sku>/edit")
@needs("products.change")
def save_product(sku: str) -> ResponseReturnValue:
    """Change the product; a stale edit shows what differs."""
    typed = _typed()
    try:
        run(change_product, sku, _change(typed), whole(typed["version"]) or 0)
    except Invalid as error:
        return _form(sku, typed, status=422, errors=error.errors)
    except Stale as error:
        return _form(sku, typed, status=409, stale=error)
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.get("/products/<sku>/adjust")
@needs("stock.count")
def ask_adjustment(sku: str) -> ResponseReturnValue:
    """Show the form for adjusting the product's stock."""
    return _adjustment(sku, {"delta": "", "reason": "", "location": ""})


@blueprint.post("/products/<sku>/adjust")
@needs("stock.count")
def adjust(sku: str) -> ResponseReturnValue:
    """Adjust the stock to match what is there, once per form."""
    typed = {name: request.form.get(name, "").strip() for name in ("delta", "reason", "location")}
    try:
        delta = whole(typed["delta"].replace("−", "-")) or 0
        run(adjust_stock, sku, delta, typed["reason"], typed["location"])
    except Invalid as error:
        return _adjustment(sku, typed, error.errors, 422)
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.post("/products/<sku>/watch")
@needs("products.watch")
def watch(sku: str) -> ResponseReturnValue:
    """Notify this person when the product runs low (`watch=yes`), or stop doing so."""
    run_each_time(watch_product, sku, request.form.get("watch") == "yes")
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.get("/products/<sku>/ledger.csv")
@needs("products.see")
def export_ledger(sku: str) -> Response:
    """Export a product's ledger as CSV, newest first, at most 10,000 entries."""
    with reading("inventory") as session:
        get_product(session, sku)
        rows = ledger_of(session, sku, size=EXPORTED)
    return csv_response(
        f"ledger-{sku}.csv",
        LEDGER_HEADER,
        [
            (
                row.at.isoformat(),
                row.kind,
                row.reference,
                row.reason,
                row.actor,
                row.delta_on_hand,
                row.delta_reserved,
                row.location or "",
            )
            for row in rows
        ],
    )


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in (*FIELDS, "version")}


def _change(typed: dict[str, str]) -> ProductChange:
    """Parse the typed values; raises Invalid on each field that is not a number."""
    point, quantity = whole(typed["reorder_point"]), whole(typed["reorder_quantity"])
    errors = {
        name: "A whole number of cases."
        for name, found in (("reorder_point", point), ("reorder_quantity", quantity))
        if found is None
    }
    price = _price(typed["unit_price"])
    if price is None:
        errors["unit_price"] = "A price with at most two decimals, such as 38.90."
    if errors or price is None or point is None or quantity is None:
        raise Invalid(errors)
    return ProductChange(
        name=typed["name"],
        unit_price=price,
        location=typed["location"][:100],
        reorder_point=point,
        reorder_quantity=quantity,
    )


def _price(text: str) -> Decimal | None:
    try:
        price = Decimal(text.removeprefix("$").replace(",", ""))
    except InvalidOperation:
        return None
    return (
        price.quantize(Decimal("0.01"))
        if price.is_finite() and abs(price) < 10**9 and price == round(price, 2)
        else None
    )


def _form(
    sku: str,
    typed: dict[str, str],
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    stale: Stale | None = None,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        places = location_choices(session)
    return render_page_or_block(
        "inventory/product_form.html",
        "form",
        status,
        sku=sku,
        typed=typed,
        errors=errors or {},
        stale=stale,
        places=places,
    )


def _adjustment(
    sku: str, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> Any:
    with reading("inventory") as session:
        row, lying, places = (
            get_product(session, sku),
            at_locations(session, sku),
            location_choices(session),
        )
    return render_page_or_block(
        "inventory/adjustment.html",
        "form",
        status,
        product=row,
        typed=typed,
        errors=errors or {},
        lying=lying,
        places=places,
    )
