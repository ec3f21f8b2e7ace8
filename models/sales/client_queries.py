"""Queries over many clients: list pages, counts and exports."""

import msgspec
from sqlalchemy import Text, func, select

from models.sales.tables import Client
from models.shared.database.rows import AnySelect
from models.shared.records.lists import ListQuery
from models.shared.search import words_of

_CLIENT = Client.__table__.c
_SORT_NAME = func.folded(_CLIENT.name, type_=Text).label("sort_name")
SORTS = {
    "name": (_SORT_NAME, False),
    "newest": (_CLIENT.created_at, True),
    "limit": (_CLIENT.credit_limit, True),
}
_LISTED = select(
    _CLIENT.number,
    _CLIENT.name,
    _SORT_NAME,
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

    `q` searches number, name, main contact, phone and city; `owners` are any of these people.
    `active` None means both active and inactive.
    """

    q: str = ""
    owners: tuple[str, ...] = ()
    active: bool | None = None


def _narrowed(query: AnySelect, wanted: ClientFilter) -> AnySelect:
    for word in words_of(wanted.q):
        query = query.where(_CLIENT.search_text.contains(word, autoescape=True))
    if wanted.owners:
        query = query.where(_CLIENT.owner.in_(wanted.owners))
    return query.where(_CLIENT.active == wanted.active) if wanted.active is not None else query


CLIENTS: ListQuery[ClientFilter] = ListQuery(_LISTED, _narrowed, SORTS, _CLIENT.number)
list_clients = CLIENTS.page
