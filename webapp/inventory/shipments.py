"""The shipment list: search, steps, pages, CSV export, and the "N new" line above it."""

from dataclasses import replace
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from models.inventory.queries import (
    COUNTED,
    SHIPMENT_SORTS,
    SHIPMENT_WORK,
    ShipmentFilter,
    count_shipments,
    keys_of,
    list_shipments,
    shipment_counts,
)
from models.inventory.rules import STATUSES, next_step
from models.inventory.tables import Shipment
from models.shared import clock
from models.shared.database import reading
from webapp.inventory.area import blueprint
from webapp.inventory.products import page_of
from webapp.shared.fragments import render_block, render_page_or_block
from webapp.shared.listing import (
    Listing,
    csv_response,
    decode_cursor,
    encode_cursor,
    listing_from_request,
)
from webapp.shared.rights import needs

LIST = "inventory/parcels.html"
HEADER = (
    "Parcel",
    "Order",
    "Client",
    "Status",
    "Cases",
    "Carrier",
    "Tracking",
    "Made (UTC)",
    "Picked by",
    "Packed by",
    "Left (UTC)",
    "Delivered (UTC)",
    "Signed by",
)


@blueprint.get("/shipments/")
@needs("shipments.see")
def shipments() -> ResponseReturnValue:
    """Show the list; the URL holds its whole state."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        page = page_of(list_shipments, session, wanted, asked)
        count, counts = count_shipments(session, wanted), shipment_counts(session)
    keys = [keys_of(row, SHIPMENT_SORTS[asked.sort][0], Shipment.number) for row in page.rows]
    return render_page_or_block(
        LIST,
        "list",
        asked=asked,
        page=page,
        count=count,
        counts=counts,
        keys=keys,
        exact=count <= COUNTED,
        next_step=next_step,
        news=0,
        drawn=_now(),
    )


@blueprint.get("/shipments/newer")
@needs("shipments.see")
def newer_shipments() -> ResponseReturnValue:
    """Show the "N new" line: how many shipments of this view were created since it was drawn."""
    asked, wanted = _asked()
    drawn = decode_cursor(request.args.get("drawn", ""))
    since_then = replace(asked, sort="newest", before=drawn, size=99)
    with reading("inventory") as session:
        rows = page_of(list_shipments, session, wanted, since_then).rows if drawn else []
    return render_block(
        LIST, "newer", asked=asked, news=len(rows), drawn=request.args.get("drawn", "")
    )


@blueprint.get("/shipments.csv")
@needs("shipments.see")
def export_shipments() -> Response:
    """Export the shipments that match the filter as CSV, at most 10,000."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        rows = list_shipments(session, wanted, asked.sort, size=COUNTED).rows
    return csv_response("shipments.csv", HEADER, map(_cells, rows))


def _asked() -> tuple[Listing, ShipmentFilter]:
    """Parse the list's URL; the default sort depends on the statuses shown.

    Oldest first where there is work to do, since the oldest shipment is next; otherwise newest
    first, since people mostly look up recent ones.
    """
    picked = request.args.getlist("status")
    first = "oldest" if picked and set(picked) <= set(SHIPMENT_WORK) else "newest"
    sorts = sorted(SHIPMENT_SORTS, key=lambda name: name != first)
    asked = listing_from_request(sorts=sorts, filters={"status": STATUSES})
    return asked, ShipmentFilter(q=asked.q, statuses=asked.filters["status"])


def _now() -> str:
    """Return the cursor of a shipment created right now."""
    return encode_cursor((clock.now().isoformat(), ""))


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.number,
        row.order_number,
        row.client_name,
        row.status,
        row.cases,
        row.carrier,
        row.tracking,
        row.created_at.isoformat(),
        row.picked_by,
        row.packed_by,
        row.dispatched_at,
        row.delivered_at,
        row.signed_by,
    )
