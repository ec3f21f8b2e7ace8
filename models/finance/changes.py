"""Lock an expense and change its status per the state machine, with version and history."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.finance.rules import check_transition
from models.finance.tables import Expense, ExpenseLine
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import Forbidden, NotFound, Stale
from models.shared.records.history import list_history, write_history
from models.shared.texts import isolate


def lock_expense(session: Session, number: str) -> Expense:
    """Lock the expense, with lines and vouchers, until the transaction ends; raise NotFound."""
    expense = session.scalars(
        select(Expense)
        .where(Expense.number == number)
        .options(selectinload(Expense.lines).selectinload(ExpenseLine.vouchers))
        .with_for_update(of=Expense)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if expense is None:
        raise NotFound("expense", number)
    return expense


def lock_own(session: Session, number: str) -> Expense:
    """Lock the actor's own expense.

    Raises NotFound for somebody else's draft, Forbidden for anything else of theirs.
    """
    expense = lock_expense(session, number)
    if expense.owner != current_actor(session):
        if expense.status == "draft":
            raise NotFound("expense", number)
        raise Forbidden(f"{number} belongs to {isolate(expense.owner_name)}.")
    return expense


def move(session: Session, expense: Expense, action: str, status: str, **told: object) -> None:
    """Change the status by `action` and write history, which also stores `told`.

    Raises ValueError for a transition that the state machine does not allow.
    """
    check_transition(expense.status, action, status)
    expense.status = status
    touch(session, expense)
    write_history(
        session, "expense", expense.number, action, version=expense.version, status=status, **told
    )


def touch(session: Session, expense: Expense) -> None:
    """Update total, search text and version after any change, and signal open pages."""
    expense.total = sum((line.amount for line in expense.lines if line.amount), Decimal(0))
    words = [
        expense.number,
        expense.owner_name,
        expense.purpose,
        *(line.what for line in expense.lines),
    ]
    expense.search_text = " ".join(words).lower()
    expense.version += 1
    expense.changed_at = clock.now()
    signal_record(session, "expense", expense.number)
    signal_record(session, "expenses", "*")


def refuse_stale(session: Session, expense: Expense, seen: int) -> None:
    """Raise Stale, with the change of status, unless `seen` is the current version."""
    if seen == expense.version:
        return
    entries = list_history(session, "expense", expense.number)
    then = next(
        (entry.changes["status"] for entry in entries if entry.changes.get("version", 0) <= seen),
        "draft",
    )
    raise Stale(
        f"{expense.number} changed since you opened it.", {"status": (then, expense.status)}
    )
