"""The state of the database snapshots on disk.

Read by the process that takes them, by the operator's command and by web's /readyz. Facts that the
files themselves do not show (the last attempt failed, a checksum is wrong) are stored in the same
folder.
"""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from models.shared import clock, dates
from settings import settings

log = logging.getLogger(__name__)
EVERY = timedelta(days=1)
LATE = EVERY + timedelta(hours=3)
PARTS = ("manifest.json", "roles.sql", "database.dump")
NOTES = "notes.json"


class Notes(msgspec.Struct, kw_only=True):
    """What is known about the snapshots beyond their files.

    Holds when all of them were last verified, what is wrong with which (`damaged`), and when and
    why the last attempt failed, if it did.
    """

    read_through_at: datetime | None = None
    damaged: dict[str, str] = {}
    failed_at: datetime | None = None
    why: str = ""


class Standing(msgspec.Struct, kw_only=True):
    """The state of the snapshots; `says` holds the reasons.

    `state` is `off`, `good`, `failed` (the last attempt), `damaged` (a stored snapshot) or `late`.
    """

    state: str
    last_good: datetime | None = None
    says: list[str] = []


def standing() -> Standing:
    """Return the current state. The worst comes first: no recent good snapshot, failure, damage."""
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
        says.append(
            f"The attempt at {dates.minute(found.failed_at.astimezone(UTC))} failed: {found.why}"
        )
    says += [
        f"{each}: {fault}"
        for each, fault in sorted(found.damaged.items())
        if (folder / each).exists()
    ]
    state = "late" if is_late else "failed" if found.failed_at else "damaged" if says else "good"
    return Standing(state=state, last_good=last, says=says)


def last_good(folder: Path) -> datetime | None:
    """Return when the newest complete snapshot that is not known to be damaged was taken."""
    damaged = notes(folder).damaged
    found = [
        moment_of(each) for each in listed(folder) if each.name not in damaged and not missing(each)
    ]
    return found[-1] if found else None


def listed(folder: Path) -> list[Path]:
    """Return all snapshot folders with a valid name, oldest first."""
    return sorted(each for each in folder.glob("[0-9]*T*Z") if each.is_dir())


def moment_of(snapshot: Path) -> datetime:
    """Return when the snapshot was taken."""
    return dates.from_compact(snapshot.name)


def missing(snapshot: Path) -> list[str]:
    """Return a sentence for each file that is missing from the snapshot."""
    return [f"{name} is missing" for name in PARTS if not (snapshot / name).exists()]


def notes(folder: Path) -> Notes:
    """Return the stored notes, or empty ones if there are none or they cannot be read."""
    try:
        return msgspec.json.decode((folder / NOTES).read_bytes(), type=Notes)
    except (OSError, msgspec.MsgspecError):
        return Notes()


def note(folder: Path, new: Notes) -> None:
    """Store the notes atomically. If they cannot be written, log the error."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{NOTES}"
        unfinished.write_bytes(msgspec.json.encode(new))
        unfinished.replace(folder / NOTES)
    except OSError as error:
        log.error("cannot write the snapshot notes: %s", error)
