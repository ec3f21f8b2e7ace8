"""Queries of the finance service about expenses."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload, undefer

from models.finance.people import OFFICE
from models.finance.rules import Reader, may_see
from models.finance.tables import Decision, Expense, ExpenseLine, Voucher
from models.shared.errors import NotFound

COUNTED = 10_000
Scope = Literal["mine", "decide", "team"]
SORTS = {  # name: (column, descending); the expense's number breaks ties
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
    """How a list is filtered.

    `q` searches number, owner, purpose and lines. `since` and `until` are days in the office's time
    zone, inclusive, of the last change.
    """

    q: str = ""
    statuses: tuple[str, ...] = ()
    owner: str = ""
    department: str = ""
    category: str = ""
    since: date | None = None
    until: date | None = None


class ExpensePage(NamedTuple):
    """One page of a list, and whether there are rows before and after it."""

    rows: list[Row[Any]]
    has_before: bool
    has_after: bool


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
    column: Any = Voucher.thumb if thumb else Voucher.content
    voucher = session.scalars(
        wanted.options(undefer(column)).execution_options(populate_existing=True)
    ).one_or_none()
    if voucher is None or (thumb and not voucher.thumb):
        raise NotFound("receipt", id_)
    return voucher


def list_decisions(session: Session, number: str) -> list[Decision]:
    """Return the decisions on an expense, oldest first."""
    return list(
        session.scalars(
            select(Decision).where(Decision.expense_number == number).order_by(Decision.id)
        )
    )


def list_expenses(
    session: Session,
    scope: Scope,
    reader: Reader,
    wanted: ExpenseFilter,
    sort: str = "newest",
    *,
    after: tuple[Any, ...] | None = None,
    before: tuple[Any, ...] | None = None,
    size: int = 25,
) -> ExpensePage:
    """Return one keyset page: the rows after the keys `after`, or before the keys `before`."""
    column, descending = SORTS[sort]
    backwards, keys = before is not None, before or after
    query = _narrowed(select(*_LISTED), scope, reader, wanted)
    if keys:
        query = query.where(_beyond(column, descending != backwards, keys))
    order = [
        key.desc() if descending != backwards else key.asc() for key in (column, Expense.number)
    ]
    rows = list(session.execute(query.order_by(*order).limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        return ExpensePage(rows[::-1], has_before=more, has_after=True)
    return ExpensePage(rows, has_before=after is not None, has_after=more)


def keys_of(row: Row[Any], sort: str) -> tuple[str, str]:
    """Return the keyset of a row for this sort order, as plain strings."""
    value = getattr(row, SORTS[sort][0].key)
    return (value.isoformat() if isinstance(value, datetime) else str(value), row.number)


def each_expense(
    session: Session,
    scope: Scope,
    reader: Reader,
    wanted: ExpenseFilter,
    sort: str = "newest",
    most: int = 50_000,
) -> list[Row[Any]]:
    """Return all expenses that match the filter, for an export; at most `most`."""
    return list_expenses(session, scope, reader, wanted, sort, size=most).rows


def count_expenses(
    session: Session, scope: Scope, reader: Reader, wanted: ExpenseFilter
) -> tuple[int, Decimal]:
    """Count the expenses that match the filter and sum their totals.

    Exact up to 10,000 expenses; above that the count is 10,001 and the sum covers only that many.
    """
    some = _narrowed(select(Expense.total), scope, reader, wanted).limit(COUNTED + 1).subquery()
    count, worth = session.execute(
        select(func.count(), func.coalesce(func.sum(some.c.total), 0)).select_from(some)
    ).one()
    return count, worth


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


def _narrowed(query: Any, scope: Scope, reader: Reader, wanted: ExpenseFilter) -> Select[Any]:
    query = query.where(_SCOPES[scope](reader))
    for word in wanted.q.lower().split():
        query = query.where(Expense.search_text.contains(word, autoescape=True))
    if wanted.statuses:
        query = query.where(Expense.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(Expense.owner == wanted.owner)
    if wanted.department:
        query = query.where(Expense.department == wanted.department)
    if wanted.category:
        query = query.where(
            exists().where(
                ExpenseLine.expense_number == Expense.number,
                ExpenseLine.category == wanted.category,
            )
        )
    if wanted.since:
        query = query.where(Expense.changed_at >= _start_of(wanted.since))
    if wanted.until:
        query = query.where(
            Expense.changed_at < _start_of(date.fromordinal(wanted.until.toordinal() + 1))
        )
    return query


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


_SCOPES = {"mine": _mine, "decide": _to_decide, "team": _team}


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=OFFICE)


def _beyond(column: Any, descending: bool, keys: tuple[Any, ...]) -> Any:
    value = datetime.fromisoformat(keys[0]) if column is Expense.changed_at else Decimal(keys[0])
    place = tuple_(column, Expense.number)
    return place < (value, str(keys[1])) if descending else place > (value, str(keys[1]))
