"""The list of parcels: tabs by step, search, pages, CSV."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.inventory.queries import (
    COUNTED,
    SHIPMENT_SORTS,
    Page,
    ShipmentFilter,
    count_shipments,
    keys_of,
    list_shipments,
    shipment_counts,
)
from models.inventory.rules import STATUSES
from models.inventory.tables import Shipment
from models.shared.database import reading
from webapp.inventory.area import blueprint
from webapp.shared.fragments import render_page_or_block
from webapp.shared.listing import Listing, csv_response, decode_cursor, encode_cursor, listing_from_request
from webapp.shared.rights import needs

EXPORTED = 50_000
HEADER = ("Number", "Order", "Client", "Status", "Cases", "Made (UTC)", "Carrier", "Tracking", "Signed by")


@blueprint.get("/shipments/")
@needs("shipments.see")
def shipments() -> ResponseReturnValue:
    """The list; the address holds its state."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        page = _page(session, asked, wanted)
        count, tabs = count_shipments(session, wanted), shipment_counts(session)
    return render_page_or_block(
        "inventory/shipments.html", "list", asked=asked, page=page, count=count, exact=count <= COUNTED,
        tabs=tabs, statuses=STATUSES, sorts=SHIPMENT_SORTS, cursors=_cursors(page, asked.sort),
    )  # fmt: skip


@blueprint.get("/shipments/newer")
@needs("shipments.see")
def newer_shipments() -> ResponseReturnValue:
    """How many parcels of this view were made since the page was: the "N new" line."""
    asked, wanted = _asked()
    word = request.args.get("first", "")
    first = decode_cursor(word)
    with reading("inventory") as session:
        page = list_shipments(session, wanted, "newest", before=first, size=99) if first else None
    return render_page_or_block("inventory/shipments.html", "newer", asked=asked, cursors={"first": word},
                                news=len(page.rows) if page else 0)  # fmt: skip


@blueprint.get("/shipments/export.csv")
@needs("shipments.see")
def export_shipments() -> Response:
    """All that the filter leaves, as CSV."""
    asked, wanted = _asked()
    with reading("inventory") as session:
        rows = list_shipments(session, wanted, asked.sort, size=EXPORTED).rows
    return csv_response("shipments.csv", HEADER, [
        (row.number, row.order_number, row.client_name, row.status, row.cases, row.created_at.isoformat(),
         row.carrier, row.tracking, row.signed_by) for row in rows])  # fmt: skip


def _asked() -> tuple[Listing, ShipmentFilter]:
    asked = listing_from_request(sorts=("newest", "oldest"), filters={"status": STATUSES})
    return asked, ShipmentFilter(q=asked.q, statuses=asked.filters["status"])


def _page(session: Any, asked: Listing, wanted: ShipmentFilter) -> Page:
    try:
        return list_shipments(session, wanted, asked.sort, after=asked.after, before=asked.before, size=asked.size)
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error


def _cursors(page: Page, sort: str) -> dict[str, str]:
    if not page.rows:
        return {}
    column = SHIPMENT_SORTS[sort][0]
    first, last = (keys_of(row, column, Shipment.number) for row in (page.rows[0], page.rows[-1]))
    return {"first": encode_cursor(first), "last": encode_cursor(last)}
