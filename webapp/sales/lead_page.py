"""One lead: its page with notes, calls and history, and the forms that change it."""

from collections.abc import Callable
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.sales.duplicates import find_duplicates
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
from models.shared.database import reading
from models.shared.errors import DomainError, Invalid, Stale
from webapp.sales.area import blueprint
from webapp.sales.forms import LEAD_FIELDS, Typed, lead_facts, next_step, typed, typed_lead
from webapp.sales.people import sales_people
from webapp.sales.rights import may_work_any
from webapp.shared.commands import run
from webapp.shared.forms import whole
from webapp.shared.fragments import go_to, render_block, render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.get("/leads/<number>")
@needs("leads.see")
def lead(number: str) -> ResponseReturnValue:
    """The lead's page; one that was merged away leads to where it went."""
    return _page(number)


@blueprint.get("/leads/new")
@needs("leads.work")
def new_lead() -> ResponseReturnValue:
    """The empty form."""
    return _form(dict.fromkeys(LEAD_FIELDS, "") | {"owner": person().uid, "expected_value": "0"})


@blueprint.post("/leads/new")
@needs("leads.work")
def create() -> ResponseReturnValue:
    """A new lead, once however often it is sent. Errors come back beside the fields."""
    form = typed(request.form, LEAD_FIELDS)
    facts = lead_facts(form)
    try:
        number = run(create_lead, facts)
    except Invalid as error:
        return _form(form, errors=error.errors, status=422)
    return go_to(url_for("sales.lead", number=number))


@blueprint.get("/leads/duplicates")
@needs("leads.see")
def duplicates() -> ResponseReturnValue:
    """Who else this could be, while it is typed: a fragment."""
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
    """The form with the lead in it."""
    with reading("sales") as session:
        row = get_lead(session, number)
    return _form(typed_lead(row), number=number, version=row.version)


@blueprint.post("/leads/<number>/edit")
@needs("leads.work")
def save_lead(number: str) -> ResponseReturnValue:
    """Saves what was typed; a stale edit shows what changed meanwhile and keeps what was typed."""
    form, version = typed(request.form, LEAD_FIELDS), whole(request.form.get("version", "")) or 0
    facts = lead_facts(form)
    try:
        run(change_lead, number, facts, version, any_lead=may_work_any())
    except Invalid as error:
        return _form(form, number=number, version=version, errors=error.errors, status=422)
    except Stale as error:
        return _form(form, number=number, version=_version(number), stale=error, status=409)
    return go_to(url_for("sales.lead", number=number))


@blueprint.post("/leads/<number>/next")
@needs("leads.work")
def plan(number: str) -> ResponseReturnValue:
    """Plans the next step, or takes it away."""
    form = typed(request.form, ("next_kind", "next_on", "next_note"))
    return _do(form, plan_next, number, next_step(form), any_lead=may_work_any())


@blueprint.post("/leads/<number>/entries")
@needs("leads.work")
def add_entry(number: str) -> ResponseReturnValue:
    """Adds a note, or a call and how it went."""
    form = typed(request.form, ("outcome", "words"))
    if form["outcome"]:
        return _do(form, log_call, number, form["outcome"], form["words"])
    return _do(form, write_note, number, form["words"])


@blueprint.post("/leads/<number>/reopen")
@needs("leads.work")
def reopen(number: str) -> ResponseReturnValue:
    """Takes a lost lead up again."""
    version = whole(request.form.get("version", ""))
    return _do({}, reopen_lead, number, version, any_lead=may_work_any())


@blueprint.get("/leads/<number>/lose")
@needs("leads.work")
def ask_why_lost(number: str) -> ResponseReturnValue:
    """The question why."""
    return _lose_form(number)


@blueprint.post("/leads/<number>/lose")
@needs("leads.work")
def lose(number: str) -> ResponseReturnValue:
    """Gives the lead up for a reason."""
    form, version = typed(request.form, ("reason", "words")), whole(request.form.get("version", ""))
    try:
        run(lose_lead, number, form["reason"], form["words"], version, any_lead=may_work_any())
    except Invalid as error:
        return _lose_form(number, typed=form, errors=error.errors, status=422)
    except DomainError as error:
        return _lose_form(number, typed=form, notice=error.message, status=error.status)
    return go_to(url_for("sales.lead", number=number))


def _do(
    form: Typed, command: Callable[..., Any], number: str, *args: Any, **rights: bool
) -> ResponseReturnValue:
    """One of the small forms on the page: shown again with its errors, or the page anew."""
    try:
        run(command, number, *args, **rights)
    except Invalid as error:
        return _page(number, form=form, errors=error.errors, status=422)
    return go_to(url_for("sales.lead", number=number))


def _page(number: str, status: int = 200, **more: Any) -> ResponseReturnValue:
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


def _form(form: Typed, *, number: str = "", status: int = 200, **more: Any) -> Response:
    return render_page_or_block(
        "sales/lead_form.html",
        "form",
        status,
        typed=form,
        number=number,
        found=_found(form, number),
        owners=sales_people(form["owner"]),
        **{"errors": {}, "stale": None, "version": 0, **more},
    )


def _lose_form(number: str, status: int = 200, **more: Any) -> Response:
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


def _found(form: Typed, but: str) -> list[Any]:
    with reading("sales") as session:
        return find_duplicates(session, form["company"], form["mail"], form["phone"], but=but)


def _version(number: str) -> int:
    with reading("sales") as session:
        return int(get_lead(session, number).version)
