"""Goods go from one location to another: the form on the product's page, with or without JavaScript."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import location_choices
from models.inventory.picking import at_locations
from models.inventory.queries import get_product
from models.inventory.transferring import transfer_stock
from models.shared.database import reading, transaction
from models.shared.errors import Invalid
from models.shared.idempotency import once
from webapp.inventory.area import blueprint
from webapp.inventory.receiving import cases_of
from webapp.shared.forms import form_key
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.rights import needs, person

FIELDS = ("source", "target", "quantity", "reason")


@blueprint.get("/products/<sku>/transfer")
@needs("stock.count")
def ask_transfer(sku: str) -> ResponseReturnValue:
    """The question of how many cases go from where to where."""
    return _form(sku, {**dict.fromkeys(FIELDS, ""), "source": request.args.get("source", "")})


@blueprint.post("/products/<sku>/transfer")
@needs("stock.count")
def transfer(sku: str) -> ResponseReturnValue:
    """Carries them, once per form."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        transfer_once(
            sku,
            typed["source"],
            typed["target"],
            cases_of(typed["quantity"]),
            typed["reason"],
            form_key(),
        )
    except Invalid as error:
        return _form(sku, typed, error.errors, 422)
    return go_to(url_for("inventory.product", sku=sku))


def transfer_once(sku: str, source: str, target: str, quantity: int, reason: str, key: str) -> str:
    """The command, once per key; the transfer's number."""
    with transaction("inventory", actor=person().uid) as session:
        return str(
            once(
                session,
                key,
                "transfer_stock",
                [sku, source, target, quantity, reason],
                lambda: transfer_stock(session, sku, source, target, quantity, reason),
            )
        )


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
        (code, f"{code}: {there - bound:,} to move") for code, (there, bound) in lying.items()
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
