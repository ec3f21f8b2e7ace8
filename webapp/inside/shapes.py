"""What the API of the inside view answers."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field


class TopicCountOut(BaseModel):
    """How many events of a topic."""

    topic: str
    count: int


class ServiceStateOut(BaseModel):
    """How one service's events stand: what it recorded and handled by topic, and what waits."""

    recorded: list[TopicCountOut]
    handled: list[TopicCountOut]
    unpublished: int
    oldest_unpublished: AwareDatetime | None
    held: int
    dead: int


class ToldOut(BaseModel):
    """An event of this service: recorded with its change, then taken by the broker at a place."""

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
    envelope: dict[str, Any]


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
    """What a service told of one record, newest first."""

    items: list[ToldOut]


class DeadLetterOut(BaseModel):
    """An event that a service could not handle. `waiting`: later events of its key that wait for it."""

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


class SkipIn(BaseModel):
    """Why an event may be passed over for good."""

    reason: str = Field(min_length=3, max_length=500)
