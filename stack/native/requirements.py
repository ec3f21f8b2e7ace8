"""What the native stack needs from the machine: Java, Maven, slapd, PostgreSQL.

Debian's packages provide all of it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from stack.failures import explain
from stack.processes import DidNotStart, Say

PACKAGES = {
    "Java 17 or newer": "openjdk-17-jre-headless",
    "Maven": "maven",
    "slapd": "slapd",
    "PostgreSQL": "postgresql",
}


class Missing(DidNotStart):
    """The native stack cannot run here; the message says what is missing and how to get it."""


def make_ready(say: Say) -> None:
    """Make sure that everything is installed.

    As root on Debian, install what is missing; otherwise raise Missing.
    """
    if not (missing := what_is_missing()):
        return
    packages = [PACKAGES[name] for name in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"The native stack needs {', '.join(missing)}: installing {' '.join(packages)}")
        _install(packages)
        missing = what_is_missing()
    if missing:
        raise Missing(
            f"The native stack needs {', '.join(missing)}",
            f"On Debian: apt-get install {' '.join(packages)}",
        )


def what_is_missing() -> list[str]:
    """Return the names (keys of PACKAGES) of what this machine lacks."""
    there = {
        "Java 17 or newer": _java_version() >= 17,
        "Maven": bool(shutil.which("mvn")),
        "slapd": slapd().exists(),
        "PostgreSQL": bool(postgres_binaries()),
    }
    return [name for name in PACKAGES if not there[name]]


def slapd() -> Path:
    """Return the path of slapd, which is not in everyone's PATH."""
    return Path(shutil.which("slapd") or "/usr/sbin/slapd")


def postgres_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, 15 or newer; None if there is none."""
    found = {
        int(path.parts[4]): path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (path / "postgres").exists()
    }
    return found[max(found)] if found and max(found) >= 15 else None


def _java_version() -> int:
    try:
        said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def _install(packages: list[str]) -> None:
    """Install packages without starting their services.

    The stack runs its own servers, over its own folders.
    """
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode:
            said = (done.stdout + done.stderr)[-1500:]
            raise Missing(f"{' '.join(command)} failed: {explain(said)[0]}", words=said)


if __name__ == "__main__":
    try:
        make_ready(print)
    except Missing as error:
        sys.exit(str(error))
