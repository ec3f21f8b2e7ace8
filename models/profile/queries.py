"""Queries of the profile service: settings, preferences, avatars."""

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.profile.rules import current_preferences, last_revision, preferences_of_row
from models.profile.tables import Avatar, PersonPreferences, SettingValue
from models.shared.errors import NotFound
from models.shared.records.history import HistoryEntry, list_history
from models.shared.settings.company import (
    BY_NAME,
    SETTINGS,
    SOURCE,
    Setting,
    Value,
    read_json,
)
from models.shared.settings.preferences import SOURCE as PREFERENCES
from models.shared.settings.preferences import Preferences

Record = TypeVar("Record")


class SettingNow(NamedTuple):
    """A setting and its current value; `revision` 0 and no `changed_by` if it was never changed."""

    setting: Setting
    value: Value
    revision: int
    changed_by: str | None
    changed_at: datetime | None


class Changed(NamedTuple, Generic[Record]):
    """The rows changed after a revision, as of `revision`; `complete` if they are all there are."""

    rows: list[Record]
    revision: int
    complete: bool


def list_settings(session: Session) -> list[SettingNow]:
    """Return all settings, in the order of SETTINGS."""
    stored = {row.name: row for row in session.execute(select(SettingValue)).scalars()}
    return [_now(setting, stored.get(setting.name)) for setting in SETTINGS]


def get_setting(session: Session, name: str) -> SettingNow:
    """Return one setting. Raises NotFound."""
    if name not in BY_NAME:
        raise NotFound("setting", name[:60])
    return _now(BY_NAME[name], session.get(SettingValue, name))


def settings_changed_since(session: Session, revision: int) -> Changed[SettingNow]:
    """Return the settings changed after `revision`.

    Returns every setting that was ever changed for 0, or for a revision that does not exist yet.
    """
    until = last_revision(session, SOURCE)
    complete = not 0 < revision <= until
    after = 0 if complete else revision
    rows = session.execute(
        select(SettingValue)
        .where(SettingValue.revision > after, SettingValue.revision <= until)
        .order_by(SettingValue.revision, SettingValue.name)
    ).scalars()
    return Changed(
        [_now(BY_NAME[row.name], row) for row in rows if row.name in BY_NAME], until, complete
    )


def get_preferences(session: Session, uid: str) -> Preferences:
    """Return this person's preferences, or the defaults if they set none."""
    return current_preferences(session, uid)


def get_avatar(session: Session, uid: str) -> Avatar:
    """Return this person's avatar. Raises NotFound if they have none."""
    found = session.get(Avatar, uid)
    if found is None:
        raise NotFound("photo of", uid[:64])
    return found


def preferences_changed_since(session: Session, revision: int) -> Changed[Preferences]:
    """Return the preferences changed after `revision`.

    Returns all stored preferences for 0, or for a revision that does not exist yet.
    """
    until = last_revision(session, PREFERENCES)
    complete = not 0 < revision <= until
    row = PersonPreferences
    rows = session.execute(
        select(row)
        .where(row.revision > (0 if complete else revision), row.revision <= until)
        .order_by(row.revision)
    ).scalars()
    return Changed([preferences_of_row(each) for each in rows], until, complete)


def get_setting_history(session: Session, name: str) -> list[HistoryEntry]:
    """Return who changed a setting, from what and to what, newest first."""
    return list_history(session, "setting", name)


def _now(setting: Setting, row: SettingValue | None) -> SettingNow:
    if row is None:
        return SettingNow(setting, setting.default, 0, None, None)
    return SettingNow(
        setting, read_json(setting, row.value), row.revision, row.changed_by, row.changed_at
    )
