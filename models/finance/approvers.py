"""Track whom an open expense waits for.

The approvers change while it waits, as absences begin and end.
"""

from decimal import Decimal
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.finance.changes import lock_expense
from models.finance.events import ExpenseApproversChanged
from models.finance.people import away_now, people_by_uid
from models.finance.policy import Finding
from models.finance.rules import DECIDABLE, deciders
from models.finance.tables import Expense
from models.finance.validation import remarks_on
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError
from models.shared.events.outbox import record

STEP_OF = {"submitted": "manager", "with_accounting": "accounting"}


def requests_to_move(session: Session) -> list[str]:
    """Return the expenses whose approvers today differ from the ones who were asked.

    An expense that nobody may decide today is left out: it stays with those who were asked.
    """
    away, people = away_now(session), people_by_uid(session)
    waiting = session.scalars(
        select(Expense).where(Expense.status.in_(DECIDABLE)).order_by(Expense.number)
    )
    return [
        each.number
        for each in waiting
        if sorted(deciders(each, away, people)) not in ([], each.asked)
    ]


def ask_those_who_decide_now(session: Session, number: str) -> bool:
    """Ask whoever may decide on an open expense today (ExpenseApproversChanged).

    While the approver is out of office that includes their delegate; once back, it is the approver
    alone again. Returns whether the approvers changed.
    """
    expense = lock_expense(session, number)
    if expense.status not in DECIDABLE:
        return False
    now, before = deciders_now(session, expense), expense.asked
    if before is None:  # submitted before `asked` was recorded: ask nobody a second time
        expense.asked = now
    if before is None or now == before or not now:
        return False
    findings, added = remarks_on(session, expense), sorted(set(now) - set(before))
    record(
        session,
        ExpenseApproversChanged(
            **told(expense),
            **request(session, expense, findings),
            step=STEP_OF[expense.status],
            added=added,
        ),
    )
    signal_record(session, "expense", number)
    signal_record(session, "expenses", "*")
    return True


class Request(TypedDict):
    """What an event that asks somebody to decide says."""

    lines: int
    marks: int
    remark: str
    approvers: list[str]


class ExpenseFacts(TypedDict):
    """What every event about an expense says."""

    expense_number: str
    purpose: str
    owner: str
    owner_name: str
    department: str
    currency: str
    total: Decimal
    round: int


def request(session: Session, expense: Expense, findings: list[Finding]) -> Request:
    """Return the fields of an event that asks somebody to decide, and store whom in `asked`.

    Raises DomainError `nobody_decides`.
    """
    expense.asked = deciders_now(session, expense)
    if not expense.asked:
        raise DomainError(
            "nobody_decides",
            "No one in the company directory can approve this expense. Contact an administrator.",
        )
    return {
        "lines": len(expense.lines),
        "marks": len(findings),
        "remark": findings[0].words if findings else "",
        "approvers": expense.asked,
    }


def deciders_now(session: Session, expense: Expense) -> list[str]:
    """Return the uids of those who may decide today, sorted."""
    return sorted(deciders(expense, away_now(session), people_by_uid(session)))


def told(expense: Expense) -> ExpenseFacts:
    """Return the fields that every event about an expense has."""
    return {
        "expense_number": expense.number,
        "purpose": expense.purpose,
        "owner": expense.owner,
        "owner_name": expense.owner_name,
        "department": expense.department,
        "currency": expense.currency,
        "total": expense.total,
        "round": expense.round,
    }
