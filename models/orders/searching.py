"""Finds orders by words: as parts of number, client, purchase order, SKUs and product names, every word in one of them.

The trigrams of a million orders are slow where each word is common and only all of them together are rare, as with the words
of a client's name. So a search first asks two small tables (SearchedClient, SearchedWord) whether a word can stand anywhere but
in a client's name, and whose names have it: a few clients have their orders in an index. What is found is the same.
"""

import re
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Select, Text, and_, cast, exists, func, not_, or_, select, text
from sqlalchemy.orm import Session, aliased

from models.orders.tables import Order, SearchedClient, SearchedWord
from models.shared.database import transaction

NUMBER = re.compile(r"dm-\d+")
WORD = re.compile(r"[^\d\s]{3,}")  # only such words are remembered: numbers would be as many as orders
MOST_CLIENTS = 20
ALL = ""  # in searched_word once every order is in both tables
_ORDER = Order.__table__.c
_REMEMBER = text("""WITH portion AS (SELECT number, client_number, client_name, search_text FROM "order"
        WHERE number > :after ORDER BY number LIMIT :most),
    clients AS (INSERT INTO searched_client SELECT DISTINCT client_number, lower(client_name) FROM portion ORDER BY 1, 2
        ON CONFLICT DO NOTHING),
    words AS (INSERT INTO searched_word SELECT DISTINCT word FROM portion,
        LATERAL searched_words(number, client_name, search_text) AS word ORDER BY 1 ON CONFLICT DO NOTHING)
    SELECT max(number) FROM portion""")


class Search(NamedTuple):
    """The words to look for in orders, and the only clients whose orders can have all that was asked; None: anybody's can."""

    words: tuple[str, ...] = ()
    clients: tuple[str, ...] | None = None


def look_up(session: Session, q: str) -> Search:
    """What is known of these words before any order is read."""
    words = tuple(dict.fromkeys(q.lower().split()))
    asked = [word for word in words if WORD.fullmatch(word)]
    if not asked:
        return Search(words)
    is_whole, by_another_name, clients, *elsewhere = session.execute(_asking(asked)).one()
    if not is_whole or all(elsewhere) or len(clients) > MOST_CLIENTS:
        return Search(words)
    told = () if by_another_name else {word for word, other in zip(asked, elsewhere, strict=True) if not other}
    return Search(tuple(word for word in words if word not in told), tuple(sorted(clients)))


def with_words(query: Select[Any], search: Search) -> Select[Any]:
    """The query, narrowed to orders that have every word."""
    for word in search.words:
        query = query.where(_has(word, indexed=search.clients is None))
    return query if search.clients is None else query.where(_ORDER.client_number.in_(search.clients))


def remember_portion(after: str = "", most: int = 5_000) -> str:
    """Reads the next orders by number into the two tables; the last one's number, or "" after the last of all."""
    with transaction("orders", actor="service:orders") as session:
        last: str | None = session.execute(_REMEMBER, {"after": after, "most": most}).scalar_one()
        if last is None:
            session.execute(text("INSERT INTO searched_word VALUES (:word) ON CONFLICT DO NOTHING"), {"word": ALL})
    return last or ""


def _asking(words: list[str]) -> Select[Any]:
    """Whether all is remembered; clients whose name has all words that stand nowhere else, and whether one had another name,
    too; of each word whether it stands elsewhere.
    """  # fmt: skip
    elsewhere = [exists().where(SearchedWord.word.contains(word, autoescape=True)) for word in words]
    theirs = select(SearchedClient.client_number).where(_has_all(SearchedClient.name, words, elsewhere)).distinct()
    some = theirs.limit(MOST_CLIENTS + 1)
    other = aliased(SearchedClient)
    by_another_name = exists().where(other.client_number.in_(some), not_(_has_all(other.name, words, elsewhere)))
    clients = cast(func.array(some.scalar_subquery()), ARRAY(Text))
    columns: list[Any] = [exists().where(SearchedWord.word == ALL), by_another_name, clients, *elsewhere]
    return select(*columns)


def _has_all(name: Any, words: list[str], elsewhere: list[Any]) -> Any:
    return and_(*(or_(other, name.contains(word, autoescape=True)) for word, other in zip(words, elsewhere, strict=True)))


def _has(word: str, indexed: bool) -> Any:
    """A word that begins as a number does is looked for among the numbers: there the index has it at once.

    Not `indexed`: in a few clients' orders, one by one, where the planner would else ask the trigrams all the same.
    """
    if NUMBER.fullmatch(word):
        return _ORDER.number.startswith(word.upper(), autoescape=True)
    looked_in = _ORDER.search_text if indexed else _ORDER.search_text + ""
    return looked_in.contains(word, autoescape=True)
