"""The expense form: autosave, receipts, policy findings on each line, submitting."""

import secrets
from uuid import UUID

import msgspec
from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.finance.commands import submit_draft, withdraw_expense
from models.finance.drafts import (
    discard_draft,
    fill_draft,
    remove_voucher,
    save_draft,
    start_expense,
)
from models.finance.people import away_now, people_by_uid
from models.finance.queries import get_expense, list_decisions
from models.finance.rules import EDITABLE, route_for
from models.finance.validation import remarks_on
from models.shared import clock
from models.shared.errors import DomainError, Invalid
from models.shared.settings.delegates import stand_in_for
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.expense_form import (
    TypedExpense,
    files_by_line,
    form_of_expense,
    read_expense_form,
)
from webapp.finance.people import ask_people, reader
from webapp.finance.voucher_files import MOST_UPLOAD, take_in
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.pages.presentation import name_of
from webapp.shared.people.preferences import today
from webapp.shared.people.rights import needs, person, takes_lines, takes_upload
from webapp.shared.requests.commands import run, run_each_time

PAGE = "finance/edit.html"


@blueprint.post("/new")
@needs("expenses.claim")
def new() -> ResponseReturnValue:
    """Start a draft and redirect to its form, which says who will decide."""
    ask_people()
    begun = run(start_expense, person().name, person().department)
    return go_to(url_for("finance.edit", number=begun))


@blueprint.get("/<number>/edit")
@needs("expenses.claim")
def edit(number: str) -> ResponseReturnValue:
    """Show the form of the person's draft; redirect to its page if it can no longer be edited."""
    with reading("finance") as session:
        expense = get_expense(session, number, reader(session))
    if expense.status not in EDITABLE or expense.owner != person().uid:
        return go_to(url_for("finance.detail", number=number))
    return _show(number, form_of_expense(expense, secrets.token_urlsafe(12)))


@blueprint.post("/<number>/edit")
@needs("expenses.claim")
@takes_lines("reply")
@takes_upload(MOST_UPLOAD)
def change(number: str) -> ResponseReturnValue:
    """Save the form with its receipts; add or remove a line; submit.

    Errors appear next to their fields.
    """
    typed = read_expense_form(request.form)
    try:
        done = _change(number, typed.with_lines_changed())
    except Invalid as error:
        return _show(number, typed, error.errors | typed.unread, 422, error.message)
    except DomainError as error:
        return _show(number, typed, status=error.status, notice=error.message)
    if done == "submitted":
        return go_to(url_for("finance.detail", number=number))
    return _show_kept(number, typed)


@blueprint.post("/<number>/draft")
@needs("expenses.claim")
@takes_lines("reply")
def keep(number: str) -> ResponseReturnValue:
    """Autosave the input so far; report the result and the policy findings on each line."""
    typed = read_expense_form(request.form)
    try:
        run_each_time(save_draft, number, typed.as_draft())
    except Invalid as error:
        return _say(number, typed, error.errors)
    except DomainError as error:
        return _say(number, typed, notice=error.message)
    return _say(number, typed)


@blueprint.post("/<number>/receipts/<uuid:id_>/remove")
@needs("expenses.claim")
def drop_voucher(number: str, id_: UUID) -> ResponseReturnValue:
    """Remove a receipt and save the input."""
    typed = read_expense_form(request.form)
    run_each_time(remove_voucher, number, id_, typed.as_draft() if typed.lines else None)
    return _show_kept(number, typed)


@blueprint.post("/<number>/discard")
@needs("expenses.claim")
def discard(number: str) -> ResponseReturnValue:
    """Discard the draft."""
    run_each_time(discard_draft, number)
    return go_to(url_for("finance.index"))


@blueprint.post("/<number>/withdraw")
@needs("expenses.claim")
def withdraw(number: str) -> ResponseReturnValue:
    """Withdraw the expense before it is approved or refused; it is a draft again."""
    run(withdraw_expense, number)
    return go_to(url_for("finance.edit", number=number))


def _change(number: str, typed: TypedExpense) -> str:
    """Save or submit the form; return `submitted` or `kept`.

    A repeated submit gets the answer of the first one, even if that is still running.
    """
    receipts = [(line, take_in(line, file)) for line, file in files_by_line(request.files)]
    if typed.action != "submit" or typed.unread:
        run_each_time(fill_draft, number, typed.as_draft(), receipts)
        if typed.action == "submit":
            raise Invalid(typed.unread)
        return "kept"
    ask_people()
    try:
        run(submit_draft, number, typed.as_draft(), receipts, today=today())
    except DomainError:
        # Save it even though it cannot be submitted. Raises if saving was the problem.
        run_each_time(fill_draft, number, typed.as_draft(), receipts)
        raise
    return "submitted"


def _show_kept(number: str, typed: TypedExpense) -> ResponseReturnValue:
    """Show the form as saved; fields that could not be parsed stay as typed, with an error."""
    with reading("finance") as session:
        kept = form_of_expense(get_expense(session, number, reader(session)), typed.form)
    as_typed = {line.line: line for line in typed.lines}
    lines = [
        msgspec.structs.replace(
            line,
            **{
                field: getattr(as_typed[line.line], field)
                for field in ("spent_on", "amount")
                if line.line in as_typed and f"lines-{line.line}-{field}" in typed.unread
            },
        )
        for line in kept.lines
    ]
    return _show(number, msgspec.structs.replace(kept, lines=lines), typed.unread)


def _show(
    number: str,
    typed: TypedExpense,
    errors: dict[str, str] | None = None,
    status: int = 200,
    notice: str = "",
) -> ResponseReturnValue:
    return render_page_or_block(
        PAGE, "form", status, **_shown(number, typed, errors or {}, notice if status != 200 else "")
    )


def _say(
    number: str, typed: TypedExpense, errors: dict[str, str] | None = None, notice: str = ""
) -> ResponseReturnValue:
    """Render the fragments that change while typing: save status, findings per line, and total."""
    shown = _shown(number, typed, {**(errors or {}), **typed.unread}, notice)
    return "".join(
        render_block(PAGE, block, **{**shown, "beside": True})
        for block in ("said", "remarks", "sum")
    )


def _shown(
    number: str, typed: TypedExpense, errors: dict[str, str], notice: str
) -> dict[str, object]:
    with reading("finance") as session:
        expense = get_expense(session, number, reader(session))
        remarks, decisions = remarks_on(session, expense), list_decisions(session, number)
        people, away = people_by_uid(session), away_now(session)
    route = route_for(expense.owner, people)
    stand_in = stand_in_for(route.approver, expense.owner, away, people) if route.approver else ""
    return {
        "expense": expense,
        "asked_by": name_of(decisions[-1].decided_by) if decisions else "",
        "typed": typed,
        "errors": errors,
        "notice": notice,
        "now": clock.now(),
        "remarks": {
            line.line: [each for each in remarks if each.line == line.line]
            for line in expense.lines
        },
        "vouchers": {line.line: line.vouchers for line in expense.lines},
        "approver": people.get(route.approver),
        "knows_people": expense.owner in people,
        "stand_in": people.get(stand_in),
        "absence": away.get(route.approver),
        "today": today(),
    }
