"""Lists of any length: one page by keyset, how many rows there are, and all of them for an export.

A keyset is the value that the list is sorted by and a tie-breaker that no two rows share. The next
page begins after the keys of the last row shown, so the millionth page costs what the first one
does, and a row that is added or removed meanwhile moves no other row to another page.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, func, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import KeyedColumnElement

from models.shared.database.rows import AnyRow, AnySelect
from models.shared.errors import NoSuchPlace

Sortable = KeyedColumnElement[Any] | InstrumentedAttribute[Any]

COUNTED = 10_000  # a count is exact up to here
EXPORTED = 100_000  # rows of an export at most
LONG_READ = text("SET LOCAL statement_timeout = 20000")  # milliseconds, for an export
Keys = tuple[object, ...]
Filter = TypeVar("Filter", bound=Hashable)


class Page(NamedTuple):
    """Some rows in order, whether there are more on either side, and the keys of the first and last row."""

    rows: list[Any]
    has_before: bool = False
    has_after: bool = False
    first: Keys | None = None
    last: Keys | None = None

    @property
    def is_whole(self) -> bool:
        """Whether these are all the rows there are."""
        return not self.has_before and not self.has_after


class Count(NamedTuple):
    """How many rows there are and their worth: exact to COUNTED, above it one more and a part of the worth."""

    rows: int
    worth: Decimal = Decimal(0)


class ListQuery(Generic[Filter]):
    """The one query behind a list, so that its page, its count and its export cannot disagree.

    `narrow` adds a filter's conditions to a statement. `sorts` maps a name to the column that the list is
    sorted by and whether that is descending; `tie` is unique. `worth` is summed up with the count.
    `prepare` finds out beforehand, in the session, what `narrow` is given in place of the filter.
    """

    def __init__(
        self,
        listed: AnySelect,
        narrow: Callable[[AnySelect, Any], AnySelect],
        sorts: Mapping[str, tuple[Sortable, bool]],
        tie: Sortable,
        *,
        worth: Sortable | None = None,
        prepare: Callable[[Session, Filter], Hashable] | None = None,
    ) -> None:
        self.sorts = sorts
        self._listed, self._narrow, self._tie, self._worth = listed, narrow, tie, worth
        self._prepare = prepare or (lambda _session, wanted: wanted)
        # Kept, since to build a statement costs more than to run it.
        self._rows = lru_cache(maxsize=512)(self._build_rows)
        self._counted = lru_cache(maxsize=512)(self._build_count)

    def page(
        self,
        session: Session,
        wanted: Filter,
        sort: str = "",
        *,
        after: Keys | None = None,
        before: Keys | None = None,
        start: Keys | None = None,
        size: int = 25,
    ) -> Page:
        """The rows that follow the keys `after`, or stand just before the keys `before`; the first ones without either.

        With `start` they begin with the row of these keys itself, and `has_before` is not known.
        The first of the sorts is the default. Raises NoSuchPlace.
        """
        sort, known = sort or next(iter(self.sorts)), self._prepare(session, wanted)
        keys = before or after or start
        statement = self._rows(known, sort, keys, before is not None, size + 1, keys is start)
        rows = list(session.execute(statement))
        more, rows = len(rows) > size, rows[:size]
        if before is not None:
            return self._page(sort, rows[::-1], more, True)
        return self._page(sort, rows, after is not None, more)

    def each(self, session: Session, wanted: Filter, sort: str = "") -> list[AnyRow]:
        """All that the filter leaves, in the order of the list; of more than EXPORTED one more than that."""
        sort = sort or next(iter(self.sorts))
        session.execute(LONG_READ)
        known = self._prepare(session, wanted)
        return list(session.execute(self._rows(known, sort, None, False, EXPORTED + 1)))

    def count(
        self, session: Session, wanted: Filter, most: int = COUNTED, page: Page | None = None
    ) -> Count:
        """How many rows the filter leaves and their worth, counted no further than one beyond `most`.

        A `page` of the same filter that already holds all is counted itself.
        """
        if page and page.is_whole:
            worth = [] if self._worth is None else [self._worth.key]
            values = (getattr(row, key) for row in page.rows for key in worth)
            return Count(len(page.rows), sum(values, Decimal(0)))
        return Count(
            *session.execute(self._counted(self._prepare(session, wanted), most, "", None)).one()
        )

    def count_before(self, session: Session, wanted: Filter, sort: str, keys: Keys) -> int:
        """How many rows stand before the row with these keys; exact to COUNTED. Raises NoSuchPlace."""
        known = self._prepare(session, wanted)
        return Count(*session.execute(self._counted(known, COUNTED, sort, keys)).one()).rows

    def _page(self, sort: str, rows: list[AnyRow], has_before: bool, has_after: bool) -> Page:
        ends = [self._keys_of(row, sort) for row in (rows[0], rows[-1])] if rows else [None, None]
        return Page(rows, has_before, has_after, *ends)

    def _keys_of(self, row: AnyRow, sort: str) -> Keys:
        value = getattr(row, self.sorts[sort][0].key)
        return (
            value.isoformat() if isinstance(value, date) else str(value),
            getattr(row, self._tie.key),
        )

    def _build_rows(
        self,
        known: Hashable,
        sort: str,
        keys: Keys | None,
        backwards: bool,
        size: int,
        with_place: bool = False,
    ) -> AnySelect:
        column, descending = self.sorts[sort]
        down = descending != backwards
        query = self._narrow(self._listed, known)
        if keys:
            query = query.where(self._beyond(column, down, keys, with_place))
        order = [key.desc() if down else key.asc() for key in (column, self._tie)]
        return query.order_by(*order).limit(size)

    def _build_count(self, known: Hashable, most: int, sort: str, keys: Keys | None) -> AnySelect:
        query = self._listed.with_only_columns(
            self._tie if self._worth is None else self._worth.label("worth"),
            maintain_column_froms=True,
        )
        query = self._narrow(query, known)
        if keys:
            column, descending = self.sorts[sort]
            query = query.where(self._beyond(column, not descending, keys))
        some = query.limit(most + 1).subquery()
        worth = [] if self._worth is None else [func.coalesce(func.sum(some.c.worth), 0)]
        return select(func.count(), *worth).select_from(some)

    def _beyond(
        self, column: Sortable, down: bool, keys: Keys, with_place: bool = False
    ) -> ColumnElement[bool]:
        place, last = tuple_(column, self._tie), _typed(column, keys)
        if with_place:
            return place <= last if down else place >= last
        return place < last if down else place > last


def _typed(column: Sortable, keys: Keys) -> tuple[object, str]:
    """The keys from an address, which are plain text, as the types of their columns."""
    kind = column.type.python_type
    try:
        value, tie = keys
        tie = str(tie)
        if "\0" in f"{value}{tie}":
            raise NoSuchPlace(keys)
        typed = kind.fromisoformat(str(value)) if issubclass(kind, date) else kind(value)
        return typed, tie
    except (ValueError, TypeError, ArithmeticError) as error:
        raise NoSuchPlace(keys) from error
