"""Product upkeep: creating and editing products, adjusting stock, watching, ledger export."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.adjustments import adjust_stock
from models.inventory.commands import create_product
from models.inventory.locations import location_choices
from models.inventory.products import ProductChange, change_product, watch_product
from models.inventory.queries import get_product
from models.inventory.rules import NewProduct
from models.inventory.stock_by_location import at_locations
from models.inventory.stock_history import balanced_ledger_of
from models.shared.database.rows import AnyRow
from models.shared.errors import Invalid
from models.shared.numbers import Unclear, is_whole_cents, read_amount
from models.shared.records.history import list_history
from models.shared.records.lists import EXPORTED
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.lists.csv_files import csv_response, until_sent
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.edits import Conflicts, Record, posted_originals, save_edit
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run, run_each_time

FIELDS = ("sku", "name", "unit_price", "location", "reorder_point", "reorder_quantity")
BLANK = {**dict.fromkeys(FIELDS, ""), "reorder_point": "0", "reorder_quantity": "0"}
PRICE = "Enter a price with at most two decimals, such as 38.90."
LEDGER_HEADER = (
    "When (UTC)",
    "Entry",
    "Reference",
    "Reason",
    "By",
    "On hand",
    "Reserved",
    "Location",
    "On hand after",
    "Reserved after",
)


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
    shown = _shown(row)
    return _form(sku, {**shown, "version": str(row.version)}, was=shown)


@blueprint.post("/products/<sku>/edit")
@needs("products.change")
def save_product(sku: str) -> ResponseReturnValue:
    """Save the form, merged with what others changed meanwhile; ask only about real conflicts."""
    typed = _typed()

    def save(merged: Mapping[str, str], version: int) -> None:
        run(change_product, sku, _change(merged), version)

    try:
        save_edit({name: typed[name] for name in FIELDS[1:]}, lambda: _record(sku), save)
    except Invalid as error:
        was = posted_originals(FIELDS)
        return _form(sku, typed, status=422, errors=error.errors, was=was)
    except Conflicts as error:
        now = {**error.typed, "version": str(error.record.version)}
        errors = error.errors | unclear_numbers(typed, NUMBERS)
        return _form(sku, now, status=409, errors=errors, was=error.record.typed)
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
        delta = number_or_none(CASES, typed["delta"]) or 0  # 0 is always refused
        run(adjust_stock, sku, delta, typed["reason"], typed["location"])
    except Invalid as error:
        errors = error.errors | unclear_numbers(typed, {"delta": CASES})
        return _adjustment(sku, typed, errors, 422)
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.post("/products/<sku>/watch")
@needs("products.watch")
def watch(sku: str) -> ResponseReturnValue:
    """Notify this person when the product runs low (`watch=yes`), or stop doing so."""
    run_each_time(watch_product, sku, request.form.get("watch") == "yes")
    return go_to(url_for("inventory.product", sku=sku))


@blueprint.get("/products/<sku>/ledger.csv")
@needs("products.see")
@until_sent
def export_ledger(sku: str) -> Response:
    """Export a product's ledger as CSV, newest first."""
    with reading("inventory") as session:
        get_product(session, sku)
        rows = balanced_ledger_of(session, sku, size=EXPORTED + 1)
    return csv_response(
        f"ledger-{sku}.csv",
        LEDGER_HEADER,
        [
            (
                row.at.isoformat(),
                row.label,
                row.reference,
                row.reason,
                row.actor,
                row.delta_on_hand,
                row.delta_reserved,
                row.location or "",
                on_hand,
                reserved,
            )
            for row, on_hand, reserved in rows
        ],
        EXPORTED,
    )


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in (*FIELDS, "version")}


def _shown(row: AnyRow) -> dict[str, str]:
    """Return the form fields that show a product as it is."""
    return {name: str(getattr(row, name)) for name in FIELDS}


def _record(sku: str) -> Record:
    with reading("inventory") as session:
        row = get_product(session, sku)
        return Record(_shown(row), row.version, list_history(session, "product", sku))


def _change(typed: Mapping[str, str]) -> ProductChange:
    """Parse the typed values; raises Invalid on each field that is not a number."""
    point, quantity = (
        number_or_none(CASES, typed[name]) for name in ("reorder_point", "reorder_quantity")
    )
    price = number_or_none(_price, typed["unit_price"])
    if price is None or point is None or quantity is None:
        raise Invalid(unclear_numbers(typed, NUMBERS, may_be_blank=False))
    return ProductChange(
        name=typed["name"],
        unit_price=price,
        location=typed["location"][:100],
        reorder_point=point,
        reorder_quantity=quantity,
    )


def _price(text: str) -> Decimal:
    price = read_amount(text, PRICE)
    if abs(price) >= 10**9 or not is_whole_cents(price):
        raise Unclear(PRICE)
    return price.quantize(Decimal("0.01"))


NUMBERS: dict[str, Callable[[str], object]] = {
    "unit_price": _price,
    "reorder_point": CASES,
    "reorder_quantity": CASES,
}


def _form(
    sku: str,
    typed: dict[str, str],
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    was: Mapping[str, str] | None = None,
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
        was=was or {},
        places=places,
    )


def _adjustment(
    sku: str, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
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
