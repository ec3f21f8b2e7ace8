"""The page of one lead with notes, calls and history, and the forms that change it."""

from collections.abc import Callable, Mapping

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.sales.duplicates import Match, find_duplicates
from models.sales.leads import (
    change_lead,
    create_lead,
    log_call,
    lose_lead,
    plan_next,
    reopen_lead,
    write_note,
)
from models.sales.queries import get_lead, list_entries, list_lead_history
from models.sales.stages import LOST_REASONS, OPEN
from models.shared.errors import DomainError, Invalid
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.forms import (
    LEAD_FIELDS,
    Typed,
    errors_with_numbers,
    lead_facts,
    next_step,
    typed,
    typed_lead,
)
from webapp.sales.people import sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.pages.edits import Conflicts, Record, posted_originals, save_edit
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import needs, person, takes_lines
from webapp.shared.requests.commands import run


@blueprint.get("/leads/<number>")
@needs("leads.see")
def lead(number: str) -> ResponseReturnValue:
    """Show the lead's page; a merged lead redirects to the one it was merged into."""
    return _page(number)


@blueprint.get("/leads/new")
@needs("leads.work")
def new_lead() -> ResponseReturnValue:
    """Show an empty lead form."""
    return _form(dict.fromkeys(LEAD_FIELDS, "") | {"owner": person().uid, "expected_value": "0"})


@blueprint.post("/leads/new")
@needs("leads.work")
def create() -> ResponseReturnValue:
    """Create a lead; repeated submits create it only once. Errors appear next to their fields."""
    form = typed(request.form, LEAD_FIELDS)
    facts = lead_facts(form)
    try:
        number = run(create_lead, facts)
    except Invalid as error:
        return _form(form, errors=errors_with_numbers(form, error.errors), status=422)
    return go_to(url_for("sales.lead", number=number))


@blueprint.get("/leads/duplicates")
@needs("leads.see")
def duplicates() -> ResponseReturnValue:
    """Return a fragment with possible duplicates of what is being typed."""
    form = typed(request.args, ("company", "mail", "phone", "but"))
    return render_block(
        "sales/lead_form.html",
        "duplicates",
        found=_found(form, form["but"]),
        typed=form,
        number=form["but"],
    )


@blueprint.get("/leads/<number>/edit")
@needs("leads.work")
def edit_lead(number: str) -> ResponseReturnValue:
    """Show the form filled in with the lead."""
    with reading("sales") as session:
        row = get_lead(session, number)
    shown = typed_lead(row)
    return _form(shown, number=number, version=row.version, was=shown)


@blueprint.post("/leads/<number>/edit")
@needs("leads.work")
def save_lead(number: str) -> ResponseReturnValue:
    """Save the form, merged with what others changed meanwhile; ask only about real conflicts."""
    form, version = typed(request.form, LEAD_FIELDS), whole(request.form.get("version", "")) or 0

    def save(merged: Mapping[str, str], version: int) -> None:
        run(change_lead, number, lead_facts(dict(merged)), version, any_lead=may_work_any())

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
    return go_to(url_for("sales.lead", number=number))


@blueprint.post("/leads/<number>/next")
@needs("leads.work")
def plan(number: str) -> ResponseReturnValue:
    """Plan the next step, or clear it."""
    form = typed(request.form, ("next_kind", "next_on", "next_note"))
    return _do(form, plan_next, number, next_step(form), any_lead=may_work_any())


@blueprint.post("/leads/<number>/entries")
@needs("leads.work")
@takes_lines("words")
def add_entry(number: str) -> ResponseReturnValue:
    """Add a note, or a call with its outcome."""
    form = typed(request.form, ("outcome", "words"))
    if form["outcome"]:
        return _do(form, log_call, number, form["outcome"], form["words"])
    return _do(form, write_note, number, form["words"])


@blueprint.post("/leads/<number>/reopen")
@needs("leads.work")
def reopen(number: str) -> ResponseReturnValue:
    """Reopen a lost lead."""
    version = whole(request.form.get("version", ""))
    return _do({}, reopen_lead, number, version, any_lead=may_work_any())


@blueprint.get("/leads/<number>/lose")
@needs("leads.work")
def ask_why_lost(number: str) -> ResponseReturnValue:
    """Show the form that asks why the lead was lost."""
    return _lose_form(number)


@blueprint.post("/leads/<number>/lose")
@needs("leads.work")
@takes_lines("words")
def lose(number: str) -> ResponseReturnValue:
    """Mark the lead as lost, with a reason."""
    form, version = typed(request.form, ("reason", "words")), whole(request.form.get("version", ""))
    try:
        run(lose_lead, number, form["reason"], form["words"], version, any_lead=may_work_any())
    except Invalid as error:
        return _lose_form(number, typed=form, errors=error.errors, status=422)
    except DomainError as error:
        return _lose_form(number, typed=form, notice=error.message, status=error.status)
    return go_to(url_for("sales.lead", number=number))


def _do(
    form: Typed, command: Callable[..., object], number: str, *args: object, **rights: bool
) -> ResponseReturnValue:
    """Run the command of a small form on the page; if it fails, show that form with its errors."""
    try:
        run(command, number, *args, **rights)
    except Invalid as error:
        return _page(number, form=form, errors=error.errors, status=422)
    return go_to(url_for("sales.lead", number=number))


def _page(number: str, status: int = 200, **more: object) -> ResponseReturnValue:
    with reading("sales") as session:
        row = get_lead(session, number)
        if row.merged_into:
            return redirect(url_for("sales.lead", number=row.merged_into), 303)
        found = (
            find_duplicates(session, row.company, row.mail, row.phone, but=number)
            if row.stage in OPEN
            else []
        )
        values = {
            "entries": list_entries(session, number),
            "history": list_lead_history(session, number),
            "found": found,
        }
    return render_page_or_block(
        "sales/lead.html",
        "lead",
        status,
        lead=row,
        number=number,
        **{"errors": {}, "form": {}, **values, **more},
    )


def _form(form: Typed, *, number: str = "", status: int = 200, **more: object) -> Response:
    return render_page_or_block(
        "sales/lead_form.html",
        "form",
        status,
        typed=form,
        number=number,
        found=_found(form, number),
        owners=sales_people(form["owner"]),
        **{"errors": {}, "was": {}, "version": 0, **more},
    )


def _lose_form(number: str, status: int = 200, **more: object) -> Response:
    with reading("sales") as session:
        row = get_lead(session, number)
    return render_page_or_block(
        "sales/lose.html",
        "form",
        status,
        lead=row,
        reasons=LOST_REASONS,
        **{"errors": {}, "typed": {}, "notice": "", **more},
    )


def _found(form: Typed, but: str) -> list[Match]:
    with reading("sales") as session:
        return find_duplicates(session, form["company"], form["mail"], form["phone"], but=but)


def _record(number: str) -> Record:
    with reading("sales") as session:
        row = get_lead(session, number)
        return Record(typed_lead(row), row.version, list_history(session, "lead", number))
