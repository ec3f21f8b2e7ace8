"""Accounting's work on approved expenses: reimbursement runs for payroll, and budgets."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, selectinload

from models.finance.changes import move
from models.finance.events import ExpenseReimbursed, ExpenseReimbursementVoided
from models.finance.rules import PAYABLE
from models.finance.tables import RUN_NUMBER, Budget, Expense, ExpenseLine, Person, Run
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.numbers import CURRENCY, is_whole_cents
from models.shared.records.history import write_history

LONGEST_REASON = 500
MOST_BUDGET = Decimal(10_000_000)


def make_run(session: Session, numbers: list[str]) -> str:
    """Put these approved expenses into one reimbursement run; return its number.

    Publishes ExpenseReimbursed for each. Each expense is paid once, even if several people submit
    the run. Nobody may pay their own. Raises Invalid (nothing chosen), DomainError `not_payable`
    (paid meanwhile, or the actor's own).
    """
    if not numbers:
        raise Invalid({"numbers": "Select at least one expense."})
    expenses = _lock(session, sorted(set(numbers)))
    wrong = [
        each
        for each in expenses
        if each.status not in PAYABLE or each.owner == current_actor(session)
    ]
    if wrong or len(expenses) != len(set(numbers)):
        raise DomainError("not_payable", _why_not(wrong, current_actor(session)))
    total = sum((each.approved_total for each in expenses if each.approved_total), Decimal(0))
    number = f"RR-{session.execute(select(RUN_NUMBER.next_value())).scalar_one()}"
    session.add(
        Run(
            number=number,
            made_at=clock.now(),
            made_by=current_actor(session),
            expenses=len(expenses),
            total=total,
            currency=CURRENCY,
            voidable=True,
        )
    )
    session.flush()
    for each in expenses:
        each.run_number = number
        move(session, each, "reimburse", "reimbursed", run=number)
        record(session, _paid(each, number))
    write_history(session, "run", number, "made", expenses=len(expenses), total=str(total))
    return number


def void_run(session: Session, number: str, reason: str) -> None:
    """Void a run before payroll has its file; its expenses wait for another run.

    Publishes ExpenseReimbursementVoided for each. Raises NotFound, Invalid without a reason of at
    most 500 characters, DomainError `exported` (payroll has the file) or `voided`.
    """
    run = _lock_run(session, number)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": f"Enter a reason of at most {LONGEST_REASON} characters."})
    if run.exported_at or not run.voidable:
        raise DomainError(
            "exported", f"{number} can no longer be voided: its payroll CSV was already downloaded."
        )
    numbers = session.scalars(select(Expense.number).where(Expense.run_number == number)).all()
    run.voided_at = clock.now()
    for each in _lock(session, sorted(numbers)):
        record(session, _unpaid(each, number, reason.strip()))
        each.run_number = None
        after = "approved" if each.approved_total == each.total else "partly_approved"
        move(session, each, "void", after, run=number, reason=reason.strip())
    write_history(session, "run", number, "voided", reason=reason.strip(), numbers=sorted(numbers))


def export_run(session: Session, number: str) -> None:
    """Note that payroll's file is taken. Raises NotFound, DomainError `voided`."""
    run = _lock_run(session, number)
    if run.exported_at is None:
        run.exported_at = clock.now()
        write_history(session, "run", number, "exported")


def _lock_run(session: Session, number: str) -> Run:
    run = session.get(Run, number, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound("reimbursement run", number)
    if run.voided_at:
        raise DomainError("voided", f"{number} was voided, so no one is paid with it.")
    return run


def list_payable(session: Session) -> list[Expense]:
    """Return the expenses that are approved and not paid yet, by owner."""
    return list(
        session.scalars(
            select(Expense)
            .where(Expense.status.in_(PAYABLE))
            .order_by(func.folded(Expense.owner_name), Expense.number)
        )
    )


def list_runs(session: Session, most: int = 50) -> list[Run]:
    """Return the latest runs, newest first."""
    return list(
        session.scalars(select(Run).order_by(Run.made_at.desc(), Run.number.desc()).limit(most))
    )


PaidRow = Row[str, str, str, str, str, Decimal | None, str]


def search_runs(session: Session, q: str, most: int = 3) -> list[Run]:
    """Return the latest runs whose number has `q` in it, newest first."""
    query = select(Run).where(func.lower(Run.number).contains(q.lower(), autoescape=True))
    return list(session.scalars(query.order_by(Run.made_at.desc(), Run.number).limit(most)))


def get_run(session: Session, number: str) -> tuple[Run, Sequence[PaidRow]]:
    """Return a run and the rows that payroll pays. Raises NotFound.

    Each row has uid, name, department, expense number, purpose, amount and currency.
    """
    run = session.get(Run, number)
    if run is None:
        raise NotFound("reimbursement run", number)
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
        .order_by(func.folded(Expense.owner_name), Expense.number)
    )
    return run, rows.all()


def get_exported_run(session: Session, number: str) -> tuple[Run, Sequence[PaidRow]]:
    """Return a run and its rows as `get_run` does, once payroll's file was taken.

    Raises NotFound, DomainError `voided` or `not_exported`.
    """
    run, rows = get_run(session, number)
    if run.voided_at:
        raise DomainError("voided", f"{number} was voided, so no one is paid with it.")
    if run.exported_at is None:
        raise DomainError(
            "not_exported",
            f"The payroll CSV of {number} was not downloaded yet. Download it from the run’s page.",
        )
    return run, rows


def set_budget(session: Session, department: str, monthly: Decimal, version: int) -> None:
    """Set a department's monthly budget, in US dollars. Raises Invalid, Stale.

    `version` is the version that was read, 0 if there was no budget yet.
    """
    known = session.scalar(
        select(func.count()).select_from(Person).where(Person.department == department)
    )
    if not department or not known:
        raise Invalid({"department": "Choose a department from the company directory."})
    if not is_whole_cents(monthly) or not 0 <= monthly <= MOST_BUDGET:
        raise Invalid(
            {"monthly": f"Enter an amount from 0.00 to {MOST_BUDGET:,.2f}, in whole cents."}
        )
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
        return f"A colleague has to reimburse your own expenses: {', '.join(own)}."
    names = ", ".join(each.number for each in wrong) or "Some of the selected expenses"
    return f"Already reimbursed or no longer approved: {names}. No run was created."


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


def _unpaid(expense: Expense, number: str, reason: str) -> ExpenseReimbursementVoided:
    paid = _paid(expense, number)
    return ExpenseReimbursementVoided(**msgspec.structs.asdict(paid), reason=reason)
