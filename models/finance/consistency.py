"""Consistency checks: the stored sums of expenses and runs must follow from their lines, to the cent."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.finance.tables import Expense, ExpenseLine, Run
from models.shared.counts import counted

PAYABLE = ("approved", "partly_approved", "reimbursed")


def find_book_errors(session: Session) -> list[str]:
    """Return one sentence per sum that does not follow from its parts; an empty list means none."""
    claimed = func.coalesce(func.sum(ExpenseLine.amount), 0)
    approved = func.sum(ExpenseLine.approved)
    sums = (
        select(Expense.number, Expense.status, Expense.total, Expense.approved_total)
        .add_columns(claimed, approved)
        .outerjoin(ExpenseLine)
        .group_by(Expense.number)
        .order_by(Expense.number)
    )
    faults = []
    for number, status, total, approved_total, lines, granted in session.execute(sums):
        if total != lines:
            faults.append(f"{number}: the total is {total}, but its lines add up to {lines}")
        if status in PAYABLE and approved_total != granted:
            faults.append(f"{number}: {approved_total} approved, but its lines add up to {granted}")
    return faults + _find_run_errors(session)


def _find_run_errors(session: Session) -> list[str]:
    """Compare each run that stands with the expenses in it; a voided run has none any more."""
    paid = func.coalesce(func.sum(Expense.approved_total), 0)
    runs = (
        select(Run.number, Run.expenses, Run.total, func.count(Expense.number), paid)
        .outerjoin(Expense, Expense.run_number == Run.number)
        .where(Run.voided_at.is_(None))
        .group_by(Run.number)
        .order_by(Run.number)
    )
    return [
        f"{number}: {counted(count, 'expense')} for {total}, but it has {there} for {sum_}"
        for number, count, total, there, sum_ in session.execute(runs)
        if (count, total) != (there, sum_)
    ]
