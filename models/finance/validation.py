"""Validate an expense, and find policy remarks from its lines and from other submitted expenses."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from models.finance.people import office_today
from models.finance.policy import CATEGORIES, Finding, findings_of, policy_now
from models.finance.tables import Expense, ExpenseLine, Voucher

MOST_LINES = 50
MOST_AMOUNT = Decimal(100_000)
LONGEST = 200
UNTOLD = ("draft", "refused")  # not submitted or not paid, so not a duplicate


def remarks_on(session: Session, expense: Expense) -> list[Finding]:
    """Return today's policy findings on each line, in the order of the lines."""
    policy, today = policy_now(session), office_today()
    lines, vouchers = same_lines(session, expense), same_vouchers(session, expense)
    return [
        finding
        for line in expense.lines
        for finding in findings_of(
            line, policy, today, len(line.vouchers), lines[line.line], vouchers[line.line]
        )
    ]


def errors_of(expense: Expense, today: date | None = None) -> dict[str, str]:
    """Return a message for each field that must be fixed before the expense can be submitted.

    `today` is the owner's date; without it, the office's.
    """
    errors = {} if expense.purpose.strip() else {"purpose": "Enter the purpose of the expense."}
    if not expense.lines:
        return {**errors, "lines": "Add at least one line."}
    today = today or office_today()
    for line in expense.lines:
        errors |= {
            f"lines-{line.line}-{field}": words
            for field, words in _errors_of_line(line, today).items()
        }
    return errors


def errors_of_remarks(findings: list[Finding], expense: Expense) -> dict[str, str]:
    """Return the findings that block submission, as errors on the fields that fix them."""
    fields = {
        "over_limit": ("why", "Enter a reason."),
        "voucher_missing": ("voucher", "Add one."),
    }
    return {
        f"lines-{each.line}-{fields[each.code][0]}": f"{each.words} {fields[each.code][1]}"
        for each in findings
        if each.blocks
    }


def too_long(texts: Mapping[str, str]) -> dict[str, str]:
    """Return a message for each text that is longer than its field allows."""
    return {
        name: f"Enter at most {LONGEST} characters."
        for name, text in texts.items()
        if len(text) > LONGEST
    }


def same_lines(session: Session, expense: Expense) -> defaultdict[int, list[str]]:
    """Map each line to the owner's other expenses with the same day, category and amount."""
    keys = {
        (line.spent_on, line.category, line.amount): line.line
        for line in expense.lines
        if line.amount and line.spent_on
    }
    found = defaultdict[int, list[str]](list)
    if not keys:
        return found
    same = or_(
        *(
            and_(
                ExpenseLine.spent_on == day,
                ExpenseLine.category == category,
                ExpenseLine.amount == amount,
            )
            for day, category, amount in keys
        )
    )
    rows = session.execute(
        select(
            ExpenseLine.expense_number,
            ExpenseLine.spent_on,
            ExpenseLine.category,
            ExpenseLine.amount,
        )
        .join(Expense)
        .where(
            same,
            Expense.owner == expense.owner,
            Expense.number != expense.number,
            Expense.status.not_in(UNTOLD),
        )
    )
    for number, day, category, amount in rows:
        for line in expense.lines:
            if (line.spent_on, line.category, line.amount) == (day, category, amount):
                found[line.line].append(number)
    return found


def same_vouchers(session: Session, expense: Expense) -> defaultdict[int, list[str]]:
    """Map each line to where else the same file is attached, by the digest of what was uploaded.

    That is other expenses, of anybody, by number, and other lines of this one, by their text.
    """
    mine, other = aliased(Voucher), aliased(Voucher)
    rows = session.execute(
        select(mine.line, other.expense_number, other.line)
        .join(other, other.sha256 == mine.sha256)
        .join(Expense, Expense.number == other.expense_number)
        .where(
            mine.expense_number == expense.number,
            or_(
                and_(other.expense_number == expense.number, other.line != mine.line),
                and_(
                    other.expense_number != expense.number,
                    Expense.status.not_in(UNTOLD),
                ),
            ),
        )
    )
    called = {
        line.line: f"line {n}" + (f" ({line.what})" if line.what else "")
        for n, line in enumerate(expense.lines, 1)
    }
    found = defaultdict[int, list[str]](list)
    for line, number, other_line in rows:
        own = number == expense.number
        found[line].append(called.get(other_line, "another line") if own else number)
    return found


def _errors_of_line(line: ExpenseLine, today: date) -> dict[str, str]:
    errors = {}
    if line.category not in CATEGORIES:
        errors["category"] = "Choose a category."
    if line.spent_on is None:
        errors["spent_on"] = "Enter the date of the expense."
    elif line.spent_on > today:
        errors["spent_on"] = "Enter a date that is not in the future."
    if line.amount is None:
        errors["amount"] = "Enter an amount, such as 12.50."
    return errors
