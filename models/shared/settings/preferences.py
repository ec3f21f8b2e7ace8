"""A person's own preferences, as every service reads them.

They cover appearance, time zone, notifications, quiet hours, out of office and the delegate. The
profile service owns them; other services read their projection with `preferences_of`, which catches
up within seconds.
"""

from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.settings.delegates import Absence
from models.shared.settings.pulled_records import pulled_record, pulled_records

SOURCE = "preferences"
HOME_ZONE = clock.OFFICE.key
Theme = Literal["auto", "light", "dark"]
Density = Literal["comfortable", "compact"]
THEMES: tuple[Theme, ...] = get_args(Theme)
DENSITIES: tuple[Density, ...] = get_args(Density)
MAILS = (
    ("off", "No email"),
    ("digest", "Daily digest"),
    ("hourly", "Hourly digest"),
    ("each", "Immediately"),
)
CATEGORIES = (
    ("orders", "Orders"),
    ("shipments", "Shipments"),
    ("stock", "Stock"),
    ("clients", "Clients"),
    ("leads", "Leads"),
    ("expenses", "Expenses"),
    ("broadcasts", "Group WUPHFs"),
    ("account", "Your account"),
    ("system", "System"),
)

Mail = Literal["off", "digest", "hourly", "each"]


class Channels(msgspec.Struct, frozen=True):
    """How notifications of one category are delivered.

    Without `bell` they appear in the inbox but do not ring or count.
    """

    bell: bool = True
    mail: Mail = "digest"


class SavedView(msgspec.Struct, frozen=True):
    """A named state of a list: its query string, without the page position.

    `opens`: the list opens with this view.
    """

    name: str
    query: str
    opens: bool = False


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one person has set.

    Quiet hours are local times in their time zone and may span midnight. `notify` holds the
    categories that differ from `Channels()`. They are out of office from `away_from` through
    `away_until`, both days included, and `delegate` decides for them during that time. `avatar` is
    the digest of their picture, or empty if they have none and their initials are shown. `views`
    and `columns`, the names of those chosen in order, are keyed by the list's path.
    """

    uid: str = ""
    revision: int = 0
    theme: Theme = "auto"
    density: Density = "comfortable"
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
    columns: dict[str, list[str]] = {}

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone, or the office's if this machine does not know it."""
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(HOME_ZONE)

    def channels(self, category: str) -> Channels:
        """Return how notifications of this category are delivered, by default if not set."""
        return self.notify.get(category, Channels())

    def is_away(self, at: datetime) -> bool:
        """Return whether they are out of office at this time, by the date in their time zone."""
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= at.astimezone(self.zone).date() <= self.away_until

    def quiet_until_after(self, at: datetime) -> datetime | None:
        """Return when the quiet hours in effect at `at` end, or None outside quiet hours."""
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
    """Parse a record as served or pulled. Returns the defaults if it is missing or invalid."""
    try:
        return msgspec.convert(record or {}, Preferences, strict=False)
    except msgspec.ValidationError:
        return Preferences()


def as_record(preferences: Preferences) -> dict[str, object]:
    """Return the preferences as plain JSON values, as they are served."""
    record: dict[str, object] = msgspec.to_builtins(preferences)
    return record


def preferences_of(session: Session, uid: str) -> Preferences:
    """Return this person's preferences, as last pulled into the session's schema."""
    return read_record(pulled_record(session, SOURCE, uid))


def preferences_of_all(session: Session, uids: set[str]) -> dict[str, Preferences]:
    """Return the preferences of every uid given, as last pulled; defaults for unknown people."""
    known = pulled_records(session, SOURCE, uids)
    return {uid: read_record(known.get(uid)) for uid in uids}


def away_at(session: Session, at: datetime) -> dict[str, Absence]:
    """Return who is out of office at this time, by uid, as last pulled.

    Each by the date in their own time zone.
    """
    known = {uid: read_record(each) for uid, each in pulled_records(session, SOURCE).items()}
    return {
        uid: Absence(each.delegate or "", each.away_from, each.away_until)
        for uid, each in known.items()
        if each.away_from and each.away_until and each.is_away(at)
    }
