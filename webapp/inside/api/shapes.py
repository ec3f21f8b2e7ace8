"""Request and response shapes of the inside view's API."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from webapp.shared.rest.shapes import WHOLE, Whole


class TopicCountOut(BaseModel):
    """The number of events of a topic."""

    topic: str
    count: int


class SwitchOut(BaseModel):
    """A switch that breaks the service on purpose, until `until` or an earlier `ended_at`.

    `kind` is `pause`, `slow` (by `delay` seconds before each batch), `poison` (which hit the event
    `event_id`), or `drop`.
    """

    id: int
    kind: str
    delay: int | None
    put_on_at: AwareDatetime
    put_on_by: str
    until: AwareDatetime
    ended_at: AwareDatetime | None
    ended_by: str | None
    event_id: UUID | None
    is_on: bool


class SwitchesOut(BaseModel):
    """The switches that are on or ended within the last two minutes, newest first."""

    items: list[SwitchOut]


class PutOnIn(BaseModel):
    """What to break, and for how many seconds: 30, 120 or 600.

    `delay` is for `slow` only: 1, 5 or 15 seconds.
    """

    kind: Literal["pause", "slow", "poison"]
    seconds: Whole = Field(ge=1, le=3600)
    delay: Annotated[int, Field(ge=1, le=60), WHOLE] | None = None


class ServiceStateOut(BaseModel):
    """The state of one service's events: recorded and handled by topic, and the backlog.

    `switches`: those that are on or ended in the last two minutes; none without DM_FAULTS=1.
    """

    recorded: list[TopicCountOut]
    handled: list[TopicCountOut]
    unpublished: int
    oldest_unpublished: AwareDatetime | None
    held: int
    dead: int
    switches: list[SwitchOut]


class ToldOut(BaseModel):
    """An event as this service recorded it, with its position in Kafka once published.

    `request` is the HTTP request that recorded it, without its query, begun at `requested_at`.
    """

    id: UUID
    type: str
    topic: str
    key: str
    sequence: int
    recorded_at: AwareDatetime
    published_at: AwareDatetime | None
    partition: int | None
    offset: int | None
    correlation: str
    envelope: dict[str, object]
    request: str | None
    requested_at: AwareDatetime | None


class HeardOut(BaseModel):
    """An event that this service applied, once, by these handlers."""

    id: UUID
    handlers: list[str]
    partition: int | None
    offset: int | None
    applied_at: AwareDatetime


class PartOut(BaseModel):
    """One service's part of a trail."""

    told: list[ToldOut]
    heard: list[HeardOut]


class ToldListOut(BaseModel):
    """The events a service published about one record, newest first."""

    items: list[ToldOut]


class DeadLetterOut(BaseModel):
    """An event that a service could not handle.

    `waiting`: how many later events of its key are held behind it.
    """

    id: int
    service: str
    type: str | None
    topic: str
    key: str | None
    sequence: int | None
    partition: int | None
    offset: int | None
    cause: str
    correlation: str | None
    attempts: int
    died_at: AwareDatetime
    waiting: int


class DeadLettersOut(BaseModel):
    """The open dead letters of a service, oldest first."""

    items: list[DeadLetterOut]


class FailedAgainOut(BaseModel):
    """A dead letter that failed again and stays open, with the cause."""

    id: int
    type: str | None
    key: str | None
    cause: str


class ReplayedOut(BaseModel):
    """How many dead letters of this portion were handled, and which failed again.

    Pass `following` as `after` for the next portion; null when every open letter was tried.
    """

    handled: int
    failed: list[FailedAgainOut]
    following: int | None


class SkipIn(BaseModel):
    """The reason for skipping an event permanently."""

    reason: str = Field(min_length=3, max_length=500)
