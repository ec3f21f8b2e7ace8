"""Accounting's pages: reimbursement runs with CSV for payroll, budgets, and spending reports."""

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.finance.people import office_today, people_by_uid
from models.finance.policy import CATEGORIES
from models.finance.reimbursement import (
    get_run,
    list_payable,
    list_runs,
    make_run,
    set_budget,
)
from models.finance.spend import months_until, spend_by_department, spend_by_month
from models.shared.errors import DomainError
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.expense_form import read_amount, read_day
from webapp.shared.lists.csv_files import csv_response
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run as run_command
from webapp.shared.requests.commands import run_each_time

PAYROLL = ("Run", "Employee", "Name", "Department", "Expense", "For", "Amount", "Currency")
MONTHS = 6


@blueprint.get("/runs")
@needs("expenses.pay")
def runs() -> ResponseReturnValue:
    """Show the expenses that are approved and not paid yet, and earlier runs."""
    return _show_runs()


@blueprint.post("/runs")
@needs("expenses.pay")
def pay() -> ResponseReturnValue:
    """Put the selected expenses into one run, once."""
    numbers = request.form.getlist("numbers")[:500]
    try:
        number = run_command(make_run, sorted(numbers))
    except DomainError as error:
        return _show_runs(
            error.status,
            error.message if error.code != "invalid" else "Please choose at least one expense.",
        )
    return go_to(url_for("finance.run", number=number))


@blueprint.get("/runs/<number>")
@needs("expenses.pay")
def run(number: str) -> ResponseReturnValue:
    """Show a run and what it pays."""
    with reading("finance") as session:
        made, rows = get_run(session, number)
        maker = people_by_uid(session).get(made.made_by)
    return render_page_or_block(
        "finance/run.html", "main", run=made, rows=rows, maker=maker.name if maker else made.made_by
    )


@blueprint.get("/runs/<number>/payroll.csv")
@needs("expenses.pay")
def payroll(number: str) -> Response:
    """Export a run as CSV for payroll."""
    with reading("finance") as session:
        made, rows = get_run(session, number)
    return csv_response(f"{made.number}.csv", PAYROLL, [(made.number, *row) for row in rows])


@blueprint.get("/spend")
@needs("expenses.report")
def spend() -> ResponseReturnValue:
    """Show spending by category and month, and departments against their budgets."""
    return _show_spend()


@blueprint.get("/spend.csv")
@needs("expenses.report")
def spend_csv() -> Response:
    """Export spending by month and category, as CSV."""
    shown = _spend()
    rows = [
        (
            f"{month:%Y-%m}",
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
    department, version = (
        request.form.get("department", ""),
        request.form.get("version", 0, type=int),
    )
    monthly = read_amount(request.form.get("monthly", ""))
    try:
        monthly = Decimal(-1) if monthly is None else monthly
        run_each_time(set_budget, department, monthly, version)
    except DomainError as error:
        errors: Any = error.details.get("errors")
        words = " ".join(errors.values()) if error.code == "invalid" else error.message
        return _show_spend(error.status, f"{department}: {words}")
    return go_to(url_for("finance.spend"))


def _show_runs(status: int = 200, notice: str = "") -> ResponseReturnValue:
    with reading("finance") as session:
        payable, made = list_payable(session), list_runs(session)
    return render_page_or_block(
        "finance/runs.html", "main", status, payable=payable, runs=made, notice=notice
    )


def _show_spend(status: int = 200, notice: str = "") -> ResponseReturnValue:
    return render_page_or_block("finance/spend.html", "main", status, notice=notice, **_spend())


def _spend() -> dict[str, Any]:
    month = read_day(f"{request.args.get('month', '')}-01") or office_today().replace(day=1)
    department = request.args.get("department", "")[:100]
    with reading("finance") as session:
        found = spend_by_month(session, months_until(month, MONTHS), department)
        departments = spend_by_department(session, month)
    return {"spend": found, "departments": departments, "month": month, "department": department}
