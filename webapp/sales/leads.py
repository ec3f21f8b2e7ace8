"""The list of leads, and giving many of them to one person."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.sales.lead_queries import LEADS, LeadFilter
from models.sales.leads import assign_leads
from models.sales.stages import OPEN
from models.sales.tables import FAR
from models.sales.vocabulary import LostReason, Source, Stage
from webapp.sales import words
from webapp.sales.area import blueprint, my_filter
from webapp.sales.people import owner_uids, sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run


def wanted_of(state: ListState, _session: Session | None = None) -> LeadFilter:
    """The domain's filter of what the address asks."""
    stages, owner = state.filters.get("stage", ()), _only(state, "owner")[:100]
    opened = OPEN if "open" in stages else ()
    return my_filter(
        q=state.q,
        stages=tuple(dict.fromkeys((*opened, *(stage for stage in stages if stage != "open")))),
        sources=state.filters.get("source", ()),
        lost_reasons=state.filters.get("lost", ()),
        due=_only(state, "due"),
        owner=person().uid if owner == "mine" else owner,
    )


def _only(state: ListState, name: str) -> str:
    return next(iter(state.filters.get(name, ())), "")


def _owners() -> dict[str, str]:
    return {"mine": "Mine", "nobody": "Unassigned", **dict(sales_people())}


LEADS_LIST = List(
    name="leads",
    title="Leads",
    endpoint="sales.leads",
    export_endpoint="sales.export_leads",
    service="sales",
    template="sales/leads.html",
    source=LEADS,
    wanted=wanted_of,
    search="Company, contact, phone",
    search_label="Search leads",
    watches="leads:*",
    sorts=words.SORT,
    filters=(
        Choice(
            "stage",
            "Stage",
            {**Stage.labels(), "open": "Open"},
            several=True,
        ),
        Choice("source", "Source", Source.labels(), several=True),
        Choice("owner", "Owner", _owners, nothing="Anyone", accepts=bool, word=words.name_of),
        Choice("due", "Next step", words.DUE),
        Choice("lost", "Lost reason", LostReason.labels(), several=True),
    ),
    tabs=(
        Tab("All open", {"stage": "open"}),
        Tab("My open", {"owner": "mine", "stage": "open"}),
        Tab("Overdue", {"due": "overdue"}),
        Tab("No next step", {"due": "none"}),
        Tab("Unassigned", {"owner": "nobody"}),
        Tab("Lost", {"stage": "lost"}),
        Tab("All"),
    ),
    columns={
        "Number": "number",
        "Company": "company",
        "Contact": "contact_name",
        "Email": "mail",
        "Phone": "phone",
        "Source": lambda row: Source(row.source).label,
        "Stage": lambda row: Stage(row.stage).label,
        "Owner": "owner",
        "Expected value": "expected_value",
        "Currency": "currency",
        "Next step": lambda row: words.value_of("next_kind", row.next_kind).strip("–"),
        "Due date": lambda row: "" if row.next_on == FAR else row.next_on,
        "Lost reason": lambda row: LostReason.label_of(row.lost_reason),
        "Client": lambda row: row.client_number or "",
        "Created (UTC)": lambda row: row.created_at.isoformat(),
    },
)


@blueprint.get("/leads")
@needs("leads.see")
def leads() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return LEADS_LIST.show(owners=sales_people())


@blueprint.get("/leads/export.csv")
@needs("leads.see")
def export_leads() -> Response:
    """All that the filter leaves, as CSV."""
    return LEADS_LIST.export()


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
