"""The expense form: kept while one types, receipts, policy beside each line, handing in."""

import secrets
from typing import Any
from uuid import UUID

import msgspec
from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.finance.checking import remarks_on
from models.finance.commands import submit_expense, withdraw_expense
from models.finance.drafting import (
    NewVoucher,
    attach_voucher,
    discard_draft,
    remove_voucher,
    save_draft,
    start_expense,
)
from models.finance.people import absences, office_today, people_by_uid
from models.finance.queries import get_expense
from models.finance.rules import EDITABLE, route_for, stand_in_for
from models.shared import clock
from models.shared.database import reading, transaction
from models.shared.errors import DomainError, Invalid
from models.shared.idempotency import once
from webapp.finance.area import blueprint
from webapp.finance.forms import TypedExpense, files_by_line, form_of_expense, read_expense_form
from webapp.finance.people import ask_people, reader
from webapp.finance.vouchers import MOST_UPLOAD, take_in
from webapp.shared.forms import form_key
from webapp.shared.fragments import go_to, render_block, render_page_or_block
from webapp.shared.rights import needs, person, takes_upload

PAGE = "finance/edit.html"


@blueprint.post("/new")
@needs("expenses.claim")
def new() -> ResponseReturnValue:
    """Begins a draft, and goes to its form, which says who will decide."""
    ask_people()
    with transaction("finance", actor=person().uid) as session:
        begun = once(
            session,
            form_key(),
            "start_expense",
            {},
            lambda: start_expense(session, person().name, person().department),
        )
    return go_to(url_for("finance.edit", number=begun))


@blueprint.get("/<number>/edit")
@needs("expenses.claim")
def edit(number: str) -> ResponseReturnValue:
    """The form of one's draft; what was handed in is shown instead."""
    with reading("finance") as session:
        expense = get_expense(session, number, reader(session))
    if expense.status not in EDITABLE or expense.owner != person().uid:
        return go_to(url_for("finance.detail", number=number))
    return _show(number, form_of_expense(expense, secrets.token_urlsafe(12)))


@blueprint.post("/<number>/edit")
@needs("expenses.claim")
@takes_upload(MOST_UPLOAD)
def change(number: str) -> ResponseReturnValue:
    """Keeps the form, with its receipts; adds or removes a line; hands in. Errors come back beside the fields."""
    typed = read_expense_form(request.form)
    try:
        done = _change(number, typed.with_lines_changed(), form_key())
    except Invalid as error:
        return _show(number, typed, error.errors | typed.unread, 422, error.message)
    except DomainError as error:
        return _show(number, typed, status=error.status, notice=error.message)
    if done == "submitted":
        return go_to(url_for("finance.detail", number=number))
    return _show_kept(number, typed)


@blueprint.post("/<number>/draft")
@needs("expenses.claim")
def keep(number: str) -> ResponseReturnValue:
    """Keeps what is typed so far; says so, and what policy says to each line."""
    typed = read_expense_form(request.form)
    try:
        _keep(number, typed)
    except Invalid as error:
        return _say(number, typed, error.errors)
    except DomainError as error:
        return _say(number, typed, notice=error.message)
    return _say(number, typed)


@blueprint.post("/<number>/receipts/<uuid:id_>/remove")
@needs("expenses.claim")
def drop_voucher(number: str, id_: UUID) -> ResponseReturnValue:
    """Takes a receipt away again; what is typed is kept."""
    typed = read_expense_form(request.form)
    with transaction("finance", actor=person().uid) as session:
        if typed.lines:
            save_draft(session, number, typed.as_draft())
        remove_voucher(session, number, id_)
    return _show_kept(number, typed)


@blueprint.post("/<number>/discard")
@needs("expenses.claim")
def discard(number: str) -> ResponseReturnValue:
    """Throws the draft away."""
    with transaction("finance", actor=person().uid) as session:
        discard_draft(session, number)
    return go_to(url_for("finance.index"))


@blueprint.post("/<number>/withdraw")
@needs("expenses.claim")
def withdraw(number: str) -> ResponseReturnValue:
    """Takes it back before it is decided; it is a draft again."""
    with transaction("finance", actor=person().uid) as session:
        once(
            session,
            form_key(),
            "withdraw_expense",
            number,
            lambda: withdraw_expense(session, number),
        )
    return go_to(url_for("finance.edit", number=number))


def _keep(number: str, typed: TypedExpense) -> None:
    with transaction("finance", actor=person().uid) as session:
        save_draft(session, number, typed.as_draft())


def _change(number: str, typed: TypedExpense, key: str) -> str:
    """`submitted` or `kept`.

    Sent again, with the first one still on its way or over, it gets the first one's answer.
    """
    receipts = [(line, take_in(line, file)) for line, file in files_by_line(request.files)]
    if typed.action != "submit" or typed.unread:
        _fill_in(number, typed, receipts)
        if typed.action == "submit":
            raise Invalid(typed.unread)
        return "kept"
    ask_people()
    try:
        _hand_in(number, typed, receipts, key)
    except DomainError:
        _fill_in(
            number, typed, receipts
        )  # it is kept though it cannot be handed in; raises where that is why
        raise
    return "submitted"


def _hand_in(
    number: str, typed: TypedExpense, receipts: list[tuple[int, NewVoucher]], key: str
) -> None:
    with transaction("finance", actor=person().uid) as session:

        def fill_and_submit() -> None:
            _fill(session, number, typed, receipts)
            submit_expense(session, number)

        once(session, key, "submit_expense", number, fill_and_submit)


def _fill_in(number: str, typed: TypedExpense, receipts: list[tuple[int, NewVoucher]]) -> None:
    with transaction("finance", actor=person().uid) as session:
        _fill(session, number, typed, receipts)


def _fill(
    session: Any, number: str, typed: TypedExpense, receipts: list[tuple[int, NewVoucher]]
) -> None:
    save_draft(session, number, typed.as_draft())
    for line, receipt in receipts:
        attach_voucher(session, number, line, receipt)


def _show_kept(number: str, typed: TypedExpense) -> ResponseReturnValue:
    """The form as it is kept now; what could not be read stays as typed, with a word beside it."""
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
    """The fragments that change while one types: the saved line, remarks by line, the sum."""
    shown = _shown(number, typed, {**(errors or {}), **typed.unread}, notice)
    return "".join(
        render_block(PAGE, block, **{**shown, "beside": True})
        for block in ("said", "remarks", "sum")
    )


def _shown(number: str, typed: TypedExpense, errors: dict[str, str], notice: str) -> dict[str, Any]:
    with reading("finance") as session:
        expense = get_expense(session, number, reader(session))
        remarks = remarks_on(session, expense)
        people, away = people_by_uid(session), absences(session)
    route = route_for(expense.owner, people)
    stand_in = (
        stand_in_for(route.approver, expense.owner, office_today(), away, people)
        if route.approver
        else ""
    )
    return {
        "expense": expense,
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
        "today": office_today(),
    }
