"""Shipment pages: one shipment with its next step, its packing slip, and an order's shipments."""

from collections import Counter
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.commands import StepDetails, advance_shipment, correct_dispatch
from models.inventory.location_tables import ShipmentPick
from models.inventory.picks import Take, choices_of
from models.inventory.queries import (
    get_address,
    get_client_number,
    get_shipment,
    shipments_of_order,
    short_of_order,
)
from models.inventory.rules import STEP_BEFORE, next_step
from models.inventory.stock_by_location import said, where_to_take
from models.inventory.tables import Shipment, ShipmentLine
from models.shared.errors import DomainError, Invalid
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.inventory.packing_slip import packing_slip
from webapp.shared.answers.refusals import on_form
from webapp.shared.number_fields import CASES, number_or_none
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run

PAGE, MOST_ROWS = "inventory/shipment.html", 500


@blueprint.get("/shipments/<number>")
@needs("shipments.see")
def shipment(number: str) -> ResponseReturnValue:
    """Show a shipment: its contents, status and next step."""
    return render_page_or_block(PAGE, "main", 200, **_shown(number))


@blueprint.get("/shipments/<number>/state")
@needs("shipments.see")
def shipment_state(number: str) -> ResponseReturnValue:
    """Return the live part of the shipment's page as a fragment."""
    return render_block(PAGE, "state", **_shown(number))


@blueprint.post("/shipments/<number>/correction")
@needs("shipments.work")
def correct(number: str) -> ResponseReturnValue:
    """Correct the carrier or tracking number after the shipment left, once per form."""
    typed = {name: request.form.get(name, "") for name in ("carrier", "tracking")}
    version = whole(request.form.get("version", "")) or 0
    try:
        run(correct_dispatch, number, typed["carrier"], typed["tracking"], version)
    except DomainError as error:
        return _again(number, error, typed=typed, corrects=True)
    return go_to(url_for("inventory.shipment", number=number))


@blueprint.post("/shipments/<number>/<step>")
@needs("shipments.work")
def take_step(number: str, step: str) -> ResponseReturnValue:
    """Take the shipment one step further, once per form.

    `back` names the list or board whose button it was, where the person stays.
    """
    typed = {
        name: request.form.get(name, "") for name in ("carrier", "tracking", "signed_by", "places")
    }
    picks, counted = _typed_picks(), _typed_counts()
    version = whole(request.form.get("version", "")) or 0
    try:
        run(
            advance_shipment,
            number,
            step,
            version,
            StepDetails(**typed, picks=picks, counted=counted),
        )
    except Invalid as error:
        return _again(number, error, typed={**typed, "picks": picks, "counted": counted})
    except DomainError as error:
        if request.form.get("from") == "board":  # the board shows the error itself
            raise
        return _again(number, error)
    back = request.form.get("back", "")
    is_ours = back.startswith("/inventory/") and "\\" not in back
    return go_to(back if is_ours else url_for("inventory.shipment", number=number))


@blueprint.get("/shipments/<number>/slip.pdf")
@needs("shipments.see")
def slip_pdf(number: str) -> ResponseReturnValue:
    """Return the packing slip as PDF."""
    with reading("inventory") as session:
        paper = packing_slip(session, number)
    return pdf_response(f"{paper.number}.pdf", paper)


@blueprint.get("/orders/<number>/parcels")
@needs("shipments.see")
def order_parcels(number: str) -> ResponseReturnValue:
    """Return an order's shipments as a fragment for the order's page."""
    with reading("inventory") as session:
        parcels, short = shipments_of_order(session, number), short_of_order(session, number)
    return render_page_or_block(
        "inventory/_order_shipments.html", "parcels", parcels=parcels, short=short
    )


def _typed_picks() -> list[Take]:
    """Read the locations chosen for each row of the pick list.

    `picks-N` holds the location of row N, and `picks-N-of` its "line:quantity".
    """
    found = []
    for n in range(MOST_ROWS):
        line, _, quantity = request.form.get(f"picks-{n}-of", "").partition(":")
        if not quantity:
            break
        found.append(
            Take(
                line=whole(line) or 0,
                location=request.form.get(f"picks-{n}", ""),
                quantity=whole(quantity) or 0,
            )
        )
    return found


def _typed_counts() -> dict[int, int]:
    """Read how many cases of each line were counted; `count-N-of` names the line of row N."""
    counted = Counter[int]()
    for n in range(MOST_ROWS):
        if (line := whole(request.form.get(f"count-{n}-of", ""))) is None:
            break
        counted[line] += number_or_none(CASES, request.form.get(f"count-{n}", "")) or 0
    return dict(counted)


def _again(number: str, error: DomainError, **typed: object) -> Response:
    """Show the page again with what was typed and why it was not done."""
    values: dict[str, Any] = {**_shown(number), **typed, **on_form(error)}
    return render_page_or_block(PAGE, "main", **values)


def _shown(number: str) -> dict[str, object]:
    with reading("inventory") as session:
        parcel = get_shipment(session, number)
        history = list_history(session, "shipment", number)
        picks, address = where_to_take(session, parcel), get_address(session, parcel.order_number)
        client_number = get_client_number(session, parcel.order_number)
        choices = choices_of(session, picks) if parcel.status == "waiting" else []
    return {
        "parcel": parcel,
        "takes": _takes(parcel, picks),
        "places": said(picks),
        "picks": picks,
        "choices": choices,
        "address": address,
        "client_number": client_number,
        "history": history,
        "may_undo": parcel.status in STEP_BEFORE,
        "step": next_step(parcel.status),
        "typed": {},
        "corrects": False,
        "errors": {},
        "refused": "",
    }


def _takes(parcel: Shipment, picks: list[ShipmentPick]) -> list[tuple[str, ShipmentLine, int]]:
    """Return (location, line, cases) in pick list order; lines without a pick come last."""
    lines, known = {line.line: line for line in parcel.lines}, {pick.line for pick in picks}
    takes = [(pick.location, lines[pick.line], pick.quantity) for pick in picks]
    # lines without a pick left before locations were recorded
    return takes + [("", line, line.quantity) for line in parcel.lines if line.line not in known]
