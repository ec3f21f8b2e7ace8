"""Mail, the second channel: what is to be sent, claimed by one sender, never twice; the words are letters.py's."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import any_, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.notifications.queries import Notice, get_notices
from models.notifications.tables import Mail, Notification, Person
from models.shared import clock
from models.shared.preferences import Preferences, preferences_of_all
from models.shared.rows import insert_rows

DAILY, HOURLY = (
    "",
    "hourly",
)  # the category of the mails that gather; any other is that of the one notification in it
WANTED = {DAILY: "digest", HOURLY: "hourly"}
DIGEST_HOUR = 8
DIGEST_REACH = timedelta(days=3)
MOST_IN_DIGEST = 50
AT_ONCE = 20
MOST_ATTEMPTS = 10
LEASE = timedelta(minutes=10)


class Letter(NamedTuple):
    """A claimed mail: whom it goes to and what it is about."""

    id: UUID
    recipient: str
    name: str
    address: str
    category: str
    notices: list[Notice]
    attempts: int


class Mailing(NamedTuple):
    """A mail to be sent about one notification, which came as feed entry `n`; not before `due`."""

    notification: UUID
    recipient: str
    category: str
    n: int
    due: datetime


def queue_mails(session: Session, wanted: Sequence[Mailing]) -> None:
    """One mail about each notification; once, however often it is asked for."""
    insert_rows(
        session,
        Mail.__table__,
        [
            _waiting(
                uuid5(each.notification, "mail"),
                each.recipient,
                each.category,
                [each.notification],
                each.n,
                each.due,
            )
            for each in wanted
        ],
        unless_there=True,
    )


def gather_daily(session: Session) -> int:
    """Queues the daily mail of everybody whose morning has come and who has something unread in it; how many.

    It has what arrived since the last one. A person gets one a day of their own calendar.
    """
    now = clock.now()
    return sum(
        _queue_digest(
            session, uid, DAILY, now, str(here.date()), preferences.quiet_until_after(now) or now
        )
        for uid, preferences in _with_news(session, "digest", now)
        if (here := now.astimezone(preferences.zone)).hour >= DIGEST_HOUR
    )


def gather_hourly(session: Session) -> int:
    """Queues one mail for everybody who has something new that they want every hour; how many.

    At most one an hour, and none in quiet hours: the first after them has what came meanwhile.
    """
    now = clock.now()
    return sum(
        _queue_digest(session, uid, HOURLY, now, f"{now:%Y-%m-%dT%H}", now)
        for uid, preferences in _with_news(session, "hourly", now)
        if not preferences.quiet_until_after(now)
    )


def claim_due(session: Session) -> list[Letter]:
    """Mails that are due, now this caller's to send; commit before sending. What an earlier one died over is `unknown`.

    A mail whose notifications were read, put aside or withdrawn meanwhile is skipped: nobody is nagged.
    """
    now = clock.now()
    session.execute(
        update(Mail)
        .where(Mail.state == "sending", Mail.claimed_at < now - LEASE)
        .values(state="unknown")
    )
    due = (
        select(Mail.id)
        .where(Mail.state == "waiting", Mail.due_at <= now)
        .order_by(Mail.due_at)
        .limit(AT_ONCE)
    )
    claimed = session.execute(
        update(Mail)
        .where(Mail.id.in_(due.with_for_update(skip_locked=True).scalar_subquery()))
        .values(state="sending", attempts=Mail.attempts + 1, claimed_at=now)
        .returning(Mail.id, Mail.recipient, Mail.category, Mail.notification_ids, Mail.attempts)
        .execution_options(synchronize_session=False)
    ).all()
    letters = [letter for row in claimed if (letter := _letter(session, *row))]
    _settle(session, {row.id for row in claimed} - {letter.id for letter in letters}, "skipped")
    return letters


def note_sent(session: Session, id_: UUID) -> None:
    """The server took it."""
    _settle(session, [id_], "sent")


def note_refused(session: Session, letter: Letter, error: str, *, for_good: bool) -> None:
    """The server did not take it: again after a while that doubles, up to an hour; or never."""
    if for_good or letter.attempts >= MOST_ATTEMPTS:
        _settle(session, [letter.id], "failed", error)
        return
    pause = min(timedelta(seconds=30) * 2 ** (letter.attempts - 1), timedelta(hours=1))
    session.execute(
        update(Mail)
        .where(Mail.id == letter.id)
        .values(state="waiting", due_at=clock.now() + pause, error=error[:300])
    )


def _with_news(session: Session, wanted: str, now: datetime) -> list[tuple[str, Preferences]]:
    """Who has something unread and not too old that they wanted in such a mail."""
    recipients = session.execute(
        select(Notification.recipient)
        .where(Notification.mail == wanted, Notification.read_at.is_(None))
        .where(Notification.at > now - DIGEST_REACH)
        .distinct()
    ).scalars()
    return sorted(preferences_of_all(session, set(recipients)).items())


def _queue_digest(
    session: Session, uid: str, kind: str, now: datetime, period: str, due: datetime
) -> int:
    """One mail with all that is new for this person: nothing of an earlier mail, be it back from a
    snooze or unread again.
    """
    mailed = exists().where(Mail.recipient == uid, Notification.id == any_(Mail.notification_ids))
    rows = session.execute(
        select(Notification.id, Notification.n)
        .where(Notification.recipient == uid, Notification.mail == WANTED[kind])
        .where(~mailed, Notification.read_at.is_(None), Notification.at > now - DIGEST_REACH)
        .where(Notification.archived_at.is_(None), Notification.snoozed_until.is_(None))
        .order_by(Notification.n.desc())
        .limit(MOST_IN_DIGEST)
    ).all()
    if not rows:
        return 0
    id_ = uuid5(NAMESPACE_URL, f"dm.notifications/{WANTED[kind]}/{uid}/{period}")
    return _queue(session, id_, uid, kind, [row.id for row in rows], rows[0].n, due)


def _queue(
    session: Session,
    id_: UUID,
    recipient: str,
    category: str,
    ids: list[UUID],
    n: int,
    due: datetime,
) -> int:
    mail = upsert(Mail).values(_waiting(id_, recipient, category, ids, n, due))
    return len(session.execute(mail.on_conflict_do_nothing().returning(Mail.id)).all())


def _waiting(
    id_: UUID, recipient: str, category: str, ids: list[UUID], n: int, due: datetime
) -> dict[str, Any]:
    return {
        "id": id_,
        "recipient": recipient,
        "category": category,
        "notification_ids": ids,
        "up_to": n,
        "state": "waiting",
        "attempts": 0,
        "due_at": due,
        "error": "",
    }


def _letter(
    session: Session, id_: UUID, recipient: str, category: str, ids: list[UUID], attempts: int
) -> Letter | None:
    person = session.get(Person, recipient)
    notices = [
        each for each in get_notices(session, recipient, ids) if each.stands and not each.read
    ]
    if person is None or not person.mail or not notices:
        return None
    return Letter(id_, recipient, person.name, person.mail, category, notices, attempts)


def _settle(session: Session, ids: Iterable[UUID], state: str, error: str = "") -> None:
    session.execute(
        update(Mail).where(Mail.id.in_(list(ids))).values(state=state, error=error[:300])
    )
