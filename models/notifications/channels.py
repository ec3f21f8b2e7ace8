"""How each person hears of what they are told, by what they set for themselves; decided once, frozen in the notice."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.notifications.tellings import Telling
from models.shared.preferences import Mail, Preferences, preferences_of_all, stand_in_for


class Delivery(NamedTuple):
    """`bell`: it counts and shows a toast, which waits until `quiet_until`, as the mail does. The row always comes."""

    bell: bool
    mail: Mail
    quiet_until: datetime | None


def with_stand_ins(
    session: Session, told: dict[str, Telling], actor: str, at: datetime
) -> dict[str, Telling]:
    """What is pressing, or asks for something, reaches whoever stands in for a person who is out of office, too.

    Nobody hears it twice, nor of what they did themselves (`actor`).
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
    """Recipient → how they hear of it."""
    known = preferences_of_all(session, set(told))
    return {uid: _delivery(known[uid], telling, at) for uid, telling in told.items()}


def _delivery(preferences: Preferences, telling: Telling, at: datetime) -> Delivery:
    wanted = preferences.channels(telling.category)
    return Delivery(wanted.bell, wanted.mail, preferences.quiet_until_after(at))
