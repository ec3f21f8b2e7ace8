"""The list of clients and the page of one client."""

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.sales.client_queries import (
    COUNTED,
    SORTS,
    ClientFilter,
    count_clients,
    each_client,
    keys_of,
    list_clients,
)
from models.sales.clients import list_addresses, list_contacts
from models.sales.queries import get_client, list_leads_of_client
from models.shared.database import reading
from models.shared.history import list_history
from webapp.sales.area import blueprint
from webapp.sales.people import sales_people
from webapp.shared.fragments import render_page_or_block
from webapp.shared.listing import Listing, csv_response, encode_cursor, listing_from_request
from webapp.shared.rights import needs, person

HEADER = (
    "Number",
    "Name",
    "Contact",
    "Mail",
    "Phone",
    "City",
    "State",
    "Terms, days",
    "Credit limit",
    "Currency",
    "Owner",
    "Active",
    "Client since (UTC)",
)
VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Active", {"standing": "active"}),
    ("Mine", {"owner": "mine", "standing": "active"}),
    ("Inactive", {"standing": "inactive"}),
    ("All", {}),
)


@blueprint.get("/clients")
@needs("clients.see")
def clients() -> ResponseReturnValue:
    """Show the list of clients; the URL holds its state."""
    asked = _asked()
    wanted = _wanted(asked)
    with reading("sales") as session:
        page, count = _page(session, asked, wanted), count_clients(session, wanted)
    return render_page_or_block(
        "sales/clients.html",
        "list",
        asked=asked,
        page=page,
        count=count,
        exact=count <= COUNTED,
        cursors=_cursors(page.rows, asked.sort),
        sorts=SORTS,
        views=_views(asked),
    )


@blueprint.get("/clients/export.csv")
@needs("clients.see")
def export_clients() -> Response:
    """Export all clients that match the filter, as CSV."""
    asked = _asked()
    with reading("sales") as session:
        rows = each_client(session, _wanted(asked), asked.sort)
    return csv_response("clients.csv", HEADER, map(_cells, rows))


@blueprint.get("/clients/<number>")
@needs("clients.see")
def client(number: str) -> ResponseReturnValue:
    """Show the client's page."""
    return show_client(number)


def show_client(number: str, status: int = 200, **more: Any) -> Response:
    """Render the client's page; `errors` and `form` belong to the small form that was refused."""
    with reading("sales") as session:
        row = get_client(session, number)
        values = {
            "contacts": list_contacts(session, number),
            "addresses": list_addresses(session, number),
            "leads": list_leads_of_client(session, number),
            "history": list_history(session, "client", number)[:100],
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


def _asked() -> Listing:
    return listing_from_request(
        sorts=tuple(SORTS), filters={"standing": ("active", "inactive"), "owner": ("mine",)}
    )


def _wanted(asked: Listing) -> ClientFilter:
    standing = asked.filters.get("standing", ())
    return ClientFilter(
        q=asked.q,
        owner=person().uid if asked.filters.get("owner") else "",
        active=standing[0] == "active" if len(standing) == 1 else None,
    )


def _page(session: Any, asked: Listing, wanted: ClientFilter) -> Any:
    try:
        return list_clients(
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


def _views(asked: Listing) -> list[tuple[str, dict[str, str], bool]]:
    current = {name: values[0] for name, values in asked.filters.items() if len(values) == 1}
    return [(words, filters, current == filters and not asked.q) for words, filters in VIEWS]


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.number,
        row.name,
        row.contact_name,
        row.contact_mail,
        row.contact_phone,
        row.city,
        row.state,
        row.payment_terms_days,
        row.credit_limit,
        row.currency,
        row.owner,
        "yes" if row.active else "no",
        row.created_at.isoformat(),
    )
