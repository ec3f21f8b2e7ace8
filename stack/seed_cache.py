"""The seeded company, built once per version of the code that makes it, and copied where needed.

A copy is the data folder of a PostgreSQL stopped right after the seed, plus the supervisor's marker
files. The broker has none of it yet: the relay publishes the history at the first start, restored
or not. The history ends when it was made, so a copy is good for the same business days only.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from stack.embedded import postgres

ORDERS = 400  # in the history of the demo; tests may do with fewer
ROOT = Path(__file__).parent.parent
PLACE = ROOT / ".cache"
NOTES = ("postgres-password", "prepared", "seeded")
MADE_BY = (
    "areas.py",
    "stack/seed",
    "models",
    "migrations",
    "stack/database.py",
    "stack/directory.ldif",
    "stack/embedded/postgres.py",
    "stack/roles.toml",
    "stack/unprivileged.py",
    "settings.py",
    "requirements.lock",
)


@contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time restore or build the company; others wait."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "company.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def restore(kept: Path, folder: Path) -> bool:
    """Copy the cached company into a stack's empty folder; return False if there is none."""
    if not (kept / "seeded").exists():
        return False
    _copy(kept / "postgres", postgres.data_folder(folder))
    for name in NOTES:
        shutil.copy2(kept / name, folder)
    return True


def keep(folder: Path, kept: Path) -> None:
    """Cache a stack's folder, its PostgreSQL stopped after the seed; remove older copies of that size."""
    unfinished = PLACE / f"unfinished-company-{os.getpid()}"
    unfinished.mkdir(mode=0o755)
    _copy(postgres.data_folder(folder), unfinished / "postgres")
    for name in NOTES:
        shutil.copy2(folder / name, unfinished)
    for old in PLACE.glob(f"{kept.name.rpartition('-')[0]}-*"):
        shutil.rmtree(old)
    unfinished.rename(kept)


def place(orders: int) -> Path:
    """Return where the company of this size, code, and these business days is cached, if it is."""
    return PLACE / f"company-{orders}-{fingerprint(datetime.now(UTC))}"


def fingerprint(now: datetime) -> str:
    """Return a digest of everything that decides what the seed makes.

    Its calendar begins eight weeks before the current day, which starts at 7 in Scranton and counts
    as a business day from 15 on.
    """
    given = [path for name in MADE_BY for path in _files(ROOT / name)]
    known = b"".join(
        str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() for path in given
    )
    local = now.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    days = [(local - timedelta(hours=hour)).date().isoformat() for hour in (7, 15)]
    return hashlib.sha256(known + " ".join(days).encode()).hexdigest()[:12]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix in (".py", ".toml", ".sql"))


def _copy(source: Path, target: Path) -> None:
    """Copy with owners and modes: PostgreSQL runs as another user when we are root."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)
