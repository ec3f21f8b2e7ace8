"""The list of leads, and giving many of them to one person."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.sales.lead_queries import LEADS, LeadFilter
from models.sales.leads import assign_leads, lose_lead
from models.sales.stages import OPEN
from models.sales.tables import FAR
from models.sales.vocabulary import LostReason, Source, Stage
from models.shared.errors import Invalid
from models.shared.records.commands import Door
from webapp.sales import words
from webapp.sales.area import blueprint, my_filter
from webapp.sales.people import GROUPS, owner_uids, sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.lists.columns import Column
from webapp.shared.lists.lists import (
    Choice,
    Days,
    List,
    ListState,
    Tab,
    chosen_day,
)
from webapp.shared.lists.owners import owner_filter, owners_in
from webapp.shared.lists.selection import selected, state_of_selection
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.preferences import zone
from webapp.shared.people.rights import needs
from webapp.shared.requests.batches import Outcome, run_for_each, told
from webapp.shared.requests.commands import run


def wanted_of(state: ListState, _session: Session | None = None) -> LeadFilter:
    """The domain's filter of what the address asks."""
    stages = state.filters.get("stage", ())
    opened = OPEN if "open" in stages else ()
    return my_filter(
        q=state.q,
        stages=tuple(dict.fromkeys((*opened, *(stage for stage in stages if stage != "open")))),
        sources=state.filters.get("source", ()),
        lost_reasons=state.filters.get("lost", ()),
        due=_only(state, "due"),
        reached=_only(state, "reached"),
        created_since=chosen_day(state, "created_since"),
        created_until=chosen_day(state, "created_until"),
        closed_since=chosen_day(state, "closed_since"),
        closed_until=chosen_day(state, "closed_until"),
        zone=zone(),
        owners=owners_in(state),
    )


def _only(state: ListState, name: str) -> str:
    return next(iter(state.filters.get(name, ())), "")


REACHED = {stage: Stage(stage).label for stage in (*OPEN, "converted")}
OWNERS = owner_filter(GROUPS, has_nobody=True)
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
        Choice("reached", "Got as far as", REACHED),
        Choice("source", "Source", Source.labels(), several=True),
        OWNERS,
        Choice("due", "Next step", words.DUE),
        Choice("lost", "Lost reason", LostReason.labels(), several=True),
        Days("Created", ("created_since", "created_until")),
        Days("Closed", ("closed_since", "closed_until")),
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
    table=(
        Column("company", "Company", "client", fixed=True, sorts=(("company", "ascending"),)),
        Column("contact", "Contact", "drop-first"),
        Column("mail", "Email", extra=True),
        Column("phone", "Phone", extra=True),
        Column("number", "Number", extra=True),
        Column("stage", "Stage"),
        Column("next", "Next step", sorts=(("next", "ascending"),)),
        Column("owner", "Owner", "drop-last"),
        Column("source", "Source", "when drop-first"),
        Column(
            "created",
            "Created",
            "when drop-next",
            sorts=(("newest", "descending"), ("oldest", "ascending")),
        ),
        Column("value", "Value, USD", "num mid", sorts=(("value", "descending"),)),
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
    owner, owners = request.form.get("owner", ""), owner_uids()
    numbers = sorted(selected(LEADS_LIST))
    try:
        count = run(assign_leads, numbers, owner, owners=owners, any_lead=may_work_any())
    except Invalid as error:  # the bar has no place beside its fields
        raise Invalid(error.errors, " ".join(error.errors.values())) from error
    return _back(Outcome(count, []), "{} assigned.")


@blueprint.post("/leads/selected/lose")
@needs("leads.work")
def lose_selected() -> ResponseReturnValue:
    """Mark the selected leads as lost for one reason, each by itself."""
    versions, any_lead = selected(LEADS_LIST), may_work_any()
    reason, words_ = request.form.get("reason", ""), request.form.get("words", "")

    def lose(door: Door, number: str) -> None:
        door.run(lose_lead, number, reason, words_, versions[number] or None, any_lead=any_lead)

    return _back(run_for_each(versions, lose), "{} marked as lost.")


def _back(outcome: Outcome, sentence: str) -> ResponseReturnValue:
    return told(go_to(state_of_selection(LEADS_LIST).url()), outcome, "lead", sentence)
