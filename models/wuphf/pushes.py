"""When a notification first reached a browser over the live stream, for its trail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from models.shared import clock
from models.wuphf.tables import Push

LIVE = timedelta(minutes=1)  # what a browser gets later than this, it catches up on
KEPT = timedelta(days=14)  # as long as the events of the trail
BATCH, MOST = 500, 500

_WRITE = text("""INSERT INTO push (notification_id, recipient, correlation_id, at)
    SELECT each.id, each.recipient, each.correlation_id, pushed.at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS pushed (id, at)
    JOIN notification AS each USING (id)
    JOIN feed ON feed.recipient = each.recipient AND feed.n = each.n
    WHERE pushed.at < feed.at + :live
    ON CONFLICT DO NOTHING""")


class Pushed(NamedTuple):
    """A notification that was written to a live stream, and when."""

    notification_id: UUID
    at: datetime


def record_pushes(session: Session, pushed: Sequence[Pushed]) -> None:
    """Keep the first push of each notification that a browser got as it came; they come in order."""
    first = {each.notification_id: each.at for each in reversed(pushed)}
    asked = {"ids": list(first), "moments": list(first.values()), "live": LIVE}
    session.execute(_WRITE, asked)


def list_pushes(session: Session, correlation: str) -> list[Push]:
    """Return the pushes of the notifications that followed from a request, oldest first."""
    query = select(Push).where(Push.correlation_id == correlation)
    return list(session.scalars(query.order_by(Push.at, Push.notification_id).limit(MOST)))


def delete_old_pushes(session: Session) -> int:
    """Delete some of the pushes older than KEPT; return how many."""
    old = select(Push.notification_id).where(Push.at < clock.now() - KEPT).limit(BATCH)
    gone = delete(Push).where(Push.notification_id.in_(old.scalar_subquery()))
    return session.connection().execute(gone).rowcount
