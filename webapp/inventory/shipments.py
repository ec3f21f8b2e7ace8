"""The list of shipments, and the "N new" line over it."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.queries import (
    SHIPMENT_WORK,
    SHIPMENTS,
    ShipmentFilter,
)
from models.inventory.rules import STATUSES, next_step
from models.shared import clock
from webapp.inventory.area import SHIPMENT_SORTS, STATUS, blueprint
from webapp.shared.lists.cursors import encode_cursor
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.pages.fragments import render_block
from webapp.shared.people.rights import needs


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
    search="Parcel, order, client, SKU",
    search_label="Search shipments",
    sorts=sorts,
    filters=(
        Choice(
            "status",
            "",
            {status: STATUS[status][0] for status in STATUSES},
            several=True,
            place="tabs",
        ),
    ),
    tabs=(
        Tab("All"),
        Tab("To pick", {"status": "waiting"}, "waiting"),
        Tab("To pack", {"status": "picked"}, "picked"),
        Tab("To dispatch", {"status": "packed"}, "packed"),
        Tab("On their way", {"status": "dispatched"}, "dispatched"),
        Tab("Delivered", {"status": "delivered"}),
    ),
    tabs_label="Steps",
    columns={
        "Parcel": "number",
        "Order": "order_number",
        "Client": "client_name",
        "Status": "status",
        "Cases": "cases",
        "Carrier": "carrier",
        "Tracking": "tracking",
        "Made (UTC)": lambda row: row.created_at.isoformat(),
        "Picked by": "picked_by",
        "Packed by": "packed_by",
        "Left (UTC)": "dispatched_at",
        "Delivered (UTC)": "delivered_at",
        "Signed by": "signed_by",
    },
)


@blueprint.get("/shipments/")
@needs("shipments.see")
def shipments() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return SHIPMENTS_LIST.show(next_step=next_step, news=0, drawn=_now())


@blueprint.get("/shipments/newer")
@needs("shipments.see")
def newer_shipments() -> ResponseReturnValue:
    """How many shipments of this view were made since the page was drawn: the "N new" line."""
    drawn = request.args.get("drawn", "")
    return render_block(
        SHIPMENTS_LIST.template,
        "newer",
        asked=SHIPMENTS_LIST.state(),
        news=SHIPMENTS_LIST.count_newer(drawn),
        drawn=drawn,
    )


@blueprint.get("/shipments.csv")
@needs("shipments.see")
def export_shipments() -> Response:
    """All that the filter leaves, as CSV."""
    return SHIPMENTS_LIST.export()


def _now() -> str:
    """The place in the list of a shipment made right now, as a word for an address."""
    return encode_cursor((clock.now().isoformat(), ""))
