"""Accounting's work on approved expenses: reimbursement runs for payroll, and budgets."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from models.finance.changes import move
from models.finance.drafts import CURRENCY
from models.finance.events import ExpenseReimbursed
from models.finance.rules import PAYABLE
from models.finance.tables import RUN_NUMBER, Budget, Expense, ExpenseLine, Person, Run
from models.shared import clock
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.records.history import write_history

MOST_BUDGET = Decimal(10_000_000)


def make_run(session: Session, numbers: list[str]) -> str:
    """Put these approved expenses into one reimbursement run; return its number.

    Publishes ExpenseReimbursed for each. Each expense is paid once, even if several people submit
    the run. Nobody may pay their own. Raises Invalid (nothing chosen), DomainError `not_payable`
    (paid meanwhile, or the actor's own).
    """
    if not numbers:
        raise Invalid({"numbers": "Please choose at least one expense."})
    expenses = _lock(session, sorted(set(numbers)))
    wrong = [
        each
        for each in expenses
        if each.status not in PAYABLE or each.owner == session.info["actor"]
    ]
    if wrong or len(expenses) != len(set(numbers)):
        raise DomainError("not_payable", _why_not(wrong, session.info["actor"]))
    total = sum((each.approved_total for each in expenses if each.approved_total), Decimal(0))
    number = f"RR-{session.execute(select(RUN_NUMBER.next_value())).scalar_one()}"
    session.add(
        Run(
            number=number,
            made_at=clock.now(),
            made_by=session.info["actor"],
            expenses=len(expenses),
            total=total,
            currency=CURRENCY,
        )
    )
    session.flush()
    for each in expenses:
        each.run_number = number
        move(session, each, "reimburse", "reimbursed", run=number)
        record(session, _paid(each, number))
    write_history(session, "run", number, "made", expenses=len(expenses), total=str(total))
    return number


def list_payable(session: Session) -> list[Expense]:
    """Return the expenses that are approved and not paid yet, by owner."""
    return list(
        session.scalars(
            select(Expense)
            .where(Expense.status.in_(PAYABLE))
            .order_by(Expense.owner_name, Expense.number)
        )
    )


def list_runs(session: Session, most: int = 50) -> list[Run]:
    """Return the latest runs, newest first."""
    return list(
        session.scalars(select(Run).order_by(Run.made_at.desc(), Run.number.desc()).limit(most))
    )


def get_run(session: Session, number: str) -> tuple[Run, Any]:
    """Return a run and the rows that payroll pays. Raises NotFound.

    Each row has uid, name, department, expense number, purpose, amount and currency.
    """
    run = session.get(Run, number)
    if run is None:
        raise NotFound("run", number)
    rows = session.execute(
        select(
            Expense.owner,
            Expense.owner_name,
            Expense.department,
            Expense.number,
            Expense.purpose,
            Expense.approved_total,
            Expense.currency,
        )
        .where(Expense.run_number == number)
        .order_by(Expense.owner_name, Expense.number)
    )
    return run, rows.all()


def set_budget(session: Session, department: str, monthly: Decimal, version: int) -> None:
    """Set a department's monthly budget, in US dollars. Raises Invalid, Stale.

    `version` is the version that was read, 0 if there was no budget yet.
    """
    known = session.scalar(
        select(func.count()).select_from(Person).where(Person.department == department)
    )
    if not department or not known:
        raise Invalid({"department": "There is no such department."})
    if not 0 <= monthly <= MOST_BUDGET:
        raise Invalid({"monthly": f"From 0.00 to {MOST_BUDGET:,.2f}."})
    budget = session.get(Budget, department, with_for_update=True, populate_existing=True)
    was = budget.monthly if budget else Decimal(0)
    if (budget.version if budget else 0) != version:
        raise Stale(
            f"The budget of {department} changed since you opened it.",
            {"monthly": (str(monthly), str(was))},
        )
    if budget is None:
        session.add(Budget(department=department, monthly=monthly, version=1))
    else:
        budget.monthly, budget.version = monthly, version + 1
    write_history(session, "budget", department, "set", was=str(was), now=str(monthly))


def _lock(session: Session, numbers: list[str]) -> list[Expense]:
    return list(
        session.scalars(
            select(Expense)
            .where(Expense.number.in_(numbers))
            .order_by(Expense.number)
            .with_for_update()
            .options(selectinload(Expense.lines).selectinload(ExpenseLine.vouchers))
            .execution_options(populate_existing=True)
        )
    )


def _why_not(wrong: list[Expense], actor: str) -> str:
    own = [each.number for each in wrong if each.owner == actor]
    if own:
        return f"{', '.join(own)} is your own; a colleague puts it into a run."
    names = ", ".join(each.number for each in wrong) or "Something you chose"
    return f"{names} cannot be paid any more. Nothing was changed; look at the list again."


def _paid(expense: Expense, number: str) -> ExpenseReimbursed:
    return ExpenseReimbursed(
        expense_number=expense.number,
        purpose=expense.purpose,
        owner=expense.owner,
        owner_name=expense.owner_name,
        department=expense.department,
        currency=expense.currency,
        total=expense.total,
        round=expense.round,
        run_number=number,
        approved_total=expense.approved_total or Decimal(0),
    )
