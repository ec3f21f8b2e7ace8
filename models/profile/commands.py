"""Commands of the profile service: company settings, personal preferences, avatars."""

import hashlib
from collections.abc import Mapping
from typing import cast

import msgspec
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.profile.rules import (
    Change,
    current_preferences,
    current_settings,
    parse_settings,
    refuse_impossible,
    take_revision,
)
from models.profile.tables import Avatar, PersonPreferences, SettingValue
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import Stale
from models.shared.records.history import write_history
from models.shared.settings.company import (
    BY_NAME,
    SOURCE,
    Value,
    as_json,
    same,
    shown,
)
from models.shared.settings.preferences import SOURCE as PREFERENCES
from models.shared.settings.preferences import Channels, Preferences


def change_settings(session: Session, changes: Mapping[str, Change]) -> list[str]:
    """Change the settings whose new value differs from what the person saw; return their names.

    Changes all of them or none. Raises Invalid (a message per setting), NotFound (no such setting),
    Stale if somebody else changed one of them meanwhile.
    """
    wanted = {
        name: new
        for name, new in parse_settings(changes).items()
        if not same(BY_NAME[name], changes[name].was, changes[name].new)
    }
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
    """Change one setting that was read at `revision` (0: never changed).

    Raises the errors of `change_settings`.
    """
    new = parse_settings({name: Change("", typed)})[name]
    taken = take_revision(session, SOURCE)
    known, before = session.get(SettingValue, name), current_settings(session)[name]
    if (known.revision if known else 0) != revision:
        raise Stale(
            f"{BY_NAME[name].label} changed since you read it.", {name: (None, shown(before))}
        )
    if new != before:
        _set(session, name, new, taken)
        write_history(session, "setting", name, "changed", was=shown(before), now=shown(new))


def set_preferences(
    session: Session, wanted: Mapping[str, object], revision: int | None = None
) -> Preferences:
    """Set these fields of the actor's preferences, leave the others, and return the result.

    `revision` is the one that the person saw, or None to change them whatever it is now. Raises
    Invalid (a message per field), Stale with the fields that the person wanted to set.
    """
    uid = current_actor(session)
    taken, before = take_revision(session, PREFERENCES), current_preferences(session, uid)
    if revision is not None and revision != before.revision:
        raise Stale(
            "Your preferences changed since you opened this page, maybe in another tab.",
            {name: (None, getattr(before, name)) for name in wanted},
        )
    after = msgspec.structs.replace(
        before,
        **{
            **wanted,
            "notify": _exceptions(
                cast("Mapping[str, Channels]", wanted.get("notify", before.notify))
            ),
        },
    )
    refuse_impossible(uid, after, clock.now().astimezone(after.zone).date())
    changed = {
        name: value
        for name, value in msgspec.to_builtins(after).items()
        if value != msgspec.to_builtins(getattr(before, name))
    }
    if not changed:
        return before
    after = msgspec.structs.replace(after, revision=taken)
    _keep_preferences(session, after)
    write_history(session, "preferences", uid, "changed", **changed)
    return after


def set_avatar(session: Session, picture: bytes | None) -> Preferences:
    """Store `picture` (from `pictures.make_avatar`) as the actor's avatar; None removes it.

    Returns the resulting preferences.
    """
    uid = current_actor(session)
    taken, before = take_revision(session, PREFERENCES), current_preferences(session, uid)
    digest = hashlib.sha256(picture).hexdigest()[:16] if picture else ""
    if digest == before.avatar:
        return before
    if picture:
        made = {"digest": digest, "picture": picture, "made_at": clock.now()}
        session.execute(
            upsert(Avatar)
            .values(uid=uid, **made)
            .on_conflict_do_update(index_elements=["uid"], set_=made)
        )
    else:
        session.execute(delete(Avatar).where(Avatar.uid == uid))
    after = msgspec.structs.replace(before, avatar=digest, revision=taken)
    _keep_preferences(session, after)
    write_history(session, "preferences", uid, "changed", avatar=bool(digest))
    return after


def keep_changed(session: Session, before: Preferences, **changed: object) -> Preferences:
    """Store the fields that a command changed in a person's preferences; return the result."""
    after = msgspec.structs.replace(before, **changed, revision=take_revision(session, PREFERENCES))
    _keep_preferences(session, after)
    write_history(session, "preferences", after.uid, "changed", **msgspec.to_builtins(changed))
    return after


def _exceptions(notify: Mapping[str, Channels]) -> dict[str, Channels]:
    """Keep only what differs from the default.

    A later change of the default then reaches everybody who did not choose otherwise.
    """
    return {category: channels for category, channels in notify.items() if channels != Channels()}


def _keep_preferences(session: Session, kept: Preferences) -> None:
    fields = {
        name: getattr(kept, name)
        for name in kept.__struct_fields__
        if name not in ("uid", "notify", "views")
    }
    fields |= {"notify": msgspec.to_builtins(kept.notify), "views": msgspec.to_builtins(kept.views)}
    added = upsert(PersonPreferences).values(uid=kept.uid, **fields)
    session.execute(added.on_conflict_do_update(index_elements=["uid"], set_=fields))
    session.expire_all()


def _refuse_stale(
    changes: Mapping[str, Change], wanted: Mapping[str, Value], before: Mapping[str, Value]
) -> None:
    overtaken: dict[str, tuple[object, object]] = {
        name: (changes[name].was, shown(before[name]))
        for name, new in wanted.items()
        if before[name] != new and not same(BY_NAME[name], changes[name].was, shown(before[name]))
    }
    if overtaken:
        names = ", ".join(BY_NAME[name].label for name in overtaken)
        raise Stale(
            f"Someone else changed these settings since you opened the page: {names}.", overtaken
        )


def _set(session: Session, name: str, new: Value, revision: int) -> None:
    stamp = {
        "value": as_json(new),
        "revision": revision,
        "changed_by": current_actor(session),
        "changed_at": clock.now(),
    }
    added = upsert(SettingValue).values(name=name, **stamp)
    session.execute(added.on_conflict_do_update(index_elements=["name"], set_=stamp))
