"""The form for moving cases between locations; works without JavaScript."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import location_choices
from models.inventory.queries import get_product
from models.inventory.stock_by_location import at_locations
from models.inventory.transfers import transfer_stock
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run

FIELDS = ("source", "target", "quantity", "reason")


@blueprint.get("/products/<sku>/transfer")
@needs("stock.count")
def ask_transfer(sku: str) -> ResponseReturnValue:
    """Show the transfer form."""
    return _form(sku, {**dict.fromkeys(FIELDS, ""), "source": request.args.get("source", "")})


@blueprint.post("/products/<sku>/transfer")
@needs("stock.count")
def transfer(sku: str) -> ResponseReturnValue:
    """Move the cases, once per form."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        cases = number_or_none(CASES, typed["quantity"]) or 0  # 0 is always refused
        run(transfer_stock, sku, typed["source"], typed["target"], cases, typed["reason"])
    except Invalid as error:
        return _form(sku, typed, error.errors | unclear_numbers(typed, {"quantity": CASES}), 422)
    return go_to(url_for("inventory.product", sku=sku))


def _form(
    sku: str, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    with reading("inventory") as session:
        row, lying, choices = (
            get_product(session, sku),
            at_locations(session, sku),
            location_choices(session),
        )
    sources = [
        (code, f"{code}: {there - bound:,} available") for code, (there, bound) in lying.items()
    ]
    return render_page_or_block(
        "inventory/transfer.html",
        "form",
        status,
        product=row,
        sources=sources,
        choices=choices,
        typed=typed,
        errors=errors or {},
    )
