"""`python stack/unprivileged.py USER FOLDER PROGRAM …`: run PROGRAM as another user over FOLDER.

That user need not be able to reach the folder. PostgreSQL refuses to run as root, and its user
often may not pass through the folders above the data (a home of mode 0700). So the folder is opened
while we are root, and the program reaches it through /proc/self/fd: an open descriptor needs no
permission on the folders above it. Uses only the standard library and starts fast, since it
precedes every server.
"""

import os
import pwd
import sys
from contextlib import suppress

FOLDER = "{folder}"  # the placeholder for the folder in a program's arguments
REFUSED = 71  # the exit code if we may not become that user
USERS = ("postgres", "nobody")


def command(words: list[str], folder: str) -> list[str]:
    """Return the arguments that run a program as PostgreSQL's user if we are root.

    Otherwise it runs as ourselves. An argument equal to FOLDER becomes the path by which the
    program reaches the folder.
    """
    if (user := name()) is None:
        return [folder if word == FOLDER else word for word in words]
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), user, folder, *words]


def name() -> str | None:
    """Return the user that PostgreSQL runs as when we are root; None for an ordinary user.

    Raises LookupError if we are root and neither user exists.
    """
    if os.geteuid() != 0:
        return None
    for each in USERS:
        with suppress(KeyError):
            return pwd.getpwnam(each).pw_name
    raise LookupError(f"neither of the users {' and '.join(USERS)} exists")


def main() -> None:
    """Open the folder, switch to the user, and exec the program."""
    import ctypes

    user, folder, *words = sys.argv[1:]
    libc, signal_of_orphans, parent = ctypes.CDLL(None), ctypes.c_int(), os.getppid()
    libc.prctl(
        2, ctypes.byref(signal_of_orphans)
    )  # PR_GET_PDEATHSIG: cleared by the switch of user
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(opened, True)
    entry = pwd.getpwnam(user)
    try:
        with suppress(PermissionError):  # some user namespaces forbid it and allow the rest
            os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except OSError as error:
        sys.stderr.write(f"cannot become the user {user}: {error.strerror}\n")
        sys.exit(REFUSED)
    os.chdir("/")  # PostgreSQL 15 returns to its start directory, so that must be reachable
    libc.prctl(1, signal_of_orphans.value, 0, 0, 0)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit(1)
    words = [f"/proc/self/fd/{opened}" if word == FOLDER else word for word in words]
    try:
        os.execv(words[0], words)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{words[0]}: {error.strerror}\n")
        sys.exit(126)


if __name__ == "__main__":
    main()
