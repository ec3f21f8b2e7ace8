"""The list of shipments, and the "N new" line over it."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.commands import StepDetails, advance_shipment
from models.inventory.queries import (
    SHIPMENT_WORK,
    SHIPMENTS,
    ShipmentFilter,
)
from models.inventory.rules import next_step
from models.inventory.vocabulary import Status
from models.shared.counts import counted
from models.shared.errors import Invalid
from models.shared.records.commands import Door
from models.shared.transactions import reading
from webapp.inventory.area import SHIPMENT_SORTS, blueprint
from webapp.inventory.packing_slip import packing_slip
from webapp.shared.lists.columns import Column
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.lists.selection import selected, state_of_selection
from webapp.shared.pages.documents import pdf_response
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.rights import needs
from webapp.shared.requests.batches import run_for_each, told

MOST_PRINTED = 100
SEVERAL = {"pick": "{} picked.", "pack": "{} packed."}  # steps that are done on several at once


def wanted_of(state: ListState, _session: Session) -> ShipmentFilter:
    """The domain's filter of what the address asks."""
    return ShipmentFilter(q=state.q, statuses=state.filters["status"])


def sorts() -> dict[str, str]:
    """Where there is something to do the oldest shipment is the next one; what is merely looked up is mostly new."""
    chosen = request.args.getlist("status")
    first = "oldest" if chosen and set(chosen) <= set(SHIPMENT_WORK) else "newest"
    return {first: SHIPMENT_SORTS[first], **SHIPMENT_SORTS}


SHIPMENTS_LIST = List(
    name="shipments",
    title="Shipments",
    endpoint="inventory.shipments",
    export_endpoint="inventory.export_shipments",
    service="inventory",
    template="inventory/shipments.html",
    source=SHIPMENTS,
    wanted=wanted_of,
    search="Shipment, order, client, SKU",
    search_label="Search shipments",
    watches="shipments:*",
    sorts=sorts,
    filters=(
        Choice(
            "status",
            "",
            Status.labels(),
            several=True,
            place="tabs",
        ),
    ),
    tabs=(
        Tab("All"),
        Tab("Ready to pick", {"status": "waiting"}, "waiting"),
        Tab("Picked", {"status": "picked"}, "picked"),
        Tab("Packed", {"status": "packed"}, "packed"),
        Tab("Shipped", {"status": "dispatched"}, "dispatched"),
        Tab("Delivered", {"status": "delivered"}),
    ),
    tabs_label="Status",
    table=(
        Column("number", "Shipment", fixed=True),
        Column("client", "Client", "client"),
        Column("order", "Order", "drop-last"),
        Column("status", "Status"),
        Column("handled", "Handled by", "drop-first"),
        Column(
            "created",
            "Created",
            "when drop-next",
            sorts=(("newest", "descending"), ("oldest", "ascending")),
        ),
        Column("carrier", "Carrier", extra=True),
        Column("tracking", "Tracking number", extra=True),
        Column("cases", "Cases", "num"),
    ),
    columns={
        "Shipment": "number",
        "Order": "order_number",
        "Client": "client_name",
        "Status": lambda row: Status(row.status).label,
        "Cases": "cases",
        "Carrier": "carrier",
        "Tracking": "tracking",
        "Created (UTC)": lambda row: row.created_at.isoformat(),
        "Picked by": "picked_by",
        "Packed by": "packed_by",
        "Shipped (UTC)": "dispatched_at",
        "Delivered (UTC)": "delivered_at",
        "Signed by": "signed_by",
    },
)


@blueprint.get("/shipments/")
@needs("shipments.see")
def shipments() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return SHIPMENTS_LIST.show(next_step=next_step)


@blueprint.get("/shipments.csv")
@needs("shipments.see")
def export_shipments() -> Response:
    """All that the filter leaves, as CSV."""
    return SHIPMENTS_LIST.export()


@blueprint.get("/shipments/slips.pdf")
@needs("shipments.see")
def picked_slips() -> Response:
    """Return the packing slips of the selected shipments in one PDF, each on its own page."""
    numbers = selected(SHIPMENTS_LIST, MOST_PRINTED)
    with reading("inventory") as session:
        papers = [packing_slip(session, number) for number in numbers]
    return pdf_response("packing-slips.pdf", *papers, title=counted(len(papers), "packing slip"))


@blueprint.post("/shipments/several")
@needs("shipments.work")
def several() -> ResponseReturnValue:
    """Pick or pack the selected shipments, each by itself; one that has moved on stays as it is."""
    step, versions = request.form.get("step", ""), selected(SHIPMENTS_LIST)
    if step not in SEVERAL:
        raise Invalid({"step": "Choose to pick or to pack."})

    def advance(door: Door, number: str) -> None:
        door.run(advance_shipment, number, step, versions[number], StepDetails())

    back = go_to(state_of_selection(SHIPMENTS_LIST).url())
    return told(back, run_for_each(versions, advance), "shipment", SEVERAL[step])
