"""The form for receiving goods; works without JavaScript."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.commands import receive_goods
from models.inventory.locations import location_choices
from models.inventory.queries import ProductFilter, list_products
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run


@blueprint.get("/receive")
@needs("stock.receive")
def receive() -> ResponseReturnValue:
    """Show the form, with the product in `sku` preselected if given."""
    return _form(
        {"sku": request.args.get("sku", "")[:32], "quantity": "", "note": "", "location": ""}
    )


@blueprint.post("/receive")
@needs("stock.receive")
def receive_goods_once() -> ResponseReturnValue:
    """Receive goods, once per form."""
    typed = {
        name: request.form.get(name, "").strip() for name in ("sku", "quantity", "note", "location")
    }
    sku, cases = typed["sku"].upper(), whole(typed["quantity"]) or 0  # 0 is always refused
    try:
        run(receive_goods, sku, cases, typed["note"], typed["location"])
    except Invalid as error:
        return _form(typed, error.errors, 422)
    return go_to(url_for("inventory.product", sku=sku))


def _form(
    typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    with reading("inventory") as session:
        choices: list[Any] = list_products(session, ProductFilter(), size=500).rows
        places = location_choices(session)
    return render_page_or_block(
        "inventory/receipt.html",
        "form",
        status,
        typed=typed,
        errors=errors or {},
        choices=choices,
        places=places,
    )
