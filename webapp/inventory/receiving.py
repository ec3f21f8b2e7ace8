"""Goods come in: the form, with or without JavaScript."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.commands import receive_goods
from models.inventory.locations import location_choices
from models.inventory.queries import ProductFilter, list_products
from models.shared.database import reading, transaction
from models.shared.errors import Invalid
from models.shared.idempotency import once
from webapp.inventory.area import blueprint
from webapp.shared.forms import form_key, whole
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.get("/receive")
@needs("stock.receive")
def receive() -> ResponseReturnValue:
    """The form, for the product that `sku` names if any."""
    return _form(
        {"sku": request.args.get("sku", "")[:32], "quantity": "", "note": "", "location": ""}
    )


@blueprint.post("/receive")
@needs("stock.receive")
def receive_goods_once() -> ResponseReturnValue:
    """Puts goods on the shelf, once per form."""
    typed = {
        name: request.form.get(name, "").strip() for name in ("sku", "quantity", "note", "location")
    }
    try:
        take_in(
            typed["sku"].upper(),
            cases_of(typed["quantity"]),
            typed["note"],
            form_key(),
            typed["location"],
        )
    except Invalid as error:
        return _form(typed, error.errors, 422)
    return go_to(url_for("inventory.product", sku=typed["sku"].upper()))


def take_in(sku: str, quantity: int, note: str, key: str, location: str) -> str:
    """The command, once per key; the receipt's number. Raises Invalid."""
    with transaction("inventory", actor=person().uid) as session:
        return once(
            session,
            key,
            "receive_goods",
            [sku, quantity, note, location],
            lambda: receive_goods(session, sku, quantity, note, location),
        )


def cases_of(typed: str) -> int:
    """What was typed as a number; 0, which no delivery has, for anything that is none."""
    return whole(typed) or 0


def _form(
    typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    with reading("inventory") as session:
        choices: list[Any] = list_products(session, ProductFilter(), size=500).rows
        places = location_choices(session)
    return render_page_or_block(
        "inventory/receive.html",
        "form",
        status,
        typed=typed,
        errors=errors or {},
        choices=choices,
        places=places,
    )
