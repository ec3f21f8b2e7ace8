"""The shipment board by step."""

from flask import request
from flask.typing import ResponseReturnValue

from models.inventory.queries import ShipmentFilter, count_shipments, list_shipments
from models.inventory.rules import next_step
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import needs

COLUMNS, SHOWN = ("waiting", "picked", "packed", "dispatched"), 20


@blueprint.get("/board")
@needs("shipments.see")
def board() -> ResponseReturnValue:
    """Show the shipments at each step, oldest first; `q` filters as in the list."""
    q = request.args.get("q", "").strip()[:100]
    wanted = {status: ShipmentFilter(q=q, statuses=(status,)) for status in COLUMNS}
    with reading("inventory") as session:
        columns = {
            status: list_shipments(session, each, "oldest", size=SHOWN).rows
            for status, each in wanted.items()
        }
        counts = {status: count_shipments(session, each).rows for status, each in wanted.items()}
    return render_page_or_block(
        "inventory/board.html", "board", columns=columns, counts=counts, next_step=next_step, q=q
    )
