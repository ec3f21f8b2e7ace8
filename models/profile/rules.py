"""What must hold for what the profile service keeps: the order of changes, and what a setting may be."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.profile.tables import Revision, SettingValue
from models.shared.app_settings import BY_NAME, parse, read_json
from models.shared.errors import Invalid, NotFound


class Change(NamedTuple):
    """A setting as a person typed it, and what they saw before they did (as typed, too)."""

    was: str
    new: str


def take_revision(session: Session, source: str) -> int:
    """The next number for a change of `source`. Held until the end of the transaction, so numbers follow commits."""
    added = upsert(Revision).values(source=source, n=1)
    return session.execute(
        added.on_conflict_do_update(index_elements=["source"], set_={"n": Revision.n + 1}).returning(Revision.n)
    ).scalar_one()


def last_revision(session: Session, source: str) -> int:
    """The number of the last change of `source`; 0 before the first."""
    return session.execute(select(Revision.n).where(Revision.source == source)).scalar() or 0


def current_settings(session: Session) -> dict[str, Any]:
    """What holds now, by name: what was set, else the default."""
    stored = {row.name: row.value for row in session.execute(select(SettingValue.name, SettingValue.value))}
    return {name: read_json(setting, stored[name]) if name in stored else setting.default
            for name, setting in BY_NAME.items()}


def parse_settings(changes: Mapping[str, Change]) -> dict[str, Any]:
    """The values wanted, by name. Raises Invalid with a sentence per setting, NotFound for one that is none."""
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
