"""Trails: what every service published and handled under one correlation id.

The steps are in order of cause and effect.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a trail. `begins` and `ends` are milliseconds from the trail's beginning.

    A published event runs from its recording to the broker's receipt; a handled one, from there
    until it was applied.
    """

    event: dict[str, Any]
    service: str
    is_heard: bool = False
    handlers: list[str] = []
    partition: int | None
    offset: int | None
    begins: float
    ends: float

    @property
    def took(self) -> timedelta:
        """How long the step took."""
        return timedelta(milliseconds=self.ends - self.begins)

    @property
    def words(self) -> str:
        """The event's short type, or the names of the functions that handled it."""
        return ", ".join(self.handlers) if self.is_heard else short_type(self.event["type"])


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """All steps of a trail.

    `away`: services that did not respond, so that steps may be missing. `is_history`: an event was
    applied before the broker had it, so these times were not measured live.
    """

    correlation: str
    steps: list[Step]
    began: datetime
    away: list[str]
    is_history: bool

    @property
    def first(self) -> dict[str, Any]:
        """The event that everything else follows from."""
        return self.steps[0].event

    @property
    def milliseconds(self) -> float:
        """Milliseconds until the last step was done."""
        return max(step.ends for step in self.steps)

    @property
    def took(self) -> timedelta:
        """The trail's duration, until the last step was done."""
        return timedelta(milliseconds=self.milliseconds)

    @property
    def told(self) -> list[Step]:
        """The published events."""
        return [step for step in self.steps if not step.is_heard]

    @property
    def heard(self) -> list[Step]:
        """The steps in which listeners handled them."""
        return [step for step in self.steps if step.is_heard]

    def ticks(self) -> list[float]:
        """Return three to five round numbers of milliseconds at which to draw lines."""
        rough = max(self.milliseconds, 1) / 4
        size = 10 ** (len(str(int(rough))) - 1)
        step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough)
        return [step * count for count in range(6) if step * count <= self.milliseconds]

    def share(self, milliseconds: float) -> float:
        """Return the position of a time on a line of length 1000."""
        return round(1000 * milliseconds / max(self.milliseconds, 1), 1)


def build(correlation: str, parts: dict[str, dict[str, Any]], away: list[str]) -> Trail | None:
    """Assemble the trail from the services' parts; None if no service knows anything of it."""
    told = {each["id"]: (service, each) for service, part in parts.items() for each in part["told"]}
    if not told:
        return None
    heard: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for service, part in parts.items():
        for each in part["heard"]:
            heard[each["id"]].append((service, each))
    began = min(_moment(each["recorded_at"]) for _, each in told.values())
    steps = [
        step
        for event_id in _by_cause(told)
        for step in _steps(*told[event_id], heard[event_id], began)
    ]
    is_history = any(_is_late(each, heard[event_id]) for event_id, (_, each) in told.items())
    return Trail(
        correlation=correlation, steps=steps, began=began, away=away, is_history=is_history
    )


def short_type(type_: str) -> str:
    """Return the short form of an event type: `order.placed.v1` for `dm.orders.order.placed.v1`."""
    return type_.split(".", 2)[-1]


def _by_cause(told: dict[str, tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield each event after the one that caused it; of several effects, the earlier first."""
    caused: dict[str | None, list[str]] = defaultdict(list)
    for event_id, (_, each) in sorted(told.items(), key=lambda item: item[1][1]["recorded_at"]):
        cause = each["envelope"].get("causationid")
        caused[cause if cause in told else None].append(event_id)
    left = caused[None][::-1]
    while left:
        yield (event_id := left.pop())
        left += caused[event_id][::-1]


def _steps(
    service: str, told: dict[str, Any], heard: list[tuple[str, dict[str, Any]]], began: datetime
) -> Iterator[Step]:
    recorded = _moment(told["recorded_at"])
    published = (
        recorded
        if not told["published_at"] or _is_late(told, heard)
        else _moment(told["published_at"])
    )
    yield Step(
        event=told,
        service=service,
        partition=told["partition"],
        offset=told["offset"],
        begins=_ms(recorded - began),
        ends=_ms(published - began),
    )
    for listener, each in sorted(heard, key=lambda item: item[1]["applied_at"]):
        applied = _moment(each["applied_at"])
        yield Step(
            event=told,
            service=listener,
            is_heard=True,
            handlers=each["handlers"],
            partition=each["partition"],
            offset=each["offset"],
            begins=_ms(min(published, applied) - began),
            ends=_ms(applied - began),
        )


def _is_late(told: dict[str, Any], heard: list[tuple[str, dict[str, Any]]]) -> bool:
    """Return whether the broker had the event only after a listener applied it.

    That happens for generated history, and for a replay from the outbox.
    """
    published = told["published_at"]
    return published is not None and any(
        _moment(each["applied_at"]) < _moment(published) for _, each in heard
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ms(span: timedelta) -> float:
    return max(0.0, span.total_seconds() * 1000)
