"""Backlogs: the events recorded per topic, and how far behind each listener is."""

from datetime import datetime, timedelta
from typing import TypedDict

import msgspec

from models.shared import clock
from models.shared.events.catalogue import LISTENERS, PUBLISHERS


class TopicRow(msgspec.Struct, frozen=True):
    """The figures of one topic.

    `behind`: for each listener, how many recorded events it has not handled; None if unknown.
    """

    topic: str
    owner: str
    recorded: int | None
    behind: dict[str, int | None]


class SwitchRow(msgspec.Struct, frozen=True):
    """A switch of a service: on until `end`, or recently ended then.

    `has_hit`: a poison switch whose event has become a dead letter.
    """

    service: str
    id: int
    kind: str
    delay: int | None
    by: str
    end: datetime
    is_on: bool
    has_hit: bool

    @property
    def left(self) -> timedelta:
        """How long it will stay on, in whole seconds."""
        return timedelta(seconds=round((self.end - clock.now()).total_seconds()))


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A service's own figures; `is_away` if it did not respond.

    `behind`: recorded events that it has not handled.
    """

    name: str
    is_away: bool = False
    behind: int = 0
    switches: tuple[SwitchRow, ...] = ()
    unpublished: int = 0
    oldest_unpublished: datetime | None = None
    held: int = 0
    dead: int = 0

    @property
    def standing(self) -> str:
        """Its state in one word.

        What is broken on purpose comes first, then what needs attention, then what is in progress.
        """
        broken = {each.kind for each in self.switches if each.is_on}
        waits = bool(self.unpublished or self.held or self.behind)
        was_broken = any(each.kind in ("pause", "slow") for each in self.switches)
        standings = (
            ("away", self.is_away),
            ("paused", "pause" in broken),
            ("slowed", "slow" in broken),
            ("dead", self.dead > 0),
            ("catching_up", was_broken and waits),
            ("recovered", was_broken),
            ("at_work", waits),
        )
        return next((word for word, holds in standings if holds), "still")


class TopicCount(TypedDict):
    """How many events of a topic a service recorded or handled."""

    topic: str
    count: int


class SwitchState(TypedDict):
    """A fault switch, as `GET /inside/{service}` tells it."""

    id: int
    kind: str
    delay: int | None
    put_on_by: str
    until: str
    ended_at: str | None
    is_on: bool
    event_id: str | None


class State(TypedDict):
    """What that answer tells of a service."""

    recorded: list[TopicCount]
    handled: list[TopicCount]
    unpublished: int
    oldest_unpublished: str | None
    held: int
    dead: int
    switches: list[SwitchState]


def topic_rows(states: dict[str, State]) -> list[TopicRow]:
    """Return one row per topic, in the catalogue's order."""
    recorded = {name: _counts(state["recorded"]) for name, state in states.items()}
    handled = {name: _counts(state["handled"]) for name, state in states.items()}
    rows = []
    for owner, topics in PUBLISHERS.items():
        for topic in topics:
            count = recorded[owner].get(topic, 0) if owner in recorded else None
            listeners = [name for name, heard in LISTENERS.items() if topic in heard]
            rows.append(
                TopicRow(
                    topic,
                    owner,
                    count,
                    {name: _behind(count, handled.get(name), topic) for name in listeners},
                )
            )
    return rows


def service_rows(
    states: dict[str, State], away: list[str], topics: list[TopicRow]
) -> list[ServiceRow]:
    """Return one row per service; those that did not respond come last."""
    rows = [
        ServiceRow(
            name=name,
            unpublished=state["unpublished"],
            held=state["held"],
            dead=state["dead"],
            behind=sum(row.behind.get(name) or 0 for row in topics),
            switches=_switches(name, state["switches"]),
            oldest_unpublished=_moment(state["oldest_unpublished"]),
        )
        for name, state in states.items()
    ]
    return rows + [ServiceRow(name=name, is_away=True) for name in away]


def _switches(service: str, found: list[SwitchState]) -> tuple[SwitchRow, ...]:
    return tuple(
        SwitchRow(
            service,
            each["id"],
            each["kind"],
            each["delay"],
            each["put_on_by"],
            datetime.fromisoformat(min(each["ended_at"] or each["until"], each["until"])),
            each["is_on"],
            not each["is_on"] and each["event_id"] is not None,
        )
        for each in found
    )


def _behind(count: int | None, handled: dict[str, int] | None, topic: str) -> int | None:
    """Return the backlog, never below zero: the publisher was queried before the listener."""
    return None if count is None or handled is None else max(0, count - handled.get(topic, 0))


def _counts(found: list[TopicCount]) -> dict[str, int]:
    return {each["topic"]: each["count"] for each in found}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
