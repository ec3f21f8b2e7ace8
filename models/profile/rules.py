"""Rules of the profile service: revision numbers, and validation of settings and preferences."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from zoneinfo import available_timezones

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.profile.tables import PersonPreferences, Revision, SettingValue
from models.shared.errors import Invalid, NotFound
from models.shared.settings.company import BY_NAME, Value, parse, read_json
from models.shared.settings.preferences import (
    CATEGORIES,
    Channels,
    Preferences,
    SavedView,
)


class Change(NamedTuple):
    """A setting as a person typed it, and the value they saw before, also as typed."""

    was: str
    new: str


def take_revision(session: Session, source: str) -> int:
    """Take the next revision number of `source`.

    Its row stays locked until the transaction ends, so revisions follow the order of commits.
    """
    added = upsert(Revision).values(source=source, n=1)
    return session.execute(
        added.on_conflict_do_update(
            index_elements=["source"], set_={"n": Revision.n + 1}
        ).returning(Revision.n)
    ).scalar_one()


def last_revision(session: Session, source: str) -> int:
    """Return the revision of the last change of `source`; 0 before the first."""
    return session.execute(select(Revision.n).where(Revision.source == source)).scalar() or 0


def current_settings(session: Session) -> dict[str, Value]:
    """Return the current settings by name: the stored value, or the default."""
    stored = {
        row.name: row.value
        for row in session.execute(select(SettingValue.name, SettingValue.value))
    }
    return {
        name: read_json(setting, stored[name]) if name in stored else setting.default
        for name, setting in BY_NAME.items()
    }


def parse_settings(changes: Mapping[str, Change]) -> dict[str, Value]:
    """Parse the wanted values, by name.

    Raises Invalid with a message per setting, NotFound for an unknown setting.
    """
    wanted, errors = {}, {}
    for name, change in changes.items():
        if name not in BY_NAME:
            raise NotFound("setting", name[:60])
        try:
            wanted[name] = parse(BY_NAME[name], change.new)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return wanted


def current_preferences(session: Session, uid: str) -> Preferences:
    """Return this person's preferences, or the defaults if they set none."""
    row = session.get(PersonPreferences, uid)
    return preferences_of_row(row) if row else Preferences(uid=uid)


def preferences_of_row(row: PersonPreferences) -> Preferences:
    """Convert the row to the type that all services share."""
    fields = {
        name: getattr(row, name)
        for name in Preferences.__struct_fields__
        if name not in ("notify", "views")
    }
    return Preferences(
        **fields,
        notify=msgspec.convert(row.notify, dict[str, Channels]),
        views=msgspec.convert(row.views, dict[str, list[SavedView]]),
    )


def refuse_impossible(uid: str, wanted: Preferences, today: date) -> None:
    """Raise Invalid with a message per invalid field.

    `today` is the date in the person's time zone.
    """
    checks = {
        "time_zone": (
            wanted.time_zone in available_timezones(),
            "Choose a valid time zone, such as America/New_York.",
        ),
        "start_page": (
            re.fullmatch(r"(\w{1,30}\.\w{1,30})?", wanted.start_page, re.ASCII),
            "Choose a page from the list.",
        ),
        "notify": (set(wanted.notify) <= set(dict(CATEGORIES)), "Choose a category from the list."),
        "quiet_until": (
            (wanted.quiet_from is None) == (wanted.quiet_until is None),
            "Enter both a start and an end for quiet hours.",
        ),
        "quiet_from": (
            not any(at and at.tzinfo for at in (wanted.quiet_from, wanted.quiet_until)),
            "Enter the time without a time zone.",
        ),
        "away_until": (
            (wanted.away_from is None) == (wanted.away_until is None),
            "Enter both the first and the last day.",
        ),
        "delegate": (
            wanted.delegate != uid,
            "Choose someone other than yourself as your delegate.",
        ),
    }
    errors = {name: words for name, (fine, words) in checks.items() if not fine}
    if wanted.away_from and wanted.away_until:
        if wanted.away_until < wanted.away_from:
            errors["away_until"] = "Enter a last day on or after the first day."
        elif wanted.away_until < today:
            errors["away_until"] = "Enter a last day that is not in the past."
    elif wanted.delegate and "away_until" not in errors:
        errors["away_until"] = "Enter the first and last day your delegate covers."
    if errors:
        raise Invalid(errors)
