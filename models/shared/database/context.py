"""Who works in a session, in which schema and for which request; models/shared/transactions.py sets it."""

from sqlalchemy.orm import Session


def current_actor(session: Session) -> str:
    """Return the uid of the person, or `service:NAME`, that history and events name.

    Raises KeyError in a session that only reads.
    """
    actor: str = session.info["actor"]
    return actor


def current_correlation(session: Session) -> str | None:
    """Return the correlation id of the request or event that the session serves; a timer has none.

    Raises KeyError in a session that only reads.
    """
    correlation: str | None = session.info["correlation"]
    return correlation


def current_schema(session: Session) -> str:
    """Return the schema whose role the session uses."""
    schema: str = session.info["schema"]
    return schema
