"""Deliveries of webhooks: queued with the event, claimed by one sender, retried, logged.

An event is queued in the transaction that handles it, so exactly once; it is sent at least once,
since a sender may die between the receiver's answer and our note of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import uuid_utils
from sqlalchemy import case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from models.shared import clock
from models.shared.counts import counted
from models.shared.database.context import current_actor, current_correlation
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, NotFound
from models.shared.events.catalogue import BY_TYPE
from models.shared.events.envelope import Envelope, encode
from models.shared.jobs import defer
from models.shared.records.history import write_history
from models.wuphf.people import groups_of
from models.wuphf.webhooks.rules import (
    DISABLED_AFTER,
    OLD_SECRET_SIGNS,
    TEST_TYPE,
    calm_after,
    is_offered,
    may_hear,
    pause_after,
)
from models.wuphf.webhooks.subscriptions import end_deliveries, get_webhook, lock_webhook
from models.wuphf.webhooks.tables import Webhook, WebhookDelivery

AT_ONCE = 10  # deliveries of one webhook that are claimed together; of a failing one it is one
LEASE = timedelta(minutes=2)  # until another sender may take over from one that died
KEPT = timedelta(days=30)
TRIES_KEPT = 20
BATCH = 500
GONE = 410  # the status of a receiver that wants no more (Standard Webhooks)
SENDER = "send_due_webhooks"  # of consumers/jobs/webhooks.py


@dataclass
class _OfTransaction:
    """What one transaction, which may handle hundreds of events, asks and does once."""

    enabled: list[Webhook] | None = None
    is_sender_called: bool = False


class Claimed(NamedTuple):
    """A delivery for this caller to send, and to which address it goes."""

    id: UUID
    event_id: UUID
    body: bytes
    url: str
    webhook_id: UUID
    secret_versions: list[int]


class Attempt(NamedTuple):
    """What became of one attempt: the receiver's status, or why there is none."""

    at: datetime
    milliseconds: int
    status: int | None
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took the event."""
        return self.status is not None and 200 <= self.status < 300


class Page(NamedTuple):
    """Some deliveries, newest first, and the id to go on after, if any more follow."""

    rows: list[WebhookDelivery]
    next: UUID | None


def queue_for_webhooks(session: Session, event: Envelope) -> int:
    """Queue this event for each enabled webhook whose owner may hear it; return for how many.

    Must run in the transaction that handles the event.
    """
    known = BY_TYPE.get(event.type)
    if known is None or not is_offered(known.topic):
        return 0
    wanting = [each for each in _enabled(session) if event.type in each.types]
    groups = groups_of(session, {each.owner for each in wanting})
    rows = [
        _row(each.id, event, known.topic)
        for each in wanting
        if may_hear(event.type, groups[each.owner])
    ]
    if rows:
        session.execute(upsert(WebhookDelivery).values(rows).on_conflict_do_nothing())
        _send_soon(session)
    return len(rows)


def claim_due(session: Session) -> list[Claimed]:
    """Claim due deliveries for this caller to send; commit before sending.

    Of each key only the first that waits is due. A delivery whose owner may no longer hear it fails.
    """
    now, earlier = clock.now(), aliased(WebhookDelivery)
    overtakes = exists().where(
        earlier.webhook_id == WebhookDelivery.webhook_id,
        earlier.topic == WebhookDelivery.topic,
        earlier.key == WebhookDelivery.key,
        earlier.state == "waiting",
        earlier.sequence < WebhookDelivery.sequence,
    )
    place = func.row_number().over(
        partition_by=WebhookDelivery.webhook_id,
        order_by=(WebhookDelivery.due_at, WebhookDelivery.id),
    )
    most = case((Webhook.failing_since.is_(None), AT_ONCE), else_=1)
    due = (
        select(WebhookDelivery.id, place.label("place"), most.label("most"))
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.state == "waiting", WebhookDelivery.due_at <= now, ~overtakes)
        .where(Webhook.disabled_at.is_(None))
        .where(or_(Webhook.resumes_at.is_(None), Webhook.resumes_at <= now))
        .subquery()
    )
    claimed = session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(select(due.c.id).where(due.c.place <= due.c.most)))
        .where(WebhookDelivery.state == "waiting", WebhookDelivery.due_at <= now)
        .values(due_at=now + LEASE, attempts=WebhookDelivery.attempts + 1)
        .returning(
            WebhookDelivery.id,
            WebhookDelivery.event_id,
            WebhookDelivery.type,
            WebhookDelivery.body,
            WebhookDelivery.webhook_id,
        )
        .execution_options(synchronize_session=False)
    ).all()
    webhooks = _webhooks(session, {row.webhook_id for row in claimed})
    groups = groups_of(session, {each.owner for each in webhooks.values()})
    refused = [
        row for row in claimed if not may_hear(row.type, groups[webhooks[row.webhook_id].owner])
    ]
    for row in refused:
        why = Attempt(now, 0, None, "The owner of this webhook may no longer see this event.")
        _settle(session, row.id, "failed", why)
    return [
        Claimed(
            row.id,
            row.event_id,
            row.body,
            webhooks[row.webhook_id].url,
            row.webhook_id,
            _secret_versions(webhooks[row.webhook_id], now),
        )
        for row in claimed
        if row not in refused
    ]


def note_attempt(session: Session, claimed: Claimed, attempt: Attempt) -> None:
    """Record what became of an attempt, and when there is another; disable a webhook long dead.

    Does nothing if the webhook was deleted meanwhile.
    """
    webhook = session.get(Webhook, claimed.webhook_id, with_for_update=True)
    delivery = session.get(WebhookDelivery, claimed.id, with_for_update=True)
    if webhook is None or delivery is None:
        return
    if attempt.succeeded:
        _settle(session, claimed.id, "delivered", attempt)
        webhook.failures, webhook.failing_since, webhook.resumes_at = 0, None, None
        webhook.delivered_at = attempt.at
    else:
        _note_failure(session, webhook, delivery, attempt)
    signal_record(session, "webhook", str(webhook.id))


def redeliver(session: Session, id_: UUID, delivery_id: UUID) -> None:
    """Send a delivery of the actor's again, now, whatever became of it; with the same id and body.

    Raises NotFound, and DomainError `webhook_disabled`.
    """
    _check_enabled(lock_webhook(session, id_))
    found = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if found is None or found.webhook_id != id_:
        raise NotFound("delivery", delivery_id)
    found.state, found.settled_at, found.attempts, found.due_at = "waiting", None, 0, clock.now()
    write_history(session, "webhook", str(id_), "redelivered", delivery=str(delivery_id))
    _send_soon(session)
    signal_record(session, "webhook", str(id_))


def send_test(session: Session, id_: UUID) -> UUID:
    """Queue a test event for a webhook of the actor's; return the delivery's id.

    Raises NotFound, and DomainError `webhook_disabled`.
    """
    webhook = lock_webhook(session, id_)
    _check_enabled(webhook)
    event_id = UUID(bytes=uuid_utils.uuid7().bytes)
    event = Envelope(
        id=event_id,
        type=TEST_TYPE,
        source="notification-service",
        subject=str(id_),
        time=clock.now(),
        sequence=1,
        correlationid=current_correlation(session) or "",
        actor=current_actor(session),
        partitionkey=str(event_id),
        data=msgspec.Raw(msgspec.json.encode({"webhook_id": id_, "name": webhook.name})),
    )
    row = _row(id_, event, "")
    session.execute(upsert(WebhookDelivery).values(row))
    _send_soon(session)
    signal_record(session, "webhook", str(id_))
    return UUID(str(row["id"]))


def list_deliveries(
    session: Session,
    id_: UUID,
    owner: str,
    *,
    state: str = "",
    after: UUID | None = None,
    size: int = 25,
) -> Page:
    """Return deliveries of a webhook of this owner's, newest first. Raises NotFound."""
    get_webhook(session, id_, owner)
    wanted = select(WebhookDelivery).where(WebhookDelivery.webhook_id == id_)
    if state:
        wanted = wanted.where(WebhookDelivery.state == state)
    if after:
        wanted = wanted.where(WebhookDelivery.id < after)
    rows = list(session.scalars(wanted.order_by(WebhookDelivery.id.desc()).limit(size + 1)))
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def get_delivery(session: Session, id_: UUID, delivery_id: UUID, owner: str) -> WebhookDelivery:
    """Return one delivery of a webhook of this owner's. Raises NotFound."""
    get_webhook(session, id_, owner)
    found = session.get(WebhookDelivery, delivery_id)
    if found is None or found.webhook_id != id_:
        raise NotFound("delivery", delivery_id)
    return found


def delete_old_deliveries(session: Session) -> int:
    """Delete some of the deliveries that were settled longer ago than KEPT; return how many."""
    old = select(WebhookDelivery.id).where(WebhookDelivery.settled_at < clock.now() - KEPT)
    gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old.limit(BATCH).scalar_subquery()))
    return session.connection().execute(gone).rowcount


def _send_soon(session: Session) -> None:
    """Have a job send what is due right after this commit, one job however many are queued."""
    known = _of_transaction(session)
    if not known.is_sender_called:
        known.is_sender_called = True
        defer(session, SENDER, lock=f"notifications.{SENDER}")


def _note_failure(
    session: Session, webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt
) -> None:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or attempt.at
    calm = calm_after(webhook.failures)
    webhook.resumes_at = attempt.at + calm if calm else None
    pause = pause_after(delivery.attempts)
    if pause is None:
        _settle(session, delivery.id, "failed", attempt)
    else:
        delivery.due_at = attempt.at + pause
        delivery.tries = _with(delivery.tries, attempt)
    session.flush()
    if webhook.disabled_at is not None:
        return
    if attempt.status == GONE:
        end_deliveries(session, webhook, current_actor(session), "The receiver answered 410 Gone")
    elif attempt.at - webhook.failing_since >= DISABLED_AFTER:
        why = f"Every delivery failed for {counted(DISABLED_AFTER.days, 'day')}"
        end_deliveries(session, webhook, current_actor(session), why)


def _settle(session: Session, id_: UUID, state: str, attempt: Attempt) -> None:
    found = session.get(WebhookDelivery, id_, with_for_update=True, populate_existing=True)
    if found is not None:
        found.state, found.settled_at = state, attempt.at
        found.tries = _with(found.tries, attempt)


def _with(tries: Sequence[dict[str, object]], attempt: Attempt) -> list[dict[str, object]]:
    made = {**attempt._asdict(), "at": attempt.at.isoformat(), "error": attempt.error[:300]}
    return [*tries, made][-TRIES_KEPT:]


def _enabled(session: Session) -> list[Webhook]:
    known = _of_transaction(session)
    if known.enabled is None:
        found = session.scalars(select(Webhook).where(Webhook.disabled_at.is_(None)))
        known.enabled = list(found)
    return known.enabled


def _of_transaction(session: Session) -> _OfTransaction:
    known: _OfTransaction = session.info.setdefault("webhooks", _OfTransaction())
    return known


def _row(webhook_id: UUID, event: Envelope, topic: str) -> dict[str, object]:
    now = clock.now()
    return {
        "id": UUID(bytes=uuid_utils.uuid7().bytes),
        "webhook_id": webhook_id,
        "event_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "topic": topic,
        "key": event.partitionkey,
        "sequence": event.sequence,
        "body": encode(event),
        "queued_at": now,
        "state": "waiting",
        "attempts": 0,
        "due_at": now,
        "tries": [],
    }


def _webhooks(session: Session, ids: Iterable[UUID]) -> dict[UUID, Webhook]:
    return {each.id: each for each in session.scalars(select(Webhook).where(Webhook.id.in_(ids)))}


def _secret_versions(webhook: Webhook, now: datetime) -> list[int]:
    """Return the versions of the secrets that sign: the newest first, the one before it for a day."""
    rolled, newest = webhook.secret_rolled_at, webhook.secret_version
    return [newest, newest - 1] if rolled and now < rolled + OLD_SECRET_SIGNS else [newest]


def _check_enabled(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        raise DomainError("webhook_disabled", "This webhook is disabled. Enable it first.")
