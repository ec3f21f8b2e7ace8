"""Report spending: approved amounts by category, month and department, against budgets.

An amount counts in the month in which it was spent.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import SQLColumnExpression, func, select, union
from sqlalchemy.orm import Session

from models.finance.policy import CATEGORIES
from models.finance.tables import Budget, Expense, ExpenseLine, Person

COUNTS = ("approved", "partly_approved", "reimbursed")
WAITS = ("submitted", "with_accounting")


class Spend(NamedTuple):
    """Approved amounts by (month, category); months oldest first, with an entry for every pair."""

    months: list[date]
    amounts: dict[tuple[date, str], Decimal]

    def of_month(self, month: date) -> Decimal:
        """Return the total of a month."""
        return sum((self.amounts[month, key] for key in CATEGORIES), Decimal(0))

    def of_category(self, category: str) -> Decimal:
        """Return the total of a category."""
        return sum((self.amounts[month, category] for month in self.months), Decimal(0))


class DepartmentSpend(NamedTuple):
    """A department in one month: amount spent, budget (None if not set), and amount undecided."""

    department: str
    spent: Decimal
    budget: Decimal | None
    waiting: Decimal
    version: int

    @property
    def share(self) -> Decimal | None:
        """Return the percentage of the budget that is spent; None without a budget."""
        return 100 * self.spent / self.budget if self.budget else None


class BudgetLeft(NamedTuple):
    """What a department may still spend in a month, and how much of it one expense would take."""

    month: date
    budget: Decimal
    left: Decimal
    asked: Decimal

    @property
    def afterwards(self) -> Decimal:
        """Return what is left once this expense is approved as asked; below zero if too much."""
        return self.left - self.asked


def budgets_left(session: Session, expense: Expense) -> list[BudgetLeft]:
    """Return what is left of the department's budget in each month of an undecided expense's lines.

    What is approved counts, not what waits. Empty for a department without a budget.
    """
    budget = session.get(Budget, expense.department)
    if budget is None:
        return []
    asked = dict[date, Decimal]()
    for line in expense.lines:
        if line.spent_on and line.amount:
            month = line.spent_on.replace(day=1)
            amount = line.amount if line.approved is None else line.approved
            asked[month] = asked.get(month, Decimal(0)) + amount
    spent = {
        month: _by_department(session, month, COUNTS, ExpenseLine.approved).get(
            expense.department, Decimal(0)
        )
        for month in asked
    }
    return [
        BudgetLeft(month, budget.monthly, budget.monthly - spent[month], asked[month])
        for month in sorted(asked)
    ]


def list_departments(session: Session) -> list[str]:
    """Return the departments that people, expenses or budgets have, by name."""
    named = union(
        select(Person.department), select(Expense.department), select(Budget.department)
    ).subquery()
    return sorted(set(session.scalars(select(named.c.department))) - {""})


def last_day(month: date) -> date:
    """Return the last day of the month that begins at `month`."""
    return _next(month) - timedelta(days=1)


def months_until(last: date, count: int) -> list[date]:
    """Return the first days of `count` months, ending with the month of `last`."""
    index = last.year * 12 + last.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(index - count + 1, index + 1)]


def spend_by_month(session: Session, months: list[date], department: str = "") -> Spend:
    """Return the approved amounts of these months, for one department or all of them."""
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
    """Return every department's spending in this month, by name."""
    spent = _by_department(session, month, COUNTS, ExpenseLine.approved)
    waiting = _by_department(session, month, WAITS, ExpenseLine.amount)
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
    session: Session, month: date, statuses: tuple[str, ...], amount: SQLColumnExpression[Any]
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
