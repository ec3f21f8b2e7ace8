"""Accounting's pages: reimbursement runs with CSV for payroll, budgets, and spending reports."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypedDict

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.finance.people import office_today, people_by_uid
from models.finance.policy import CATEGORIES
from models.finance.reimbursement import (
    export_run,
    get_exported_run,
    get_run,
    list_payable,
    list_runs,
    make_run,
    set_budget,
    void_run,
)
from models.finance.spend import (
    COUNTS,
    WAITS,
    DepartmentSpend,
    Spend,
    last_day,
    months_until,
    spend_by_department,
    spend_by_month,
)
from models.finance.tables import Expense
from models.shared.dates import month_code, read_day
from models.shared.errors import DomainError, Invalid
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.expense_form import read_amount, unclear_amounts
from webapp.shared.lists.csv_files import csv_response, until_sent
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.pages.presentation import name_of
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run as run_command
from webapp.shared.requests.commands import run_each_time

PAYROLL = ("Run", "Employee ID", "Name", "Department", "Expense", "Purpose", "Amount", "Currency")
MONTHS = 6


@blueprint.get("/runs")
@needs("expenses.pay")
def runs() -> ResponseReturnValue:
    """Show the expenses that are approved and not paid yet, and earlier runs."""
    return _show_runs()


@blueprint.post("/runs")
@needs("expenses.pay")
def pay() -> ResponseReturnValue:
    """Confirm names and total, then put the selected expenses into one run, once.

    `agreed` is the sum that the person was asked about; if another is to be paid by now, they are
    asked again.
    """
    numbers = sorted(set(request.form.getlist("numbers")[:500]))
    if numbers and (question := _to_ask(numbers, request.form.get("agreed", ""))):
        return _show_runs(chosen=numbers, question=question)
    try:
        number = run_command(make_run, numbers)
    except DomainError as error:
        words = "Select at least one expense." if error.code == "invalid" else error.message
        return _show_runs(error.status, words, chosen=numbers)
    return go_to(url_for("finance.run", number=number))


@blueprint.get("/runs/<number>")
@needs("expenses.pay")
def run(number: str) -> ResponseReturnValue:
    """Show a run and what it pays, or why it was voided."""
    return _show_run(number)


@blueprint.post("/runs/<number>/void")
@needs("expenses.pay")
def void(number: str) -> ResponseReturnValue:
    """Void a run whose payroll CSV was not downloaded; its expenses can go into another run."""
    reason = request.form.get("reason", "")
    try:
        run_command(void_run, number, reason)
    except Invalid as error:
        return _show_run(number, 422, errors=error.errors, reason=reason)
    except DomainError as error:
        if error.status != 409:
            raise
        return _show_run(number, 409, notice=error.message, reason=reason)
    return go_to(url_for("finance.run", number=number))


@blueprint.post("/runs/<number>/payroll.csv")
@needs("expenses.pay")
def take_payroll(number: str) -> Response:
    """Download the payroll CSV of a run; from then on the run cannot be voided."""
    run_each_time(export_run, number)
    return _payroll_file(number)


@blueprint.get("/runs/<number>/payroll.csv")
@needs("expenses.pay")
def payroll(number: str) -> Response:
    """Download the payroll CSV again; 409 before its first download."""
    return _payroll_file(number)


@blueprint.get("/spend")
@needs("expenses.report")
def spend() -> ResponseReturnValue:
    """Show spending by category and month, and departments against their budgets."""
    return _show_spend()


@blueprint.get("/spend.csv")
@needs("expenses.report")
@until_sent
def spend_csv() -> Response:
    """Export spending by month and category, as CSV."""
    shown = _spend()
    rows = [
        (
            month_code(month),
            *(shown["spend"].amounts[month, key] for key in CATEGORIES),
            shown["spend"].of_month(month),
        )
        for month in shown["spend"].months
    ]
    return csv_response("spend.csv", ("Month", *CATEGORIES.values(), "Total, USD"), rows)


@blueprint.post("/budgets")
@needs("expenses.pay")
def budget() -> ResponseReturnValue:
    """Set a department's monthly budget."""
    department, typed = request.form.get("department", ""), request.form.get("monthly", "")
    version, monthly = whole(request.form.get("version", "")) or 0, read_amount(typed)
    try:
        if unclear := unclear_amounts({"monthly": typed}):
            raise Invalid(unclear)
        monthly = Decimal(-1) if monthly is None else monthly
        run_each_time(set_budget, department, monthly, version)
    except DomainError as error:
        words = " ".join(error.errors.values()) if isinstance(error, Invalid) else error.message
        return _show_spend(error.status, typed={department: typed}, errors={department: words})
    return go_to(url_for("finance.spend"))


def _to_ask(numbers: list[str], agreed: str) -> list[Expense]:
    """Return the expenses to ask about; none if they can be paid with the sum agreed to.

    None either if one of them cannot be paid: then the command says why.
    """
    with reading("finance") as session:
        payable = {each.number: each for each in list_payable(session)}
    if any(each not in payable or payable[each].owner == person().uid for each in numbers):
        return []
    total = sum((payable[each].approved_total or Decimal(0) for each in numbers), Decimal(0))
    return [] if agreed == f"{total:.2f}" else [payable[each] for each in numbers]


def _payroll_file(number: str) -> Response:
    with reading("finance") as session:
        made, rows = get_exported_run(session, number)
    return csv_response(f"{made.number}.csv", PAYROLL, [(made.number, *row) for row in rows])


def _show_run(number: str, status: int = 200, **more: object) -> ResponseReturnValue:
    with reading("finance") as session:
        made, rows = get_run(session, number)
        maker = people_by_uid(session).get(made.made_by)
        history = list_history(session, "run", number)
    values = {"errors": {}, "notice": "", "reason": "", **more}
    return render_page_or_block(
        "finance/run.html",
        "main",
        status,
        run=made,
        rows=rows,
        maker=maker.name if maker else made.made_by,
        voided=next((entry for entry in history if entry.what == "voided"), None),
        name_of=name_of,
        **values,
    )


def _show_runs(
    status: int = 200,
    notice: str = "",
    chosen: list[str] | None = None,
    question: list[Expense] | None = None,
) -> ResponseReturnValue:
    """Show what is to be paid; `chosen` are the boxes ticked, None for all of them."""
    with reading("finance") as session:
        payable, made = list_payable(session), list_runs(session)
    ticked = {each.number for each in payable} if chosen is None else set(chosen)
    return render_page_or_block(
        "finance/runs.html",
        "main",
        status,
        payable=payable,
        runs=made,
        notice=notice,
        ticked=ticked,
        question=question or [],
    )


def _show_spend(
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """Show the report; `typed` and `errors` map a department to its refused budget and why."""
    shown, errors = _spend(), errors or {}
    departments = {each.department for each in shown["departments"]}
    return render_page_or_block(
        "finance/spend.html",
        "main",
        status,
        typed=typed or {},
        errors=errors,
        notice=" ".join(
            words for department, words in errors.items() if department not in departments
        ),
        counts=COUNTS,
        waits=WAITS,
        last_day=last_day,
        **shown,
    )


class Spending(TypedDict):
    """What the report of the chosen month and department shows."""

    spend: Spend
    departments: list[DepartmentSpend]
    month: date
    department: str


def _spend() -> Spending:
    month = read_day(f"{request.args.get('month', '')}-01") or office_today().replace(day=1)
    department = request.args.get("department", "")[:100]
    with reading("finance") as session:
        found = spend_by_month(session, months_until(month, MONTHS), department)
        departments = spend_by_department(session, month)
    return {"spend": found, "departments": departments, "month": month, "department": department}
