"""How each recipient is notified, by their preferences; decided once and fixed in the event."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.shared.settings.delegates import delegate_of
from models.shared.settings.preferences import (
    Mail,
    Preferences,
    away_at,
    preferences_of_all,
)
from models.wuphf.notifications.shape import Telling
from models.wuphf.people import people_by_uid


class Delivery(NamedTuple):
    """How one notification is delivered; it always appears in the inbox.

    With `bell` it counts and shows a toast. Toast and mail wait until `quiet_until`.
    """

    bell: bool
    mail: Mail
    quiet_until: datetime | None


def with_stand_ins(
    session: Session, told: dict[str, Telling], actor: str, owner: str, at: datetime
) -> dict[str, Telling]:
    """Add the delegates of recipients who are out of office, for urgent notifications and requests.

    Decisions on what `owner` wants are left out: the area that asks for them names those who may
    decide, delegates included. Nobody is notified twice, or of what they did themselves (`actor`)
    unless it answers them.
    """
    pressing = {
        uid
        for uid, telling in told.items()
        if (telling.priority == "high" or telling.asks) and not telling.decides
    }
    if not pressing:
        return told
    away, people = away_at(session, at), people_by_uid(session)
    standing_in = {uid: delegate_of(uid, owner, away, people) for uid in sorted(pressing)}
    more = {
        delegate: told[uid]
        for uid, delegate in standing_in.items()
        if delegate and (delegate != actor or told[uid].answers)
    }
    return more | told


def deliveries_of(session: Session, told: dict[str, Telling], at: datetime) -> dict[str, Delivery]:
    """Return how each recipient is notified, by uid."""
    known = preferences_of_all(session, set(told))
    return {uid: _delivery(known[uid], telling, at) for uid, telling in told.items()}


def _delivery(preferences: Preferences, telling: Telling, at: datetime) -> Delivery:
    wanted = preferences.channels(telling.category)
    return Delivery(wanted.bell, wanted.mail, preferences.quiet_until_after(at))
