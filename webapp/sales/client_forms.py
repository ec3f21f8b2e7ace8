"""Forms that create and change a client."""

from collections.abc import Callable, Mapping

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.sales import clients as domain
from models.sales.commands import create_client
from models.sales.duplicates import find_duplicates
from models.sales.events import NamedAddress
from models.sales.queries import get_client
from models.sales.rules import Contact
from models.shared.errors import Invalid
from models.shared.numbers import read_amount
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.clients import show_client
from webapp.sales.forms import (
    CLIENT_FIELDS,
    Typed,
    client_facts,
    errors_with_numbers,
    typed,
    typed_client,
)
from webapp.sales.people import sales_people
from webapp.shared.number_fields import number_or_none
from webapp.shared.pages.edits import Conflicts, Record, posted_originals, save_edit
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import can, needs, person
from webapp.shared.requests.commands import run

CONTACT = ("name", "mail", "phone", "role")
ADDRESS = ("label", "street", "city", "state", "postcode")


@blueprint.get("/clients/new")
@needs("clients.create")
def new_client() -> ResponseReturnValue:
    """Show an empty client form."""
    defaults = {
        "payment_terms_days": "30",
        "credit_limit": "5,000.00",
        "address-state": "PA",
        "owner": person().uid,
    }
    return _form(dict.fromkeys(CLIENT_FIELDS, "") | defaults)


@blueprint.post("/clients/new")
@needs("clients.create")
def make_client() -> ResponseReturnValue:
    """Create a client without a lead; repeated submits create it only once."""
    form = typed(request.form, CLIENT_FIELDS)
    facts = client_facts(form)
    try:
        number = run(create_client, facts, may_set_limit=can("clients.limit"))
    except Invalid as error:
        return _form(form, errors=errors_with_numbers(form, error.errors), status=422)
    return go_to(url_for("sales.client", number=number))


@blueprint.get("/clients/<number>/edit")
@needs("clients.change")
def edit_client(number: str) -> ResponseReturnValue:
    """Show the form filled in with the client."""
    with reading("sales") as session:
        row = get_client(session, number)
    shown = typed_client(row)
    return _form(shown, number=number, version=row.version, was=shown)


@blueprint.post("/clients/<number>/edit")
@needs("clients.change")
def save_client(number: str) -> ResponseReturnValue:
    """Save the form, merged with what others changed meanwhile; ask only about real conflicts."""
    form, version = typed(request.form, CLIENT_FIELDS), whole(request.form.get("version", "")) or 0

    def save(merged: Mapping[str, str], version: int) -> None:
        run(domain.change_client, number, client_facts(dict(merged)), version)

    try:
        save_edit(form, lambda: _record(number), save)
    except Invalid as error:
        return _form(
            form,
            number=number,
            version=version,
            was=posted_originals(form),
            errors=errors_with_numbers(form, error.errors),
            status=422,
        )
    except Conflicts as error:
        return _form(
            dict(error.typed),
            number=number,
            version=error.record.version,
            was=error.record.typed,
            errors=errors_with_numbers(form, error.errors),
            status=409,
        )
    return go_to(url_for("sales.client", number=number))


@blueprint.post("/clients/<number>/limit")
@needs("clients.limit")
def set_limit(number: str) -> ResponseReturnValue:
    """Set the credit limit; for sales managers."""
    form = typed(request.form, ("credit_limit", "reason", "version"))
    limit = number_or_none(read_amount, form["credit_limit"])
    version = whole(form["version"]) or 0
    return _do(
        form, domain.set_credit_limit, number, limit, form["reason"], version, may_set_limit=True
    )


@blueprint.post("/clients/<number>/deactivate")
@needs("clients.standing")
def deactivate(number: str) -> ResponseReturnValue:
    """Deactivate the client so that it can no longer order."""
    form = typed(request.form, ("reason", "version"))
    version = whole(form["version"]) or 0
    return _do(form, domain.deactivate_client, number, form["reason"], version)


@blueprint.post("/clients/<number>/reactivate")
@needs("clients.standing")
def reactivate(number: str) -> ResponseReturnValue:
    """Let the client order again."""
    form = typed(request.form, ("version",))
    return _do(form, domain.reactivate_client, number, whole(form["version"]) or 0)


@blueprint.post("/clients/<number>/contacts")
@needs("clients.change")
def add_contact(number: str) -> ResponseReturnValue:
    """Add an additional contact."""
    form = _prefixed("contact", CONTACT)
    return _do(form, domain.add_contact, number, Contact(**form), prefix="contact")


@blueprint.post("/clients/<number>/contacts/<int:id_>/remove")
@needs("clients.change")
def remove_contact(number: str, id_: int) -> ResponseReturnValue:
    """Remove an additional contact."""
    return _do({"id": str(id_)}, domain.remove_contact, number, id_)


@blueprint.post("/clients/<number>/addresses")
@needs("clients.change")
def add_address(number: str) -> ResponseReturnValue:
    """Add an additional ship-to address."""
    form = _prefixed("place", ADDRESS)
    place = NamedAddress(**{**form, "state": form["state"].upper()})
    return _do(form, domain.add_address, number, place, prefix="place")


@blueprint.post("/clients/<number>/addresses/<int:id_>/remove")
@needs("clients.change")
def remove_address(number: str, id_: int) -> ResponseReturnValue:
    """Remove an additional ship-to address."""
    return _do({"id": str(id_)}, domain.remove_address, number, id_)


def _do(
    form: Typed,
    command: Callable[..., object],
    number: str,
    *args: object,
    prefix: str = "",
    **rights: bool,
) -> ResponseReturnValue:
    """Run the command of a small form on the page; if it fails, show that form with its errors."""
    try:
        run(command, number, *args, **rights)
    except Invalid as error:
        errors = {
            f"{prefix}-{name}" if prefix else name: words
            for name, words in errors_with_numbers(form, error.errors).items()
        }
        return show_client(
            number,
            422,
            form={f"{prefix}-{name}" if prefix else name: text for name, text in form.items()},
            errors=errors,
            opened=prefix or command.__name__,
        )
    return go_to(url_for("sales.client", number=number))


def _prefixed(prefix: str, names: tuple[str, ...]) -> Typed:
    """Read fields whose names start with the form's prefix, since the page has several forms."""
    sent = typed(request.form, tuple(f"{prefix}-{name}" for name in names))
    return {name: sent[f"{prefix}-{name}"] for name in names}


def _form(form: Typed, *, number: str = "", status: int = 200, **more: object) -> Response:
    with reading("sales") as session:
        found = find_duplicates(
            session, form["name"], form["contact_mail"], form["contact_phone"], but=number
        )
    return render_page_or_block(
        "sales/client_form.html",
        "form",
        status,
        typed=form,
        number=number,
        found=found,
        owners=sales_people(form["owner"]),
        **{"errors": {}, "was": {}, "version": 0, **more},
    )


def _record(number: str) -> Record:
    with reading("sales") as session:
        row = get_client(session, number)
        return Record(typed_client(row), row.version, list_history(session, "client", number))
