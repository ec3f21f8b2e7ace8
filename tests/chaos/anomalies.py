"""What a checker may find, by the names that Jepsen gives to such things."""

from typing import Any, Literal, NamedTuple

import psycopg

Kind = Literal[
    "lost write",
    "duplicate",
    "unseen",
    "non-monotonic",
    "aborted read",
    "wrong total",
    "lost input",
    "widened right",
    "unavailable",
]
MEANINGS: dict[Kind, str] = {
    "lost write": "was confirmed, or happened in a key before something that was handled, and is not there",
    "duplicate": "happened more than once",
    "unseen": "is recorded, and who must hear of it has not although all is quiet",
    "non-monotonic": "numbers that must go 1..n have a gap or go back",
    "aborted read": "is seen although it was refused or never recorded",
    "wrong total": "figures are not what the entries add up to, or go below zero",
    "lost input": "a form was not kept whole when its session was lost",
    "widened right": "somebody got more than their role while a source of rights was away",
    "unavailable": "something that must go on during a fault did not",
}


class Anomaly(NamedTuple):
    """One finding."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def found_by(
    connection: psycopg.Connection, kind: Kind, words: str, query: str, *values: Any
) -> list[Anomaly]:
    """An anomaly for each row of `query`; `words` has a place for each column."""
    return [
        Anomaly(kind, words.format(*row))
        for row in connection.execute(query, values or None).fetchall()
    ]
