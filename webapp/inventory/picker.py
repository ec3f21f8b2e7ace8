"""The product picker: products by name or SKU, with what is on hand, available and back-ordered."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.queries import ProductFilter, list_products, short_by_sku
from models.shared.database.rows import AnyRow
from models.shared.texts import isolate
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import needs

SHOWN, MOST_PLAIN = 20, 500


@blueprint.get("/products/options")
@needs("products.see")
def product_options() -> ResponseReturnValue:
    """Return products as options for a picker's list; the field in use is `q` or ends in `sku`."""
    q = next(
        (text for name, text in request.args.items() if name == "q" or name.endswith("sku")), ""
    )
    with reading("inventory") as session:
        found = list_products(session, ProductFilter(q=q.strip()[:100]), size=SHOWN).rows
        short = short_by_sku(session, [row.sku for row in found])
    return render_page_or_block("inventory/_options.html", "products", products=found, short=short)


def plain_choices(session: Session) -> list[tuple[str, str]]:
    """Return products as (SKU, label), for a picker without JavaScript."""
    return [
        (row.sku, _in_words(row))
        for row in list_products(session, ProductFilter(), size=MOST_PLAIN).rows
    ]


def _in_words(row: AnyRow) -> str:
    return f"{isolate(row.name)}, {row.on_hand:,} on hand, {row.available:,} available"
