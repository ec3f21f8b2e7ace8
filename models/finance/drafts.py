"""Drafts of expenses: the owner edits, saves and discards them and attaches vouchers.

An expense that was sent back can be edited in the same way.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from models.finance.changes import lock_own, refuse_stale, touch
from models.finance.people import people_by_uid
from models.finance.policy import CATEGORIES
from models.finance.rules import EDITABLE
from models.finance.tables import EXPENSE_NUMBER, Expense, ExpenseLine, Voucher
from models.finance.validation import (
    LONGEST,
    MOST_AMOUNT,
    MOST_LINES,
    too_long,
)
from models.finance.voucher_files import Clean
from models.shared import clock
from models.shared.database.context import current_actor, current_correlation
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.numbers import CURRENCY, is_whole_cents
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history

LONGEST_REPLY = 500
MOST_VOUCHERS = 20
MOST_BYTES = 60_000_000  # vouchers per expense
QUOTA = 250_000_000  # vouchers in one person's drafts and expenses sent back


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line, possibly incomplete; `line` 0 is a new one."""

    line: int = 0
    what: str = ""
    category: str = ""
    spent_on: date | None = None
    amount: Decimal | None = None
    why: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of the form. `version` is the version that the person read.

    `reply` answers the question with which the expense was sent back; None leaves it as it is.

    `form` identifies the open form: if that form also saved last, the version is not checked, so
    its saves never conflict with each other.
    """

    purpose: str
    lines: Sequence[DraftLine]
    reply: str | None = None
    version: Circumstance[int]
    form: Circumstance[str] = ""


class NewVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that passed inspection, under the name of the uploaded file."""

    name: str
    clean: Clean


def start_expense(
    session: Session,
    owner_name: Circumstance[str],
    department: Circumstance[str] = "",
    *,
    anew: bool = False,
) -> str:
    """Start a draft of the actor's with one empty line and return its number.

    Reuses a draft that they started and left empty, unless `anew`.
    """
    if not anew and (number := _empty_draft(session)):
        return number
    actor, now = current_actor(session), clock.now()
    number = f"EX-{session.execute(select(EXPENSE_NUMBER.next_value())).scalar_one()}"
    known = people_by_uid(session).get(actor)
    expense = Expense(
        number=number,
        owner=actor,
        owner_name=owner_name,
        department=known.department if known else department,
        purpose="",
        status="draft",
        currency=CURRENCY,
        total=Decimal(0),
        approver="",
        approver_name="",
        first_decider="",
        reason="",
        reply="",
        marks=0,
        round=0,
        last_line=1,
        version=0,
        form="",
        created_at=now,
        changed_at=now,
        search_text="",
        correlation_id=current_correlation(session),
        lines=[_line(number, 1)],
    )
    session.add(expense)
    touch(session, expense)
    write_history(session, "expense", number, "start", version=expense.version, status="draft")
    return number


def create_expense(
    session: Session,
    owner_name: Circumstance[str],
    department: Circumstance[str],
    draft: Draft,
) -> str:
    """Create a draft of the actor's with these contents and return its number.

    Raises the errors of `save_draft`.
    """
    number = start_expense(session, owner_name, department, anew=True)
    save_draft(session, number, draft)
    return number


def save_draft(session: Session, number: str, draft: Draft) -> int:
    """Save the form, complete or not, and return the new version.

    Raises NotFound, Forbidden, Stale, DomainError `not_editable`, Invalid (a value exceeds its
    limit).
    """
    expense = lock_editable(session, number)
    if not (draft.form and expense.form == draft.form):
        refuse_stale(session, expense, draft.version)
    errors = _errors_of(draft)
    if errors:
        raise Invalid(errors)
    expense.purpose, expense.form = draft.purpose.strip(), draft.form or expense.form
    if draft.reply is not None and expense.status == "sent_back":
        expense.reply = draft.reply.strip()
    _take_lines(expense, draft.lines)
    touch(session, expense)
    return expense.version


def fill_draft(
    session: Session, number: str, draft: Draft, receipts: Sequence[tuple[int, NewVoucher]]
) -> None:
    """Save the form together with the vouchers uploaded for its lines.

    Raises the errors of `save_draft` and `attach_voucher`.
    """
    save_draft(session, number, draft)
    for line, receipt in receipts:
        attach_voucher(session, number, line, receipt)


def discard_draft(session: Session, number: str) -> None:
    """Delete a draft and its vouchers.

    An expense that was ever submitted must be kept: raises DomainError `not_a_draft`.
    """
    expense = lock_editable(session, number)
    if expense.round:
        raise DomainError("not_a_draft", f"{number} was submitted before, so it cannot be deleted.")
    session.execute(delete(Expense).where(Expense.number == number))
    session.expunge(expense)
    write_history(session, "expense", number, "discard", status="discarded")
    signal_record(session, "expenses", "*")


def attach_voucher(session: Session, number: str, line: int, new: NewVoucher) -> UUID:
    """Attach an inspected voucher to a line and return its id.

    Raises Invalid if the line already has this file, or if a limit would be exceeded.
    """
    expense = lock_editable(session, number)
    found = _find_line(expense, line)
    field = f"lines-{line}-voucher"
    if any(each.sha256 == new.clean.sha256 for each in found.vouchers):
        raise Invalid({field: "This file is already attached to this line."})
    _check_room(session, expense, field, len(new.clean.content))
    voucher = Voucher(
        id=uuid4(),
        expense_number=number,
        line=line,
        name=plain_name(new.name),
        kind=new.clean.kind,
        size=len(new.clean.content),
        pages=new.clean.pages,
        sha256=new.clean.sha256,
        uploaded_at=clock.now(),
        content=new.clean.content,
        thumb=new.clean.thumb or None,
    )
    found.vouchers.append(voucher)
    touch(session, expense)
    write_history(
        session,
        "expense",
        number,
        "attach",
        version=expense.version,
        status=expense.status,
        name=voucher.name,
    )
    return voucher.id


def remove_voucher(session: Session, number: str, id_: UUID, draft: Draft | None = None) -> None:
    """Remove a voucher, after saving the form if there is one.

    Raises NotFound and the errors of `save_draft`.
    """
    if draft:
        save_draft(session, number, draft)
    expense = lock_editable(session, number)
    for line in expense.lines:
        for voucher in line.vouchers:
            if voucher.id == id_:
                line.vouchers.remove(voucher)
                touch(session, expense)
                write_history(
                    session,
                    "expense",
                    number,
                    "detach",
                    version=expense.version,
                    status=expense.status,
                    name=voucher.name,
                )
                return
    raise NotFound("receipt photo", id_)


def lock_editable(session: Session, number: str) -> Expense:
    """Lock the actor's own expense for editing.

    Raises DomainError `not_editable` unless it is a draft or was sent back.
    """
    expense = lock_own(session, number)
    if expense.status not in EDITABLE:
        raise DomainError(
            "not_editable", f"{number} was submitted and cannot be changed. Withdraw it first."
        )
    return expense


def plain_name(name: str) -> str:
    """Return the file's base name without unprintable or reserved characters, at most 100 long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return (
        "".join(each for each in last if each.isprintable() and each not in '"<>|:*?\0').strip(
            ". "
        )[-100:]
        or "receipt"
    )


def _empty_draft(session: Session) -> str | None:
    mine = select(Expense).where(
        Expense.owner == current_actor(session), Expense.status == "draft", Expense.total == 0
    )
    for expense in session.scalars(
        mine.where(Expense.purpose == "", Expense.round == 0).options(
            selectinload(Expense.lines).selectinload(ExpenseLine.vouchers)
        )
    ):
        if not any(
            line.what or line.category or line.vouchers or line.spent_on for line in expense.lines
        ):
            return str(expense.number)
    return None


def _errors_of(draft: Draft) -> dict[str, str]:
    errors = too_long({"purpose": draft.purpose})
    if len(draft.reply or "") > LONGEST_REPLY:
        errors["reply"] = f"Enter at most {LONGEST_REPLY} characters."
    if len(draft.lines) > MOST_LINES:
        errors["lines"] = f"An expense can have at most {MOST_LINES} lines."
    for line in draft.lines:
        errors |= too_long(
            {f"lines-{line.line}-what": line.what, f"lines-{line.line}-why": line.why}
        )
        amount = line.amount
        if amount is not None and not (is_whole_cents(amount) and 0 < amount <= MOST_AMOUNT):
            errors[f"lines-{line.line}-amount"] = (
                f"Enter an amount from $0.01 to ${MOST_AMOUNT:,.0f}, in whole cents."
            )
    return errors


def _take_lines(expense: Expense, wanted: Sequence[DraftLine]) -> None:
    """Apply the form's lines: known lines keep their vouchers, missing ones are deleted.

    New lines get the next numbers.
    """
    known = {line.line: line for line in expense.lines}
    kept = []
    for draft in wanted:
        line = known.get(draft.line)
        if line is None:
            expense.last_line += 1
            line = _line(expense.number, expense.last_line)
        line.what, line.why = draft.what.strip()[:LONGEST], draft.why.strip()
        line.category = draft.category if draft.category in CATEGORIES else ""
        line.spent_on, line.amount, line.approved = draft.spent_on, draft.amount, None
        kept.append(line)
    expense.lines = kept


def _line(number: str, line: int) -> ExpenseLine:
    return ExpenseLine(
        expense_number=number,
        line=line,
        what="",
        category="",
        spent_on=None,
        amount=None,
        approved=None,
        why="",
        vouchers=[],
    )


def _find_line(expense: Expense, line: int) -> ExpenseLine:
    found = next((each for each in expense.lines if each.line == line), None)
    if found is None:
        raise NotFound("line", line)
    return found


def _check_room(session: Session, expense: Expense, field: str, size: int) -> None:
    """Raise Invalid if the expense, or the person's unfinished expenses, would hold too much."""
    here = [voucher.size for line in expense.lines for voucher in line.vouchers]
    if len(here) >= MOST_VOUCHERS or sum(here) + size > MOST_BYTES:
        raise Invalid(
            {
                field: f"An expense can have at most {MOST_VOUCHERS} receipt photos and "
                f"{MOST_BYTES // 1_000_000} MB in total."
            }
        )
    unfinished = select(func.coalesce(func.sum(Voucher.size), 0)).join(
        Expense, Expense.number == Voucher.expense_number
    )
    used = session.scalar(
        unfinished.where(Expense.owner == expense.owner, Expense.status.in_(EDITABLE))
    )
    if (used or 0) + size > QUOTA:
        raise Invalid(
            {
                field: "Your open expenses are out of space for receipt photos. "
                "Submit or delete some of them first."
            }
        )
