"""The list of leads: search, filters, pages, CSV export and bulk assignment."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.sales.lead_queries import (
    COUNTED,
    DUE,
    SORTS,
    LeadFilter,
    count_leads,
    each_lead,
    keys_of,
    list_leads,
)
from models.sales.leads import assign_leads
from models.sales.stages import LOST_REASONS, OPEN, SOURCES, STAGES
from models.sales.tables import FAR
from models.shared.database import reading
from webapp.sales.area import blueprint, my_filter
from webapp.sales.people import owner_uids, sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.commands import run
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.listing import Listing, csv_response, encode_cursor, listing_from_request
from webapp.shared.rights import needs, person

HEADER = (
    "Number",
    "Company",
    "Contact",
    "Mail",
    "Phone",
    "Source",
    "Stage",
    "Owner",
    "Expected value",
    "Currency",
    "Next step",
    "On",
    "Why lost",
    "Client",
    "Created (UTC)",
)
FILTERS: dict[str, tuple[str, ...]] = {
    "stage": (*STAGES, "open"),
    "source": SOURCES,
    "owner": ("mine", "nobody"),
    "due": DUE,
    "lost": LOST_REASONS,
}


@blueprint.get("/leads")
@needs("leads.see")
def leads() -> ResponseReturnValue:
    """Show the list of leads; the URL holds its state."""
    asked = asked_of_list()
    wanted = wanted_of(asked)
    with reading("sales") as session:
        page = _page(session, asked, wanted)
        count, worth = count_leads(session, wanted, page)
    return render_page_or_block(
        "sales/leads.html",
        "list",
        asked=asked,
        page=page,
        count=count,
        worth=worth,
        exact=count <= COUNTED,
        cursors=_cursors(page.rows, asked.sort),
        views=_views(asked),
        sorts=SORTS,
        filters=FILTERS,
        owners=sales_people(),
    )


@blueprint.get("/leads/export.csv")
@needs("leads.see")
def export_leads() -> Response:
    """Export all leads that match the filter, as CSV."""
    asked = asked_of_list()
    with reading("sales") as session:
        rows = each_lead(session, wanted_of(asked), asked.sort)
    return csv_response("leads.csv", HEADER, map(_cells, rows))


@blueprint.post("/leads/assign")
@needs("leads.work")
def assign() -> ResponseReturnValue:
    """Assign the selected leads to one person, all or none."""
    numbers, owner, owners = (
        request.form.getlist("number"),
        request.form.get("owner", ""),
        owner_uids(),
    )
    run(assign_leads, numbers, owner, owners=owners, any_lead=may_work_any())
    back = request.form.get("back", "")
    return go_to(
        back if back.startswith("/sales/leads") and "\\" not in back else url_for("sales.leads")
    )


def asked_of_list() -> Listing:
    """Parse the list's state from the URL; also accepts any uid as `owner`."""
    owners = ("mine", "nobody", *filter(None, request.args.getlist("owner")))
    return listing_from_request(sorts=tuple(SORTS), filters={**FILTERS, "owner": owners})


def wanted_of(asked: Listing) -> LeadFilter:
    """Convert the state of the list to the domain's filter."""
    stages = asked.filters.get("stage", ())
    owner = next((name[:100] for name in asked.filters.get("owner", ()) if name), "")
    return my_filter(
        q=asked.q,
        stages=OPEN if "open" in stages else stages,
        sources=asked.filters.get("source", ()),
        lost_reasons=asked.filters.get("lost", ()),
        due=next(iter(asked.filters.get("due", ())), ""),
        owner=person().uid if owner == "mine" else owner,
    )


def _page(session: Any, asked: Listing, wanted: LeadFilter) -> Any:
    try:
        return list_leads(
            session, wanted, asked.sort, after=asked.after, before=asked.before, size=asked.size
        )
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error


def _cursors(rows: list[Any], sort: str) -> dict[str, str]:
    if not rows:
        return {}
    return {
        "first": encode_cursor(keys_of(rows[0], sort)),
        "last": encode_cursor(keys_of(rows[-1], sort)),
    }


VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("All open", {"stage": "open"}),
    ("Mine, open", {"owner": "mine", "stage": "open"}),
    ("Overdue", {"due": "overdue"}),
    ("No next step", {"due": "none"}),
    ("Unassigned", {"owner": "nobody"}),
    ("Lost", {"stage": "lost"}),
    ("All", {}),
)


def _views(asked: Listing) -> list[tuple[str, dict[str, str], bool]]:
    current = {
        name: values[0] for name, values in asked.filters.items() if len(values) == 1 and values[0]
    }
    return [(words, filters, current == filters and not asked.q) for words, filters in VIEWS]


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.number,
        row.company,
        row.contact_name,
        row.mail,
        row.phone,
        row.source,
        row.stage,
        row.owner,
        row.expected_value,
        row.currency,
        row.next_kind,
        "" if row.next_on == FAR else row.next_on,
        row.lost_reason,
        row.client_number or "",
        row.created_at.isoformat(),
    )
