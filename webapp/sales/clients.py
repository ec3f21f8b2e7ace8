"""The list of clients and the page of one client."""

from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.sales.client_queries import CLIENTS, ClientFilter
from models.sales.clients import list_addresses, list_contacts
from models.sales.queries import (
    get_client,
    list_client_activity,
    list_leads_of_client,
    list_open_leads_of_client,
)
from models.sales.tables import Lead
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.people import GROUPS, sales_people
from webapp.sales.words import CLIENT_SORT
from webapp.shared.lists.columns import Column
from webapp.shared.lists.lists import (
    Choice,
    List,
    ListState,
    Tab,
)
from webapp.shared.lists.owners import owner_filter, owners_in
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.preferences import today
from webapp.shared.people.rights import can, needs


def wanted_of(state: ListState, _session: Session) -> ClientFilter:
    """The domain's filter of what the address asks."""
    standing = state.filters.get("standing")
    return ClientFilter(
        q=state.q,
        owners=owners_in(state),
        active=standing == ("active",) if standing else None,
    )


CLIENTS_LIST = List(
    name="clients",
    title="Clients",
    endpoint="sales.clients",
    export_endpoint="sales.export_clients",
    service="sales",
    template="sales/clients.html",
    source=CLIENTS,
    wanted=wanted_of,
    search="Name, contact, city, number",
    search_label="Search clients",
    watches="clients:*",
    sorts=CLIENT_SORT,
    filters=(
        Choice("standing", "Status", {"active": "Active", "inactive": "Inactive"}),
        owner_filter(GROUPS),
    ),
    tabs=(
        Tab("Active", {"standing": "active"}),
        Tab("Mine", {"owner": "mine", "standing": "active"}),
        Tab("Inactive", {"standing": "inactive"}),
        Tab("All"),
    ),
    table=(
        Column("number", "Number", fixed=True),
        Column("name", "Client", "client"),
        Column("city", "City", extra=True),
        Column("contact", "Contact"),
        Column("mail", "Email", extra=True),
        Column("phone", "Phone", extra=True),
        Column("owner", "Owner", "drop-last"),
        Column("terms", "Terms", "when drop-next"),
        Column("since", "Client since", "when", extra=True),
        Column("limit", "Credit limit, USD", "num mid"),
    ),
    columns={
        "Number": "number",
        "Name": "name",
        "Contact": "contact_name",
        "Email": "contact_mail",
        "Phone": "contact_phone",
        "City": "city",
        "State": "state",
        "Payment terms (days)": "payment_terms_days",
        "Credit limit": "credit_limit",
        "Currency": "currency",
        "Owner": "owner",
        "Active": lambda row: "yes" if row.active else "no",
        "Client since (UTC)": lambda row: row.created_at.isoformat(),
    },
)


@blueprint.get("/clients")
@needs("clients.see")
def clients() -> ResponseReturnValue:
    """The list; the address holds its state."""
    return CLIENTS_LIST.show()


@blueprint.get("/clients/export.csv")
@needs("clients.see")
def export_clients() -> Response:
    """All that the filter leaves, as CSV."""
    return CLIENTS_LIST.export()


@blueprint.get("/clients/<number>")
@needs("clients.see")
def client(number: str) -> ResponseReturnValue:
    """Show the client's page."""
    return show_client(number)


def show_client(number: str, status: int = 200, **more: object) -> Response:
    """Render the client's page; `errors` and `form` belong to the small form that was refused."""
    with reading("sales") as session:
        row = get_client(session, number)
        leads, pending = list_leads_of_client(session, number), list[Lead]()
        if can("leads.see"):
            pending = list_open_leads_of_client(session, row)
        values = {
            "contacts": list_contacts(session, number),
            "addresses": list_addresses(session, number),
            "leads": leads,
            "pending": pending,
            "overdue": sum(lead.next_on < today() for lead in pending),
            "activity": list_client_activity(
                session, number, [*leads, *pending] if can("leads.see") else []
            ),
        }
    return render_page_or_block(
        "sales/client.html",
        "client",
        status,
        client=row,
        owners=sales_people(row.owner),
        new_order=f"/orders/new?client={number}",
        **{"errors": {}, "form": {}, "opened": "", **values, **more},
    )
