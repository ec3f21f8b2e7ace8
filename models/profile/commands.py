"""What the profile service does."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.profile.rules import Change, current_settings, parse_settings, take_revision
from models.profile.tables import SettingValue
from models.shared import clock
from models.shared.app_settings import BY_NAME, SOURCE, as_json, same, shown
from models.shared.errors import Stale
from models.shared.history import write_history


def change_settings(session: Session, changes: Mapping[str, Change]) -> list[str]:
    """Changes the settings whose new value differs from what the person saw; the names of those.

    Raises Invalid (a sentence per setting), NotFound (no such setting), Stale when one of them was changed by
    somebody else meanwhile. Either all are changed or none.
    """
    wanted = {name: new for name, new in parse_settings(changes).items()
              if not same(BY_NAME[name], changes[name].was, changes[name].new)}
    if not wanted:
        return []
    revision = take_revision(session, SOURCE)
    before = current_settings(session)
    _refuse_stale(changes, wanted, before)
    for name, new in wanted.items():
        _set(session, name, new, revision)
        write_history(session, "setting", name, "changed", was=shown(before[name]), now=shown(new))
    return sorted(wanted)


def change_setting(session: Session, name: str, typed: str, revision: int) -> None:
    """Changes one setting that was read at `revision` (0: never changed). Raises as `change_settings`."""
    new = parse_settings({name: Change("", typed)})[name]
    taken = take_revision(session, SOURCE)
    known, before = session.get(SettingValue, name), current_settings(session)[name]
    if (known.revision if known else 0) != revision:
        raise Stale(f"{BY_NAME[name].label} changed since you read it.", {name: (None, shown(before))})
    if new != before:
        _set(session, name, new, taken)
        write_history(session, "setting", name, "changed", was=shown(before), now=shown(new))


def _refuse_stale(changes: Mapping[str, Change], wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    overtaken: dict[str, tuple[object, object]] = {
        name: (changes[name].was, shown(before[name])) for name, new in wanted.items()
        if before[name] != new and not same(BY_NAME[name], changes[name].was, shown(before[name]))
    }
    if overtaken:
        names = ", ".join(BY_NAME[name].label for name in overtaken)
        raise Stale(f"Somebody else changed this since you opened the page: {names}.", overtaken)


def _set(session: Session, name: str, new: Any, revision: int) -> None:
    stamp = {"value": as_json(new), "revision": revision, "changed_by": session.info["actor"], "changed_at": clock.now()}
    added = upsert(SettingValue).values(name=name, **stamp)
    session.execute(added.on_conflict_do_update(index_elements=["name"], set_=stamp))
