"""Trails: what every service published and handled under one correlation id.

The steps are in order of cause and effect.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypedDict

import msgspec

from webapp.shared.process.json_objects import JsonObject


class Published(TypedDict):
    """An event of a service's outbox, as `GET /inside/{service}/trail` tells it."""

    id: str
    type: str
    recorded_at: str
    published_at: str | None
    partition: int | None
    offset: int | None
    envelope: JsonObject
    request: str | None
    requested_at: str | None


class Applied(TypedDict):
    """An event that a service handled, as the same answer tells it."""

    id: str
    applied_at: str
    handlers: list[str]
    partition: int | None
    offset: int | None


class Push(TypedDict):
    """The first push of a notification to a browser, as `GET /live/pushes` tells it."""

    notification_id: str
    recipient: str
    at: str


class Part(TypedDict):
    """What one service knows of a trail."""

    told: list[Published]
    heard: list[Applied]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a trail. `begins` and `ends` are milliseconds from the trail's beginning.

    A request runs from its beginning to the event's recording; a published event from there to the
    broker's receipt; a handled one, from there until it was applied; a push, from there until the
    browser of `recipient` got it.
    """

    event: Published
    service: str
    kind: Literal["request", "published", "heard", "pushed"] = "published"
    recipient: str = ""
    handlers: list[str] = []
    partition: int | None = None
    offset: int | None = None
    begins: float
    ends: float

    @property
    def took(self) -> timedelta:
        """How long the step took."""
        return timedelta(milliseconds=self.ends - self.begins)

    @property
    def words(self) -> str:
        """The request, the event's short type, or the names of the functions that handled it."""
        return {
            "request": self.event["request"] or "",
            "published": short_type(self.event["type"]),
            "heard": ", ".join(self.handlers),
            "pushed": "Live push",
        }[self.kind]


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
    def first(self) -> Published:
        """The event that everything else follows from."""
        return self.told[0].event

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
        return [step for step in self.steps if step.kind == "published"]

    @property
    def heard(self) -> list[Step]:
        """The steps in which listeners handled them."""
        return [step for step in self.steps if step.kind == "heard"]

    @property
    def requests(self) -> list[Step]:
        """The HTTP requests that recorded its events."""
        return [step for step in self.steps if step.kind == "request"]

    @property
    def pushed(self) -> list[Step]:
        """The live pushes that ended it."""
        return [step for step in self.steps if step.kind == "pushed"]

    def ticks(self) -> list[float]:
        """Return three to five round numbers of milliseconds at which to draw lines."""
        rough = max(self.milliseconds, 1) / 4
        size = 10 ** (len(str(int(rough))) - 1)
        step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough)
        return [step * count for count in range(6) if step * count <= self.milliseconds]

    def share(self, milliseconds: float) -> float:
        """Return the position of a time on a line of length 1000."""
        return round(1000 * milliseconds / max(self.milliseconds, 1), 1)


def build(
    correlation: str, parts: dict[str, Part], away: list[str], pushes: Sequence[Push] = ()
) -> Trail | None:
    """Assemble the trail from the services' parts; None if no service knows anything of it."""
    told = {each["id"]: (service, each) for service, part in parts.items() for each in part["told"]}
    if not told:
        return None
    heard: dict[str, list[tuple[str, Applied]]] = defaultdict(list)
    for service, part in parts.items():
        for each in part["heard"]:
            heard[each["id"]].append((service, each))
    began = min(_moment(each["requested_at"] or each["recorded_at"]) for _, each in told.values())
    of_notification = {each["notification_id"]: each for each in pushes}
    steps, asked = list[Step](), set[tuple[str, str]]()
    for event_id in _by_cause(told):
        service, event = told[event_id]
        if event["request"] and (service, event["request"]) not in asked:
            asked.add((service, event["request"]))
            steps.append(_request(service, event, began))
        steps += _steps(service, event, heard[event_id], began)
        notification = event["envelope"].get("data", {}).get("notification_id")
        if push := of_notification.get(notification):
            steps.append(_push(event, push, steps[-1], began))
    is_history = any(_is_late(each, heard[event_id]) for event_id, (_, each) in told.items())
    return Trail(
        correlation=correlation, steps=steps, began=began, away=away, is_history=is_history
    )


def short_type(type_: str) -> str:
    """Return the short form of an event type: `order.placed.v1` for `dm.orders.order.placed.v1`."""
    return type_.split(".", 2)[-1]


def _by_cause(told: dict[str, tuple[str, Published]]) -> Iterator[str]:
    """Yield each event after the one that caused it; of several effects, the earlier first."""
    caused: dict[str | None, list[str]] = defaultdict(list)
    for event_id, (_, each) in sorted(told.items(), key=lambda item: item[1][1]["recorded_at"]):
        cause = each["envelope"].get("causationid")
        caused[cause if cause in told else None].append(event_id)
    left = caused[None][::-1]
    while left:
        yield (event_id := left.pop())
        left += caused[event_id][::-1]


def _request(service: str, event: Published, began: datetime) -> Step:
    return Step(
        event=event,
        service=service,
        kind="request",
        begins=_ms(_moment(event["requested_at"] or event["recorded_at"]) - began),
        ends=_ms(_moment(event["recorded_at"]) - began),
    )


def _push(event: Published, push: Push, before: Step, began: datetime) -> Step:
    """Return the step of a push, which begins when the step before it ended."""
    ends = _ms(_moment(push["at"]) - began)
    return Step(
        event=event,
        service="notifications",
        kind="pushed",
        recipient=push["recipient"],
        begins=min(before.ends, ends),
        ends=ends,
    )


def _steps(
    service: str, told: Published, heard: list[tuple[str, Applied]], began: datetime
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
            kind="heard",
            handlers=each["handlers"],
            partition=each["partition"],
            offset=each["offset"],
            begins=_ms(min(published, applied) - began),
            ends=_ms(applied - began),
        )


def _is_late(told: Published, heard: list[tuple[str, Applied]]) -> bool:
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
