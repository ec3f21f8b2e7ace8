"""How the snapshots of the database stand: read by who takes them, by an operator's command and by web's /readyz.

What a look at the files cannot tell (that the last try failed, that a checksum is wrong) is noted
in the folder beside them.
"""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from models.shared import clock
from settings import settings

log = logging.getLogger(__name__)
EVERY = timedelta(days=1)
LATE = EVERY + timedelta(hours=3)
FORM = "%Y%m%dT%H%M%SZ"
PARTS = ("manifest.json", "roles.sql", "database.dump")
NOTES = "notes.json"


class Notes(msgspec.Struct, kw_only=True):
    """What was found: when all were last read through, what is wrong with which, and why the last
    try failed, if it did.
    """

    read_through_at: datetime | None = None
    damaged: dict[str, str] = {}
    failed_at: datetime | None = None
    why: str = ""


class Standing(msgspec.Struct, kw_only=True):
    """`state` is `off`, `good`, `failed` (the last try), `damaged` (one of those kept) or `late`; `says` tells why."""

    state: str
    last_good: datetime | None = None
    says: list[str] = []


def standing() -> Standing:
    """How they stand now. The worst comes first: a lack of any good one, a failure, a damage."""
    if not (name := settings().snapshot_folder):
        return Standing(state="off")
    folder = Path(name)
    last, found, says = last_good(folder), notes(folder), []
    if last is None:
        says.append("There is no good snapshot.")
    elif (age := clock.now() - last) > LATE:
        says.append(f"The last good one is {age // timedelta(hours=1)} h old.")
    is_late = bool(says)
    if found.failed_at:
        says.append(f"The try of {found.failed_at:%Y-%m-%d %H:%M} UTC failed: {found.why}")
    says += [
        f"{each}: {fault}"
        for each, fault in sorted(found.damaged.items())
        if (folder / each).exists()
    ]
    state = "late" if is_late else "failed" if found.failed_at else "damaged" if says else "good"
    return Standing(state=state, last_good=last, says=says)


def last_good(folder: Path) -> datetime | None:
    """When the newest one was taken that is whole and not known to be damaged."""
    damaged = notes(folder).damaged
    found = [
        moment_of(each) for each in listed(folder) if each.name not in damaged and not missing(each)
    ]
    return found[-1] if found else None


def listed(folder: Path) -> list[Path]:
    """All that have a name, oldest first."""
    return sorted(each for each in folder.glob("[0-9]*T*Z") if each.is_dir())


def moment_of(snapshot: Path) -> datetime:
    """When it was taken."""
    return datetime.strptime(snapshot.name, FORM).replace(tzinfo=UTC)


def missing(snapshot: Path) -> list[str]:
    """A sentence for each file that should be there and is not."""
    return [f"{name} is missing" for name in PARTS if not (snapshot / name).exists()]


def notes(folder: Path) -> Notes:
    """What was noted; nothing, where there is no note or none that can be read."""
    try:
        return msgspec.json.decode((folder / NOTES).read_bytes(), type=Notes)
    except (OSError, msgspec.MsgspecError):
        return Notes()


def note(folder: Path, new: Notes) -> None:
    """Keeps it, whole or not at all; where even that cannot be written, the log says so."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{NOTES}"
        unfinished.write_bytes(msgspec.json.encode(new))
        unfinished.replace(folder / NOTES)
    except OSError as error:
        log.error("what is known of the snapshots could not be noted: %s", error)
