"""Queries of the finance service about expenses."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload, undefer

from models.finance.rules import Reader, may_see
from models.finance.tables import Decision, Expense, ExpenseLine, Voucher
from models.shared import clock
from models.shared.database.rows import AnySelect
from models.shared.errors import NotFound
from models.shared.records.lists import ListQuery, Sortable
from models.shared.search import words_of

Scope = Literal["mine", "decide", "team", "all"]
SORTS: dict[
    str, tuple[Sortable, bool]
] = {  # name: (column, descending); the expense's number breaks ties
    "newest": (Expense.changed_at, True),
    "oldest": (Expense.changed_at, False),
    "total": (Expense.total, True),
}
_LISTED = (
    Expense.number,
    Expense.owner,
    Expense.owner_name,
    Expense.department,
    Expense.purpose,
    Expense.status,
    Expense.currency,
    Expense.total,
    Expense.approved_total,
    Expense.approver,
    Expense.approver_name,
    Expense.first_decider,
    Expense.marks,
    Expense.round,
    Expense.run_number,
    Expense.version,
    Expense.changed_at,
    Expense.submitted_at,
)


class ExpenseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to: what `reader` may see, of themselves, to decide on, of others, or all.

    `q` searches number, owner, purpose and lines. `since` and `until` are days in `zone`
    zone, inclusive, of the last change. `category`, `spent_since` and `spent_until` (inclusive) leave
    expenses with a line that fits all of them.
    """

    reader: Reader
    scope: Scope = "mine"
    q: str = ""
    statuses: tuple[str, ...] = ()
    owner: str = ""
    department: str = ""
    category: str = ""
    spent_since: date | None = None
    spent_until: date | None = None
    since: date | None = None
    until: date | None = None
    zone: ZoneInfo = clock.OFFICE


def get_expense(session: Session, number: str, reader: Reader) -> Expense:
    """Return the expense with lines and vouchers if this person may see it.

    Raises NotFound otherwise, so that nobody can learn that it exists.
    """
    expense = session.scalars(
        select(Expense)
        .where(Expense.number == number)
        .options(selectinload(Expense.lines).selectinload(ExpenseLine.vouchers))
    ).one_or_none()
    if expense is None or not (
        may_see(expense, reader) or _decided_on(session, number, reader.uid)
    ):
        raise NotFound("expense", number)
    return expense


def get_voucher(
    session: Session, number: str, id_: UUID, reader: Reader, *, thumb: bool = False
) -> Voucher:
    """Return a voucher with its content, or thumbnail, if the reader may see its expense.

    Raises NotFound.
    """
    get_expense(session, number, reader)
    wanted = select(Voucher).where(Voucher.id == id_, Voucher.expense_number == number)
    column = Voucher.thumb if thumb else Voucher.content
    voucher = session.scalars(
        wanted.options(undefer(column)).execution_options(populate_existing=True)
    ).one_or_none()
    if voucher is None or (thumb and not voucher.thumb):
        raise NotFound("receipt photo", id_)
    return voucher


def list_decisions(session: Session, number: str) -> list[Decision]:
    """Return the decisions on an expense, oldest first."""
    return list(
        session.scalars(
            select(Decision).where(Decision.expense_number == number).order_by(Decision.id)
        )
    )


def sum_spent_by(session: Session, owner: str, since: date) -> Decimal:
    """Sum what this person spent since that day, without drafts and refused expenses."""
    spent = (
        select(func.coalesce(func.sum(ExpenseLine.amount), 0))
        .join(Expense)
        .where(
            Expense.owner == owner,
            Expense.status.not_in(("draft", "refused")),
            ExpenseLine.spent_on >= since,
        )
    )
    return session.execute(spent).scalar() or Decimal(0)


def _decided_on(session: Session, number: str, uid: str) -> bool:
    return bool(
        session.scalar(
            select(exists().where(Decision.expense_number == number, Decision.decided_by == uid))
        )
    )


def _narrowed(query: AnySelect, wanted: ExpenseFilter) -> AnySelect:
    query = query.where(_SCOPES[wanted.scope](wanted.reader))
    for word in words_of(wanted.q):
        query = query.where(Expense.search_text.contains(word, autoescape=True))
    if wanted.statuses:
        query = query.where(Expense.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(Expense.owner == wanted.owner)
    if wanted.department:
        query = query.where(Expense.department == wanted.department)
    if of_lines := _of_lines(wanted):
        query = query.where(exists().where(ExpenseLine.expense_number == Expense.number, *of_lines))
    if wanted.since:
        query = query.where(Expense.changed_at >= clock.start_of(wanted.since, wanted.zone))
    if wanted.until:
        query = query.where(Expense.changed_at < clock.end_of(wanted.until, wanted.zone))
    return query


def _of_lines(wanted: ExpenseFilter) -> list[ColumnElement[bool]]:
    fits = list[ColumnElement[bool]]()
    if wanted.category:
        fits.append(ExpenseLine.category == wanted.category)
    if wanted.spent_since:
        fits.append(ExpenseLine.spent_on >= wanted.spent_since)
    if wanted.spent_until:
        fits.append(ExpenseLine.spent_on <= wanted.spent_until)
    return fits


def _mine(reader: Reader) -> ColumnElement[bool]:
    return Expense.owner == reader.uid


def _to_decide(reader: Reader) -> ColumnElement[bool]:
    as_manager = and_(Expense.status == "submitted", _acts_for(reader))
    as_accounting = and_(
        Expense.status == "with_accounting",
        Expense.first_decider != reader.uid,
        literal(reader.in_accounting),
    )
    return and_(Expense.owner != reader.uid, or_(as_manager, as_accounting))


def _team(reader: Reader) -> ColumnElement[bool]:
    decided = exists().where(
        Decision.expense_number == Expense.number, Decision.decided_by == reader.uid
    )
    seen = or_(
        and_(Expense.status != "draft", or_(_acts_for(reader), literal(reader.in_accounting))),
        decided,
    )
    return and_(Expense.owner != reader.uid, seen)


def _acts_for(reader: Reader) -> ColumnElement[bool]:
    """Build the SQL equivalent of Reader.acts_for; a test checks that the two agree."""
    pair = tuple_(Expense.approver, Expense.owner)
    in_place = and_(Expense.approver.in_(reader.stands_in_for), pair.not_in(reader.not_for))
    return or_(Expense.approver == reader.uid, in_place, pair.in_(reader.only_for))


def _all(reader: Reader) -> ColumnElement[bool]:
    return or_(_mine(reader), _team(reader))


_SCOPES = {"mine": _mine, "decide": _to_decide, "team": _team, "all": _all}


EXPENSES: ListQuery[ExpenseFilter] = ListQuery(
    select(*_LISTED), _narrowed, SORTS, Expense.number, worth=Expense.total
)
list_expenses, count_expenses = EXPENSES.page, EXPENSES.count
