"""How much is on its way: by topic, what was recorded and what each listener has still to do."""

from datetime import datetime
from typing import Any

import msgspec

from models.shared.catalogue import LISTENERS, PUBLISHERS


class TopicRow(msgspec.Struct, frozen=True):
    """`behind`: for each listener, how many recorded events it has not handled; None where it did not answer."""

    topic: str
    owner: str
    recorded: int | None
    behind: dict[str, int | None]


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A service's own figures; `is_away` where it did not answer."""

    name: str
    is_away: bool = False
    unpublished: int = 0
    oldest_unpublished: datetime | None = None
    held: int = 0
    dead: int = 0

    @property
    def is_still(self) -> bool:
        """Whether nothing waits and nothing failed."""
        return not (self.is_away or self.unpublished or self.held or self.dead)


def topic_rows(states: dict[str, Any]) -> list[TopicRow]:
    """One row for each topic, in the catalogue's order."""
    recorded = {name: _counts(state["recorded"]) for name, state in states.items()}
    handled = {name: _counts(state["handled"]) for name, state in states.items()}
    rows = []
    for owner, topics in PUBLISHERS.items():
        for topic in topics:
            count = recorded[owner].get(topic, 0) if owner in recorded else None
            listeners = [name for name, heard in LISTENERS.items() if topic in heard]
            rows.append(TopicRow(topic, owner, count, {name: _behind(count, handled.get(name), topic) for name in listeners}))
    return rows


def service_rows(states: dict[str, Any], away: list[str]) -> list[ServiceRow]:
    """One row for each service; those that are away last."""
    rows = [ServiceRow(name=name, unpublished=state["unpublished"], held=state["held"], dead=state["dead"],
                       oldest_unpublished=_moment(state["oldest_unpublished"])) for name, state in states.items()]
    return rows + [ServiceRow(name=name, is_away=True) for name in away]


def _behind(count: int | None, handled: dict[str, int] | None, topic: str) -> int | None:
    """Never below zero: the publisher was asked a moment before the listener."""
    return None if count is None or handled is None else max(0, count - handled.get(topic, 0))


def _counts(found: list[dict[str, Any]]) -> dict[str, int]:
    return {each["topic"]: each["count"] for each in found}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
