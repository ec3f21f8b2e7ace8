"""The list of shipments, and the "N new" line over it."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.queries import (
    SHIPMENT_WORK,
    SHIPMENTS,
    ShipmentFilter,
)
from models.inventory.rules import next_step
from models.inventory.vocabulary import Status
from webapp.inventory.area import SHIPMENT_SORTS, blueprint
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
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
