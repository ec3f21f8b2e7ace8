"""Turn expected failures into one line: the cause, the next step, the log."""

import errno
import os
import pwd
import re
from pathlib import Path

FRESH = "Start over with `make demo FRESH=1`, which deletes this data"
SPACE = "Free some space and start again"
# A pattern of a program's output, the cause in our words, the next step.
KNOWN = (
    (r"No space left on device|ENOSPC|os error 28\b|DiskFull", "The disk is full", SPACE),
    (r"Disk quota exceeded|EDQUOT", "The disk quota is used up", SPACE),
    (
        r"Read-only file system|EROFS",
        "The file system is mounted read-only",
        "Move the folder to a writable file system",
    ),
    (
        r"could not look up effective user ID|user does not exist",
        "This user has no name in /etc/passwd, and PostgreSQL needs one",
        "Run as a user who has one, or as root",
    ),
    (
        r"Cannot allocate memory|could not map anonymous shared memory|MemoryError",
        "There is too little memory",
        "Close other programs, or allow the container 2 GB",
    ),
    (
        r"could not bind .*Address already in use|lock file \"postmaster.pid\" already exists",
        "Another server uses the same port or data",
        "Stop it and start again",
    ),
    (
        r"database files are incompatible|not a valid data directory|checkpoint record|PANIC:"
        r"|invalid data in file|has invalid permissions|has wrong ownership"
        r"|could not (open|read) (file|directory) \"(base|global|pg_)|contains invalid data"
        r"|/postgresql.conf\": No such file|cannot access the server configuration file",
        "The data of the last run is damaged",
        FRESH,
    ),
)
_TELLING = re.compile(r"FATAL|PANIC|ERROR|[Ee]rror|denied|refused|failed|cannot|could not")


class Failure(Exception):
    """A failure in one line: cause, next step and log.

    The program's last output is attached as a note.
    """

    def __init__(
        self, cause: str, step: str = "", log: Path | None = None, words: str = ""
    ) -> None:
        head, _, rest = cause.strip().partition("\n")
        self.cause, self.step, self.log = head.rstrip(".: "), step.rstrip("."), log
        super().__init__(self.cause)
        if said := "\n".join(filter(None, (rest, words))):
            self.add_note(said)

    def __str__(self) -> str:
        parts = (self.cause, self.step, f"Log: {self.log}" if self.log else "")
        return ". ".join(part for part in parts if part)


def explain(words: str) -> tuple[str, str]:
    """Return the cause and the next step behind a program's last output.

    Known causes get our wording; otherwise the most telling line of the output is the cause.
    """
    for pattern, cause, step in KNOWN:
        if re.search(pattern, words):
            return cause, step
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return ([*lines[-1:], *telling[-1:]] or ["it printed nothing"])[-1][:300], ""


def as_failure(error: Exception) -> Failure:
    """Return any error as a Failure."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return Failure(*_denied(error))
    for pattern, cause, step in KNOWN:
        if re.search(pattern, str(error)):
            return Failure(cause, step)
    return Failure(
        f"{type(error).__name__}: {error}",
        "This is unexpected; DM_DEBUG=1 shows where it happened",
    )


def _denied(error: OSError) -> tuple[str, str]:
    path = Path(os.fsdecode(error.filename)) if error.filename else None
    if path is None:
        return f"Not permitted: {error}", "DM_DEBUG=1 shows where"
    nearest = next((each for each in (path, *path.parents) if _owner(each)), path)
    return (
        f"This user cannot use {path}: {nearest} belongs to {_owner(nearest)}",
        f"Run as {_owner(nearest)}, or change the folder’s owner (chown)",
    )


def _owner(path: Path) -> str:
    try:
        number = path.lstat().st_uid
    except OSError:
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
