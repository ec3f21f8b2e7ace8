"""Queries over many clients: list pages, counts and exports."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from models.sales.tables import Client

COUNTED = 10_000
_CLIENT = Client.__table__.c
SORTS = {
    "name": (_CLIENT.name, False),
    "newest": (_CLIENT.created_at, True),
    "limit": (_CLIENT.credit_limit, True),
}
_LISTED = select(
    _CLIENT.number,
    _CLIENT.name,
    _CLIENT.contact_name,
    _CLIENT.contact_mail,
    _CLIENT.contact_phone,
    _CLIENT.city,
    _CLIENT.state,
    _CLIENT.payment_terms_days,
    _CLIENT.credit_limit,
    _CLIENT.currency,
    _CLIENT.owner,
    _CLIENT.active,
    _CLIENT.version,
    _CLIENT.created_at,
)


class ClientFilter(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is filtered.

    `q` searches number, name, main contact and city; `active` None means both active and inactive.
    """

    q: str = ""
    owner: str = ""
    active: bool | None = None


class ClientPage(NamedTuple):
    """One page of a list, and whether there are rows before and after it."""

    rows: list[Row[Any]]
    has_before: bool
    has_after: bool


def list_clients(
    session: Session,
    wanted: ClientFilter,
    sort: str = "name",
    *,
    after: tuple[Any, ...] | None = None,
    before: tuple[Any, ...] | None = None,
    size: int = 25,
) -> ClientPage:
    """Return one keyset page: the rows after the keys `after`, or before the keys `before`."""
    rows = list(session.execute(_page(wanted, sort, before or after, before is not None, size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if before is not None:
        return ClientPage(rows[::-1], has_before=more, has_after=True)
    return ClientPage(rows, has_before=after is not None, has_after=more)


def keys_of(row: Row[Any], sort: str) -> tuple[str, str]:
    """Return the keyset of a row for this sort order, as plain strings."""
    value = getattr(row, SORTS[sort][0].key)
    return (value.isoformat() if isinstance(value, datetime) else str(value)), row.number


def each_client(
    session: Session, wanted: ClientFilter, sort: str = "name", most: int = 100_000
) -> list[Row[Any]]:
    """Return all clients that match the filter, for an export; at most `most`."""
    return list(session.execute(_page(wanted, sort, None, False, most)))


def count_clients(session: Session, wanted: ClientFilter) -> int:
    """Count the clients that match the filter: exact up to 10,000, else 10,001."""
    some = _narrowed(select(_CLIENT.number), wanted).limit(COUNTED + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


@lru_cache(maxsize=512)
def _page(
    wanted: ClientFilter, sort: str, keys: tuple[Any, ...] | None, backwards: bool, size: int
) -> Select[Any]:
    """Build the statement for a page; cached because building it costs more than running it."""
    column, descending = SORTS[sort]
    query = _narrowed(_LISTED, wanted)
    if keys:
        query = query.where(_beyond(column, descending != backwards, keys))
    order = [
        key.desc() if descending != backwards else key.asc() for key in (column, _CLIENT.number)
    ]
    return query.order_by(*order).limit(size)


def _narrowed(query: Any, wanted: ClientFilter) -> Select[Any]:
    for word in wanted.q.lower().split():
        query = query.where(_CLIENT.search_text.contains(word, autoescape=True))
    if wanted.owner:
        query = query.where(_CLIENT.owner == wanted.owner)
    return query.where(_CLIENT.active == wanted.active) if wanted.active is not None else query


def _beyond(column: Any, descending: bool, keys: tuple[Any, ...]) -> Any:
    value: Any = str(keys[0])
    if column is _CLIENT.created_at:
        value = datetime.fromisoformat(value)
    elif column is _CLIENT.credit_limit:
        value = Decimal(value)
    place, last = tuple_(column, _CLIENT.number), (value, str(keys[1]))
    return place < last if descending else place > last
