"""What a person set for themselves, as every service understands it: looks, clock, what rings and when, who stands in.

The profile service owns it; others read their projection (`preferences_of`), which follows within seconds.
"""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from models.shared.pulled import pulled_record, pulled_records

SOURCE = "preferences"
HOME_ZONE = "America/New_York"
THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
MAILS = (
    ("off", "No mail"),
    ("digest", "In the daily mail"),
    ("hourly", "In a mail every hour"),
    ("each", "A mail each"),
)
CATEGORIES = (
    ("orders", "Orders"),
    ("shipments", "Shipments"),
    ("stock", "Stock"),
    ("clients", "Clients"),
    ("leads", "Leads"),
    ("expenses", "Expenses"),
    ("broadcasts", "WUPHFs to groups"),
    ("system", "The system"),
)
LONGEST_CHAIN = 5  # of people who are away and stand in for each other

Mail = Literal["off", "digest", "hourly", "each"]


class Channels(msgspec.Struct, frozen=True):
    """How news of one category come. Without `bell` they stand in the inbox, and nothing rings or counts."""

    bell: bool = True
    mail: Mail = "digest"


class SavedView(msgspec.Struct, frozen=True):
    """The state of a list under a name: its query string, without place. `opens`: the list opens with it."""

    name: str
    query: str
    opens: bool = False


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one person set. Quiet hours are wall-clock times of their zone, and may pass midnight.

    `notify` has the categories that differ from `Channels()`. They are out of office from `away_from` through
    `away_until`, both days included; `delegate` decides for them meanwhile. `avatar` is the
    digest of their picture, empty where they have none: then their initials stand for them. `views` are by the
    list's path.
    """

    uid: str = ""
    revision: int = 0
    theme: Literal["auto", "light", "dark"] = "auto"
    density: Literal["comfortable", "compact"] = "comfortable"
    time_zone: str = HOME_ZONE
    start_page: str = ""
    notify: dict[str, Channels] = {}
    quiet_from: time | None = None
    quiet_until: time | None = None
    away_from: date | None = None
    away_until: date | None = None
    delegate: str | None = None
    avatar: str = ""
    views: dict[str, list[SavedView]] = {}

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone; the office's where this machine does not know it."""
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(HOME_ZONE)

    def channels(self, category: str) -> Channels:
        """How news of this category come; the usual way for one that is not known yet."""
        return self.notify.get(category, Channels())

    def is_away(self, at: datetime) -> bool:
        """Whether they are out of office at this moment, by their own calendar."""
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= at.astimezone(self.zone).date() <= self.away_until

    def quiet_until_after(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold at this moment end; None outside of them."""
        if (
            self.quiet_from is None
            or self.quiet_until is None
            or self.quiet_from == self.quiet_until
        ):
            return None
        here = at.astimezone(self.zone)
        end = datetime.combine(here.date(), self.quiet_until, self.zone)
        begin = datetime.combine(here.date(), self.quiet_from, self.zone)
        if begin < end:
            return end if begin <= here < end else None
        if here >= begin:
            return datetime.combine(here.date() + timedelta(days=1), self.quiet_until, self.zone)
        return end if here < end else None


def read_record(record: dict[str, object] | None) -> Preferences:
    """The preferences in a record as served or pulled; the usual ones where there is none or it cannot be read."""
    try:
        return msgspec.convert(record or {}, Preferences, strict=False)
    except msgspec.ValidationError:
        return Preferences()


def as_record(preferences: Preferences) -> dict[str, object]:
    """The preferences as plain JSON values, as they are served."""
    record: dict[str, object] = msgspec.to_builtins(preferences)
    return record


def preferences_of(session: Session, uid: str) -> Preferences:
    """What this person set, as last pulled into the schema of this session."""
    return read_record(pulled_record(session, SOURCE, uid))


def preferences_of_all(session: Session, uids: set[str]) -> dict[str, Preferences]:
    """What each of them set, as last pulled; everybody is in the answer."""
    known = pulled_records(session, SOURCE, uids)
    return {uid: read_record(known.get(uid)) for uid in uids}


def stand_in_for(session: Session, uid: str, at: datetime) -> str | None:
    """Who decides in this person's place while they are out of office, as last pulled.

    None when they are there. Where the delegate is away too, the delegate's delegate; None when nobody of the
    chain is there, or it closes in a circle.
    """
    seen, current = {uid}, preferences_of(session, uid)
    for _ in range(LONGEST_CHAIN):
        if not current.is_away(at) or not current.delegate or current.delegate in seen:
            return None
        delegate = current.delegate
        seen.add(delegate)
        current = preferences_of(session, delegate)
        if not current.is_away(at):
            return delegate
    return None
