"""What was spent: approved amounts by category, month and department, against budgets.

Months are of the day of the expense.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.finance.policy import CATEGORIES
from models.finance.tables import Budget, Expense, ExpenseLine, Person

COUNTS = ("approved", "partly_approved", "reimbursed")


class Spend(NamedTuple):
    """Approved amounts by (month, category), months oldest first; every month and category has an entry."""

    months: list[date]
    amounts: dict[tuple[date, str], Decimal]

    def of_month(self, month: date) -> Decimal:
        """The sum of a month."""
        return sum((self.amounts[month, key] for key in CATEGORIES), Decimal(0))

    def of_category(self, category: str) -> Decimal:
        """The sum of a category."""
        return sum((self.amounts[month, category] for month in self.months), Decimal(0))


class DepartmentSpend(NamedTuple):
    """A department in one month: what was spent, what it may spend (None: no budget), what waits to be decided."""

    department: str
    spent: Decimal
    budget: Decimal | None
    waiting: Decimal
    version: int

    @property
    def share(self) -> Decimal | None:
        """The part of the budget that is spent, in percent; None without a budget."""
        return 100 * self.spent / self.budget if self.budget else None


def months_until(last: date, count: int) -> list[date]:
    """The first days of `count` months, the last one that of `last`."""
    index = last.year * 12 + last.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(index - count + 1, index + 1)]


def spend_by_month(session: Session, months: list[date], department: str = "") -> Spend:
    """What was approved in these months, of all or one department."""
    month = func.date_trunc("month", ExpenseLine.spent_on)
    query = (
        select(month, ExpenseLine.category, func.sum(ExpenseLine.approved))
        .join(Expense)
        .where(
            Expense.status.in_(COUNTS),
            ExpenseLine.spent_on >= months[0],
            ExpenseLine.spent_on < _next(months[-1]),
        )
    )
    if department:
        query = query.where(Expense.department == department)
    amounts = {(each, key): Decimal(0) for each in months for key in CATEGORIES}
    for at, category, amount in session.execute(query.group_by(month, ExpenseLine.category)):
        amounts[at.date(), category] = amount
    return Spend(months, amounts)


def spend_by_department(session: Session, month: date) -> list[DepartmentSpend]:
    """Every department in this month, by name."""
    spent = _by_department(session, month, COUNTS, ExpenseLine.approved)
    waiting = _by_department(session, month, ("submitted", "with_accounting"), ExpenseLine.amount)
    budgets = {each.department: each for each in session.scalars(select(Budget))}
    names = set(session.scalars(select(Person.department).distinct())) | set(budgets) | set(spent)
    return [
        DepartmentSpend(
            name,
            spent.get(name, Decimal(0)),
            budgets[name].monthly if name in budgets else None,
            waiting.get(name, Decimal(0)),
            budgets[name].version if name in budgets else 0,
        )
        for name in sorted(names - {""})
    ]


def _by_department(
    session: Session, month: date, statuses: tuple[str, ...], amount: Any
) -> dict[str, Decimal]:
    rows = session.execute(
        select(Expense.department, func.sum(amount))
        .join(ExpenseLine)
        .where(
            Expense.status.in_(statuses),
            ExpenseLine.spent_on >= month,
            ExpenseLine.spent_on < _next(month),
        )
        .group_by(Expense.department)
    )
    return {row[0]: row[1] for row in rows}


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
