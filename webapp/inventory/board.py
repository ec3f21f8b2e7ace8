"""The shipment board by step, and the bulk action that picks or packs several at once."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.commands import StepDetails, advance_shipment
from models.inventory.queries import ShipmentFilter, count_shipments, list_shipments
from models.inventory.rules import next_step
from models.shared.counts import counted
from models.shared.errors import DomainError
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block, toast
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import door_for

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


@blueprint.post("/shipments/several")
@needs("shipments.work")
def several() -> ResponseReturnValue:
    """Pick or pack the selected shipments, each in its own transaction.

    A shipment that someone else has moved on is left as it is and counted as failed. At most 100.
    """
    step = request.form.get("step", "")
    done = (
        [_try(step, chosen) for chosen in request.form.getlist("parcel")[:100]]
        if step in ("pick", "pack")
        else []
    )
    answer = go_to(
        request.form.get("back", "")
        if request.form.get("back", "").startswith("/inventory/")
        else url_for("inventory.shipments")
    )
    left = done.count(False)
    verb = {"pick": "picked", "pack": "packed"}.get(step, "changed")
    words = f"{counted(done.count(True), 'shipment')} {verb}."
    if left:
        words += f" {counted(left, 'shipment')} could not be {verb}. Open each one to see why."
    return toast(answer, words, "bad" if left else "good")


def _try(step: str, chosen: str) -> bool:
    """Take one step for a shipment; `chosen` is "number:version seen"."""
    number, _, version = chosen.partition(":")
    seen = whole(version) or 0
    try:
        door_for(number).run(advance_shipment, number, step, seen, StepDetails())
    except DomainError:
        return False
    return True
