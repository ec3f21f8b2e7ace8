"""How each recipient is notified, by their preferences; decided once and fixed in the event."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.shared.settings.preferences import (
    Mail,
    Preferences,
    preferences_of_all,
    stand_in_for,
)
from models.wuphf.audiences import Telling


class Delivery(NamedTuple):
    """How one notification is delivered; it always appears in the inbox.

    With `bell` it counts and shows a toast. Toast and mail wait until `quiet_until`.
    """

    bell: bool
    mail: Mail
    quiet_until: datetime | None


def with_stand_ins(
    session: Session, told: dict[str, Telling], actor: str, at: datetime
) -> dict[str, Telling]:
    """Add the delegates of recipients who are out of office, for urgent notifications and requests.

    Nobody is notified twice, or of what they did themselves (`actor`) unless it answers them.
    """
    pressing = {
        uid: telling for uid, telling in told.items() if telling.priority == "high" or telling.asks
    }
    standing_in = {uid: stand_in_for(session, uid, at) for uid in sorted(pressing)}
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
