"""What accounting does: runs for payroll with their CSV, budgets, and what was spent, in charts and tables."""

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.finance.paying import get_run, list_payable, list_runs, make_run, set_budget
from models.finance.people import office_today, people_by_uid
from models.finance.policy import CATEGORIES
from models.finance.spending import months_until, spend_by_department, spend_by_month
from models.shared.database import reading
from models.shared.errors import DomainError
from webapp.finance.area import blueprint
from webapp.finance.forms import read_amount, read_day
from webapp.shared.commands import run as run_command
from webapp.shared.commands import run_each_time
from webapp.shared.csv_files import csv_response
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.rights import needs

PAYROLL = ("Run", "Employee", "Name", "Department", "Expense", "For", "Amount", "Currency")
MONTHS = 6


@blueprint.get("/runs")
@needs("expenses.pay")
def runs() -> ResponseReturnValue:
    """What is approved and not paid yet, and the runs made before."""
    return _show_runs()


@blueprint.post("/runs")
@needs("expenses.pay")
def pay() -> ResponseReturnValue:
    """Puts what was chosen into one run, once."""
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
    """A run with what it pays."""
    with reading("finance") as session:
        made, rows = get_run(session, number)
        maker = people_by_uid(session).get(made.made_by)
    return render_page_or_block(
        "finance/run.html", "main", run=made, rows=rows, maker=maker.name if maker else made.made_by
    )


@blueprint.get("/runs/<number>/payroll.csv")
@needs("expenses.pay")
def payroll(number: str) -> Response:
    """The run as payroll reads it."""
    with reading("finance") as session:
        made, rows = get_run(session, number)
    return csv_response(f"{made.number}.csv", PAYROLL, [(made.number, *row) for row in rows])


@blueprint.get("/spend")
@needs("expenses.report")
def spend() -> ResponseReturnValue:
    """Spend by category and month, departments against their budgets."""
    return _show_spend()


@blueprint.get("/spend.csv")
@needs("expenses.report")
def spend_csv() -> Response:
    """Spend by month and category, as CSV."""
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
    """Sets what a department may spend in a month."""
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
