"""Decide who is notified, by the table TELLINGS of notifications; reads no clock and no database."""

from collections.abc import Callable
from uuid import UUID, uuid5

import msgspec

from models.wuphf.notifications.registry import TELLINGS
from models.wuphf.notifications.shape import Telling


def who_is_told(
    type_: str,
    fact: msgspec.Struct,
    actor: str,
    members_of: Callable[[str], set[str]],
    exists: Callable[[set[str]], set[str]],
    manager_of: Callable[[str], str | None] = lambda _uid: None,
) -> dict[str, Telling]:
    """Return what each recipient is notified of.

    `exists` filters uids to people in the directory.
    """
    told: dict[str, Telling] = {}
    for telling in TELLINGS[type_][1]:
        if not telling.when(fact):
            continue
        reached = exists(
            set().union(
                *(_reached(audience, fact, members_of, manager_of) for audience in telling.to)
            )
        )
        for uid in sorted(reached if telling.answers else reached - {actor}):
            told.setdefault(uid, telling)
    return told


def notification_id(source_event: UUID, recipient: str, kind: str) -> UUID:
    """Return the id of a notification, derived from its cause, so that it is always the same."""
    return uuid5(source_event, f"{recipient}/{kind}")


def _reached(
    audience: str,
    fact: msgspec.Struct,
    members_of: Callable[[str], set[str]],
    manager_of: Callable[[str], str | None],
) -> set[str]:
    if audience == "manager":
        return {manager_of(getattr(fact, "owner", "")) or ""} - {""}
    if audience.startswith("group:"):
        return members_of(audience.removeprefix("group:"))
    named = getattr(fact, "requested_by" if audience == "requester" else audience)
    return {named} - {""} if isinstance(named, str) else set(named)
