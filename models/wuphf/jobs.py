"""Scheduled work of wuphf: wake snoozed notifications, and purge expired ones."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.jobs import task
from models.shared.settings import company
from models.shared.transactions import transaction
from models.wuphf import broadcasts
from models.wuphf.feed import append_entry, lock_inbox
from models.wuphf.pushes import delete_old_pushes
from models.wuphf.states import State
from models.wuphf.tables import Notification, Tombstone, Undo
from models.wuphf.webhooks.deliveries import delete_old_deliveries

__all__ = ["broadcasts", "purge_old_notifications", "wake_what_is_due"]

BATCH = 500
UNDO_KEPT = timedelta(days=1)
ITSELF = "service:notifications"


@task("notifications")
def wake_what_is_due(recipient: str) -> None:
    """Put this person's due snoozed notifications back on top of the inbox, unseen and unread."""
    with transaction("notifications", actor=ITSELF) as session:
        lock_inbox(session, recipient)
        due = (
            session.execute(
                select(Notification.id)
                .where(
                    Notification.recipient == recipient, Notification.snoozed_until <= clock.now()
                )
                .order_by(Notification.snoozed_until, Notification.n)
            )
            .scalars()
            .all()
        )
        for id_ in due:
            n = append_entry(session, recipient, "wake", id_, unseen=1, unread=1)
            session.execute(
                update(Notification)
                .where(Notification.id == id_)
                .values(n=n, snoozed_until=None, seen_at=None, read_at=None, woken_at=clock.now())
            )


@task("notifications", cron="40 3 * * *")
def purge_old_notifications() -> None:
    """Delete notifications past retention, except pinned and snoozed ones.

    Works in small transactions.
    """
    with transaction("notifications", actor=ITSELF) as session:
        before = clock.now() - timedelta(days=company.value(session, "notification_retention_days"))
    while recipients := _with_old(before):
        for recipient in recipients:
            with transaction("notifications", actor=ITSELF) as session:
                _purge_some(session, recipient, before)
    _purge_the_rest(before)
    for delete_some in (delete_old_pushes, delete_old_deliveries):
        gone = BATCH
        while gone == BATCH:
            with transaction("notifications", actor=ITSELF) as session:
                gone = delete_some(session)


def _with_old(before: datetime) -> list[str]:
    with transaction("notifications", actor=ITSELF) as session:
        old = select(Notification.recipient).where(*_is_old(before)).distinct().limit(100)
        return list(session.execute(old).scalars())


def _purge_some(session: Session, recipient: str, before: datetime) -> None:
    lock_inbox(session, recipient)
    some = (
        select(Notification.id)
        .where(Notification.recipient == recipient, *_is_old(before))
        .limit(BATCH)
    )
    gone = session.execute(
        delete(Notification)
        .where(Notification.id.in_(some.scalar_subquery()))
        .returning(*(getattr(Notification, name) for name in State._fields))
        .execution_options(synchronize_session=False)
    ).all()
    states = [State(*row) for row in gone]
    append_entry(
        session,
        recipient,
        "purge",
        None,
        unseen=-sum(state.unseen for state in states),
        unread=-sum(state.unread for state in states),
    )


def _is_old(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notification.at < before,
        Notification.pinned_at.is_(None),
        Notification.snoozed_until.is_(None),
    )


def _purge_the_rest(before: datetime) -> None:
    """Delete old feed entries, tombstones and expired undo records."""
    while True:
        with transaction("notifications", actor=ITSELF) as session:
            gone = session.execute(
                text("SELECT purge_feed(:before, :most)"), {"before": before, "most": BATCH}
            ).scalar_one()
            old = (
                select(Tombstone.notification_id)
                .where(Tombstone.withdrawn_at < before)
                .limit(BATCH)
            )
            session.execute(
                delete(Tombstone).where(Tombstone.notification_id.in_(old.scalar_subquery()))
            )
            session.execute(delete(Undo).where(Undo.at < clock.now() - UNDO_KEPT))
            left = session.scalar(
                select(func.count(Tombstone.notification_id)).where(Tombstone.withdrawn_at < before)
            )
        if not gone and not left:
            return
