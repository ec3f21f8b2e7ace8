"""Commands on a person's inbox. Each change is one feed entry and is signaled to the streams.

Every command acts on the inbox of the transaction's actor; nobody can change another person's.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import uuid_utils
from sqlalchemy import ColumnElement, func, insert, select, true, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, NotFound
from models.shared.jobs import defer
from models.wuphf.broadcasts import acknowledge
from models.wuphf.feed import EntryKind, append_entry, lock_inbox
from models.wuphf.jobs import wake_what_is_due
from models.wuphf.states import (
    VERBS,
    Asked,
    State,
    Verb,
)
from models.wuphf.tables import Notification, Undo

_STATE = tuple(getattr(Notification, name) for name in State._fields)


class Done(NamedTuple):
    """How many rows an action changed, and the number that undoes it (None if nothing changed)."""

    changed: int
    undo: UUID | None


def change(
    session: Session, verb: Verb, ids: Collection[UUID], until: datetime | None = None
) -> Done:
    """Apply `verb` to these rows of the actor, skipping other people's and unchanged ones.

    `until` is when a snoozed row wakes. `undo` reverts the change.
    """
    return _change(session, verb, Notification.id.in_(ids), until)


def change_one(session: Session, verb: Verb, id_: UUID, until: datetime | None = None) -> Done:
    """Apply `change` to one row. Raises NotFound if the actor has no such notification."""
    _require_mine(session, id_)
    return change(session, verb, [id_], until)


def mark_seen(session: Session, up_to: int | None = None) -> int:
    """Mark everything in the inbox as seen, since the bell was opened; return how many were new.

    With `up_to`, only what arrived up to that feed entry.
    """
    recipient = current_actor(session)
    lock_inbox(session, recipient)
    seen = session.execute(
        update(Notification)
        .where(
            Notification.recipient == recipient,
            Notification.n <= up_to if up_to is not None else true(),
        )
        .where(
            Notification.seen_at.is_(None),
            Notification.archived_at.is_(None),
            Notification.snoozed_until.is_(None),
        )
        .values(seen_at=clock.now())
        .returning(Notification.subject_type, Notification.subject_key)
        .execution_options(synchronize_session=False)
    ).all()
    if seen:
        append_entry(session, recipient, "seen", None, unseen=-len(seen), unread=0)
    for number in {key for type_, key in seen if type_ == "broadcast"}:
        signal_record(session, "broadcast", number)
    return len(seen)


def mark_read(session: Session, ids: Collection[UUID], up_to: int | None = None) -> int:
    """Mark these as read (and seen), and with `up_to` all that arrived up to that feed entry.

    Skips ids that are not the actor's. Returns how many of `ids` were unread.
    """
    if up_to is not None:
        mark_all_read(session, up_to)
    return change(session, "read", ids).changed


def mark_one_read(session: Session, id_: UUID) -> None:
    """Mark one as read. Raises NotFound if the actor has no such notification."""
    change_one(session, "read", id_)


def mark_all_read(session: Session, up_to: int | None = None) -> Done:
    """Mark all in the inbox as read, up to feed entry `up_to`; what arrived later stays unread."""
    here = (
        Notification.archived_at.is_(None)
        & Notification.snoozed_until.is_(None)
        & Notification.read_at.is_(None)
    )
    return _change(
        session, "read", here & (Notification.n <= up_to if up_to is not None else true())
    )


def mark_record_read(session: Session, subject_type: str, subject_key: str) -> int:
    """Mark all notifications about a record as read, since the actor opened it; return how many."""
    subject = (Notification.subject_type == subject_type) & (
        Notification.subject_key == subject_key
    )
    return _change(
        session, "read", subject & Notification.read_at.is_(None), undoable=False
    ).changed


def acknowledge_broadcast(session: Session, number: str) -> None:
    """Acknowledge a WUPHF and mark it read. Raises the errors of `broadcasts.acknowledge`."""
    acknowledge(session, number)
    mark_record_read(session, "broadcast", number)


def mark_unread(session: Session, ids: Collection[UUID]) -> int:
    """Mark these as unread; they stay seen. Return how many were read."""
    return change(session, "unread", ids).changed


def mark_one_unread(session: Session, id_: UUID) -> None:
    """Mark one as unread. Raises NotFound if the actor has no such notification."""
    change_one(session, "unread", id_)


def undo(session: Session, number: UUID) -> int:
    """Undo an action, once; return how many rows it restored.

    Rows that something else has changed since are left alone. Raises NotFound for another person's
    action, and for one that was already undone or is older than a day.
    """
    recipient = current_actor(session)
    lock_inbox(session, recipient)
    found = session.get(Undo, number)
    if found is None or found.recipient != recipient:
        raise NotFound("action to undo", number)
    before = {UUID(each["id"]): _moments(each["before"]) for each in found.changes}
    after = {UUID(each["id"]): _moments(each["after"]) for each in found.changes}
    session.delete(found)
    now = _states(session, Notification.id.in_(before))
    back = {
        id_: state._replace(**before[id_])
        for id_, state in now.items()
        if after[id_].items() <= state._asdict().items()
    }
    _write(session, "undo", now, back)
    return len(back)


def _change(
    session: Session,
    verb: Verb,
    which: ColumnElement[bool],
    until: datetime | None = None,
    *,
    undoable: bool = True,
) -> Done:
    if verb == "snooze" and until is None:
        raise DomainError("until", "Choose when the snooze ends.")
    lock_inbox(session, current_actor(session))
    asked = Asked(clock.now(), until)
    before = _states(session, which)
    after = {id_: new for id_, old in before.items() if (new := VERBS[verb](old, asked)) != old}
    if not after:
        return Done(0, None)
    _write(session, verb, before, after)
    if until:
        defer(session, wake_what_is_due, at=until, recipient=current_actor(session))
    return Done(len(after), _remember(session, verb, before, after) if undoable else None)


def _states(session: Session, which: ColumnElement[bool]) -> dict[UUID, State]:
    mine = select(Notification.id, *_STATE).where(
        Notification.recipient == current_actor(session), which
    )
    return {row[0]: State(*row[1:]) for row in session.execute(mine)}


def _write(
    session: Session, kind: EntryKind, before: dict[UUID, State], after: dict[UUID, State]
) -> None:
    if not after:
        return
    by_state: dict[State, list[UUID]] = {}
    for id_, state in after.items():
        by_state.setdefault(state, []).append(id_)
    for state, ids in by_state.items():
        session.execute(
            update(Notification)
            .where(Notification.id.in_(ids))
            .values(**state._asdict())
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
    append_entry(
        session,
        current_actor(session),
        kind,
        next(iter(after)) if len(after) == 1 else None,
        unseen=sum(after[id_].unseen - before[id_].unseen for id_ in after),
        unread=sum(after[id_].unread - before[id_].unread for id_ in after),
    )


def _remember(
    session: Session, verb: Verb, before: dict[UUID, State], after: dict[UUID, State]
) -> UUID:
    number = UUID(bytes=uuid_utils.uuid7().bytes)
    changes = [_difference(id_, before[id_], state) for id_, state in after.items()]
    session.execute(
        insert(Undo).values(
            id=number, recipient=current_actor(session), verb=verb, changes=changes, at=clock.now()
        )
    )
    return number


def _difference(id_: UUID, old: State, new: State) -> dict[str, object]:
    names = [name for name in State._fields if getattr(old, name) != getattr(new, name)]
    return {
        "id": str(id_),
        "before": {name: _text(getattr(old, name)) for name in names},
        "after": {name: _text(getattr(new, name)) for name in names},
    }


def _moments(fields: dict[str, str | None]) -> dict[str, datetime | None]:
    return {name: datetime.fromisoformat(text) if text else None for name, text in fields.items()}


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _require_mine(session: Session, id_: UUID) -> None:
    mine = select(func.count(Notification.id)).where(
        Notification.id == id_, Notification.recipient == current_actor(session)
    )
    if not session.scalar(mine):
        raise NotFound("notification", id_)
