"""What the profile service answers."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.profile.rules import current_preferences, last_revision, preferences_of_row
from models.profile.tables import Avatar, PersonPreferences, SettingValue
from models.shared.app_settings import BY_NAME, SETTINGS, SOURCE, Setting, read_json
from models.shared.errors import NotFound
from models.shared.history import list_history
from models.shared.preferences import SOURCE as PREFERENCES
from models.shared.preferences import Preferences


class SettingNow(NamedTuple):
    """A setting with what holds now; `revision` 0 and nobody's name where it was never changed."""

    setting: Setting
    value: Any
    revision: int
    changed_by: str | None
    changed_at: datetime | None


class Changed(NamedTuple):
    """What changed after a revision, as of `revision`; `complete` when it is all there is."""

    rows: list[Any]
    revision: int
    complete: bool


def list_settings(session: Session) -> list[SettingNow]:
    """All settings in the table's order."""
    stored = {row.name: row for row in session.execute(select(SettingValue)).scalars()}
    return [_now(setting, stored.get(setting.name)) for setting in SETTINGS]


def get_setting(session: Session, name: str) -> SettingNow:
    """One setting. Raises NotFound."""
    if name not in BY_NAME:
        raise NotFound("setting", name[:60])
    return _now(BY_NAME[name], session.get(SettingValue, name))


def settings_changed_since(session: Session, revision: int) -> Changed:
    """The settings changed after `revision`; all that were ever changed for 0, or for a number not given yet."""
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
    """What this person set; the usual where they set nothing."""
    return current_preferences(session, uid)


def get_avatar(session: Session, uid: str) -> Avatar:
    """This person's picture. Raises NotFound where they have none."""
    found = session.get(Avatar, uid)
    if found is None:
        raise NotFound("picture of", uid[:64])
    return found


def preferences_changed_since(session: Session, revision: int) -> Changed:
    """The preferences that somebody changed after `revision`; all for 0, or for a number not given yet."""
    until = last_revision(session, PREFERENCES)
    complete = not 0 < revision <= until
    row = PersonPreferences
    rows = session.execute(
        select(row)
        .where(row.revision > (0 if complete else revision), row.revision <= until)
        .order_by(row.revision)
    ).scalars()
    return Changed([preferences_of_row(each) for each in rows], until, complete)


def get_setting_history(session: Session, name: str) -> list[Any]:
    """Who changed a setting from what to what, newest first."""
    return list_history(session, "setting", name)


def _now(setting: Setting, row: SettingValue | None) -> SettingNow:
    if row is None:
        return SettingNow(setting, setting.default, 0, None, None)
    return SettingNow(
        setting, read_json(setting, row.value), row.revision, row.changed_by, row.changed_at
    )
