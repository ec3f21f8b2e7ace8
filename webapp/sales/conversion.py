"""Convert a lead to a client, and merge two leads."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.sales.client_queries import ClientFilter, list_clients
from models.sales.commands import AlreadyConverted, Conversion, convert_lead
from models.sales.duplicates import find_duplicates
from models.sales.merge import CHOICES, Merge, merge_leads
from models.sales.queries import get_client, get_lead
from models.sales.stages import moves
from models.sales.tables import Client
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.forms import (
    CLIENT_FIELDS,
    Typed,
    client_facts,
    client_of_lead,
    errors_with_numbers,
    typed,
)
from webapp.sales.people import sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import can, needs, person
from webapp.shared.requests.commands import run


@blueprint.get("/leads/<number>/convert")
@needs("leads.work")
def ask_conversion(number: str) -> ResponseReturnValue:
    """Show the form for the client that the lead becomes, with existing clients that match it.

    Redirect to the client that it became, or to the lead while it cannot be converted yet.
    """
    with reading("sales") as session:
        lead = get_lead(session, number)
    if lead.client_number:
        return go_to(url_for("sales.client", number=lead.client_number))
    if "converted" not in moves(lead.stage):
        return go_to(url_for("sales.lead", number=number))
    form = client_of_lead(lead)
    return _convert_form(
        number, {**form, "owner": form["owner"] or person().uid, "client_number": ""}
    )


@blueprint.post("/leads/<number>/convert")
@needs("leads.work")
def convert(number: str) -> ResponseReturnValue:
    """Convert the lead, once; a repeated click, or a second person, is redirected to the client."""
    form = typed(request.form, (*CLIENT_FIELDS, "client_number", "version"))
    into = (
        Conversion(client_number=form["client_number"])
        if form["client_number"]
        else Conversion(new=client_facts(form))
    )
    try:
        client = run(
            convert_lead,
            number,
            into,
            whole(form["version"]) or 0,
            any_lead=may_work_any(),
            may_set_limit=can("clients.limit"),
        )
    except Invalid as error:
        return _convert_form(
            number, form, errors=errors_with_numbers(form, error.errors), status=422
        )
    except AlreadyConverted as error:
        client = str(error.details["client_number"])
    except DomainError as error:
        return _convert_form(number, form, notice=error, status=error.status)
    return go_to(url_for("sales.client", number=client))


@blueprint.get("/leads/<number>/merge")
@needs("leads.work")
def ask_merge(number: str) -> ResponseReturnValue:
    """Show both leads side by side (`?with=LD-1002`) to choose which values to keep."""
    return _merge_form(number, request.args.get("with", "")[:40])


@blueprint.post("/leads/<number>/merge")
@needs("leads.work")
def merge(number: str) -> ResponseReturnValue:
    """Merge the other lead into this one."""
    other = request.form.get("with", "")[:40]
    wanted = Merge(
        winner=number,
        loser=other,
        take=tuple(request.form.getlist("take")),
        winner_version=whole(request.form.get("version", "")) or 0,
        loser_version=whole(request.form.get("other_version", "")) or 0,
    )
    try:
        run(merge_leads, wanted, any_lead=may_work_any())
    except DomainError as error:
        return _merge_form(number, other, notice=error, status=error.status)
    return go_to(url_for("sales.lead", number=number))


def _convert_form(number: str, form: Typed, status: int = 200, **more: object) -> Response:
    with reading("sales") as session:
        lead = get_lead(session, number)
        alike = [
            match
            for match in find_duplicates(session, lead.company, lead.mail, lead.phone, but=number)
            if match.kind == "client" and match.standing == "active"
        ]
        clients = list_clients(session, ClientFilter(active=True), size=200).rows
        chosen = _client(session, form["client_number"])
    return render_page_or_block(
        "sales/conversion.html",
        "form",
        status,
        lead=lead,
        typed=form,
        alike=alike,
        clients=clients,
        chosen=chosen,
        owners=sales_people(form["owner"]),
        **{"errors": {}, "notice": None, **more},
    )


def _client(session: Session, number: str) -> Client | None:
    try:
        return get_client(session, number) if number else None
    except NotFound:
        return None


def _merge_form(number: str, other: str, status: int = 200, **more: object) -> Response:
    with reading("sales") as session:
        winner, loser = get_lead(session, number), get_lead(session, other)
    differing = [field for field in CHOICES if getattr(winner, field) != getattr(loser, field)]
    return render_page_or_block(
        "sales/merge.html",
        "form",
        status,
        winner=winner,
        loser=loser,
        differing=differing,
        **{"notice": None, **more},
    )
