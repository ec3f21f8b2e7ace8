"""Finds orders by words: as parts of number, client, purchase order, SKUs and product names, every word in one of them.

The trigrams of a million orders are slow where each word is common and only all of them together
are rare, as with the words of a client's name. So a search first asks two small tables
(SearchedClient, SearchedWord) whether a word can stand anywhere but in a client's name, and whose
names have it: a few clients have their orders in an index. What is found is the same.
"""

import re
from typing import Any, NamedTuple

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from models.orders.tables import Order
from models.shared.database import transaction

NUMBER = re.compile(r"dm-\d+")
WORD = re.compile(
    r"[^\d\s]{3,}"
)  # only such words are remembered: numbers would be as many as orders
MOST_CLIENTS = 20
ALL = ""  # in searched_word once every order is in both tables
_ORDER = Order.__table__.c
SPECIAL, _ESCAPED = re.compile(r"[\\%_]"), r"\\\g<0>"
# Of each word whether it stands outside names, too; the clients whose name has all the others;
# whether one was called otherwise.
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
    clients AS (INSERT INTO searched_client SELECT DISTINCT client_number, lower(client_name) FROM portion
        WHERE starts_with(search_text, lower(number || ' ' || client_name)) ORDER BY 1, 2 ON CONFLICT DO NOTHING),
    words AS (INSERT INTO searched_word SELECT DISTINCT word FROM portion,
        LATERAL searched_words(number, client_name, search_text) AS word ORDER BY 1 ON CONFLICT DO NOTHING)
    SELECT max(number) FROM portion""")


class Search(NamedTuple):
    """The words to look for in orders, and the only clients whose orders can have all that was
    asked; None: anybody's can.
    """

    words: tuple[str, ...] = ()
    clients: tuple[str, ...] | None = None


def look_up(session: Session, q: str) -> Search:
    """What is known of these words before any order is read; asked once in a session."""
    known: dict[str, Search] = session.info.setdefault("searches", {})
    if q not in known:
        known[q] = _looked_up(session, tuple(dict.fromkeys(q.lower().split())))
    return known[q]


def with_words(query: Select[Any], search: Search) -> Select[Any]:
    """The query, narrowed to orders that have every word."""
    for word in search.words:
        query = query.where(_has(word, indexed=search.clients is None))
    return (
        query if search.clients is None else query.where(_ORDER.client_number.in_(search.clients))
    )


def remember_portion(after: str = "", most: int = 5_000) -> str:
    """Reads the next orders by number into the two tables; the last one's number, or "" after the last of all."""
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


def _has(word: str, indexed: bool) -> Any:
    """A word that begins as a number does is looked for among the numbers: there the index has it at once.

    Not `indexed`: in a few clients' orders, one by one, where the planner would else ask the trigrams all the same.
    """
    if NUMBER.fullmatch(word):
        return _ORDER.number.startswith(word.upper(), autoescape=True)
    looked_in = _ORDER.search_text if indexed else _ORDER.search_text + ""
    return looked_in.contains(word, autoescape=True)
