"""Searches orders by words in number, client, purchase order, SKU and product name.

Every word must occur, as a substring, in one of these. A trigram index over a million orders is
slow when each word is common and only their combination is rare, which is typical of the words in a
client's name. So a search first asks two small tables (SearchedClient, SearchedWord) whether a word
occurs anywhere outside client names, and which clients' names contain it. If those are few, their
orders are read by the client index instead. The results are the same.
"""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import Session

from models.orders.tables import Order
from models.shared.database.rows import AnySelect
from models.shared.search import words_of
from models.shared.transactions import transaction

NUMBER = re.compile(r"dm-\d+")
WORD = re.compile(r"[^\d\s]{3,}")  # only these are indexed: there are as many numbers as orders
MOST_CLIENTS = 20
ALL = ""  # marker row in searched_word once both tables cover every order
_ORDER = Order.__table__.c
SPECIAL, _ESCAPED = re.compile(r"[\\%_]"), r"\\\g<0>"
# For each word: does it occur outside client names too? For those that do not: which clients' names
# contain all of them, and was any of these clients ever known by another name?
_ASK = text("""WITH asked AS (SELECT pattern, n, EXISTS (SELECT FROM searched_word WHERE word LIKE pattern) AS elsewhere
        FROM unnest(CAST(:patterns AS text[])) WITH ORDINALITY AS each (pattern, n)),
    named AS (SELECT ARRAY(SELECT pattern FROM asked WHERE NOT elsewhere) AS patterns),
    theirs AS (SELECT DISTINCT client_number FROM searched_client
        WHERE name LIKE ALL (CAST((SELECT patterns FROM named) AS text[])) LIMIT :most)
    SELECT EXISTS (SELECT FROM searched_word WHERE word = '') AS is_whole,
        ARRAY(SELECT client_number FROM theirs) AS clients, ARRAY(SELECT elsewhere FROM asked ORDER BY n) AS elsewhere,
        EXISTS (SELECT FROM searched_client JOIN theirs USING (client_number)
            WHERE NOT name LIKE ALL (CAST((SELECT patterns FROM named) AS text[]))) AS by_another_name""")
_REMEMBER = text("""WITH portion AS (SELECT number, client_number, client_name, search_text FROM "order"
        WHERE number > :after ORDER BY number LIMIT :most),
    clients AS (INSERT INTO searched_client SELECT DISTINCT client_number, folded(client_name) FROM portion
        WHERE starts_with(search_text, folded(number || ' ' || client_name)) ORDER BY 1, 2 ON CONFLICT DO NOTHING),
    words AS (INSERT INTO searched_word SELECT DISTINCT word FROM portion,
        LATERAL searched_words(number, client_name, search_text) AS word ORDER BY 1 ON CONFLICT DO NOTHING)
    SELECT max(number) FROM portion""")


class Search(NamedTuple):
    """The words to look for, and the only clients whose orders can match; None means any client."""

    words: tuple[str, ...] = ()
    clients: tuple[str, ...] | None = None


def look_up(session: Session, q: str) -> Search:
    """Plan the search for `q` without reading any orders; cached for the session."""
    known: dict[str, Search] = session.info.setdefault("searches", {})
    if q not in known:
        known[q] = _looked_up(session, words_of(q))
    return known[q]


def with_words(query: AnySelect, search: Search) -> AnySelect:
    """Restrict the query to orders that contain every word."""
    for word in search.words:
        query = query.where(_has(word, indexed=search.clients is None))
    return (
        query if search.clients is None else query.where(_ORDER.client_number.in_(search.clients))
    )


def remember_portion(after: str = "", most: int = 5_000) -> str:
    """Index the next `most` orders by number into the two search tables.

    Returns the last number indexed, or "" once every order is in them.
    """
    with transaction("orders", actor="service:orders") as session:
        last: str | None = session.execute(_REMEMBER, {"after": after, "most": most}).scalar_one()
        if last is None:
            session.execute(
                text("INSERT INTO searched_word VALUES (:word) ON CONFLICT DO NOTHING"),
                {"word": ALL},
            )
    return last or ""


def _looked_up(session: Session, words: tuple[str, ...]) -> Search:
    asked = [word for word in words if WORD.fullmatch(word)]
    if not asked:
        return Search(words)
    patterns = [f"%{SPECIAL.sub(_ESCAPED, word)}%" for word in asked]
    found = session.execute(_ASK, {"patterns": patterns, "most": MOST_CLIENTS + 1}).one()
    if not found.is_whole or all(found.elsewhere) or len(found.clients) > MOST_CLIENTS:
        return Search(words)
    told = {
        word
        for word, other in zip(asked, found.elsewhere, strict=True)
        if not other and not found.by_another_name
    }
    return Search(tuple(word for word in words if word not in told), tuple(sorted(found.clients)))


def _has(word: str, indexed: bool) -> ColumnElement[bool]:
    """Build the condition that an order contains the word.

    A word shaped like an order number is matched as a prefix of the number, which its index answers
    directly. With `indexed` false the search runs over a few clients' orders only; the expression
    then hides the column from the trigram index, which the planner would otherwise still choose.
    """
    if NUMBER.fullmatch(word):
        return _ORDER.number.startswith(word.upper(), autoescape=True)
    looked_in = _ORDER.search_text if indexed else _ORDER.search_text + ""
    return looked_in.contains(word, autoescape=True)
