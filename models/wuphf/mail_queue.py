"""The mail queue: each mail is claimed by one sender and never sent twice.

letters.py composes the text.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import any_, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.bulk_insert import insert_rows
from models.shared.settings.preferences import Preferences, preferences_of_all
from models.wuphf.queries import Notice, get_notices
from models.wuphf.tables import Mail, Notification, Person

DAILY, HOURLY = (
    "",
    "hourly",
)  # categories of the digests; a mail about one notification has that one's category
WANTED = {DAILY: "digest", HOURLY: "hourly"}
DIGEST_HOUR = 8
DIGEST_REACH = timedelta(days=3)
MOST_IN_DIGEST = 50
AT_ONCE = 20
MOST_ATTEMPTS = 10
LEASE = timedelta(minutes=10)


class Letter(NamedTuple):
    """A claimed mail: its recipient and the notifications it is about."""

    id: UUID
    recipient: str
    name: str
    address: str
    category: str
    notices: list[Notice]
    attempts: int


class Mailing(NamedTuple):
    """A mail to queue about one notification, which arrived as feed entry `n`; not before `due`."""

    notification: UUID
    recipient: str
    category: str
    n: int
    due: datetime


def queue_mails(session: Session, wanted: Sequence[Mailing]) -> None:
    """Queue one mail per notification; asking again adds no second one."""
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
    """Queue the daily mail of everyone with something unread, from 8 a.m.; return how many.

    The hour is local to each person. The mail contains what arrived since the last one. A person
    gets one per day of their own calendar.
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
    """Queue one mail for everyone with new notifications they want hourly; return how many.

    At most one per hour, and none in quiet hours: the first mail after them contains what came
    during them.
    """
    now = clock.now()
    return sum(
        _queue_digest(session, uid, HOURLY, now, now.isoformat()[:13], now)
        for uid, preferences in _with_news(session, "hourly", now)
        if not preferences.quiet_until_after(now)
    )


def claim_due(session: Session) -> list[Letter]:
    """Claim due mails for this caller to send; commit before sending.

    A mail whose earlier sender died becomes `unknown`. A mail is skipped if its notifications have
    all been read, archived, snoozed or withdrawn, so that nobody is nagged, or if its recipient has
    no address.
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
    """Record that the server accepted the mail."""
    _settle(session, [id_], "sent")


def give_back(session: Session, ids: Sequence[UUID]) -> None:
    """Let the next sender claim these mails, which were claimed and not begun."""
    session.execute(
        update(Mail).where(Mail.id.in_(ids)).values(state="waiting", attempts=Mail.attempts - 1)
    )


def note_unknown(session: Session, id_: UUID, error: str) -> None:
    """Record that the server may have accepted the mail, so that it is not sent again."""
    _settle(session, [id_], "unknown", error)


def note_refused(session: Session, letter: Letter, error: str, *, for_good: bool) -> None:
    """Record that the server refused the mail, and retry later unless `for_good`.

    The pause starts at 30 s and doubles up to an hour; after 10 attempts the mail has failed.
    """
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
    """Return who has recent unread notifications that they wanted in this kind of mail."""
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
    """Queue one mail with everything new for this person.

    Leaves out what an earlier mail contained, even if it is back from a snooze or unread again.
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
) -> dict[str, object]:
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
