"""Copies of PostgreSQL's programs, for when its user cannot reach the originals (in root's home).

A copy is a folder `dunder-mifflin-…` that names the checkout it was made for. `make clean` removes
it, and every start removes copies whose checkout is gone.
"""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = re.compile(r"dunder-mifflin-[0-9a-f]{12}(\.unfinished-\d+)?")
OWNER = "checkout"  # the file in a copy that names its checkout
LEFT_OUT = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "man", "*.a", "*.pyc")


def places() -> list[Path]:
    """Return folders for copies, best first.

    DM_SHARED_FOLDER, then folders that everyone can usually reach.
    """
    given = os.environ.get("DM_SHARED_FOLDER")
    shared = ("/var/tmp", tempfile.gettempdir(), "/dev/shm", "/run", "/opt")  # noqa: S108
    return [Path(each) for each in dict.fromkeys((*([given] if given else []), *shared))]


def copy(install: Path, runs: Callable[[Path], bool]) -> Path | None:
    """Copy `install`; return the copy's folder `bin`, or None if its programs run nowhere.

    `runs` decides whether the programs in a folder `bin` can be run.
    """
    name = f"dunder-mifflin-{_digest(install)}"
    for place in places():
        with suppress(OSError, shutil.Error):
            if programs := _copy_into(place / name, install, runs):
                return programs
    return None


def remove_orphans() -> list[Path]:
    """Remove copies whose checkout is gone, and unfinished ones of ended processes; return which."""
    return _remove(lambda copy, made_for: not made_for.is_dir() or _is_unfinished(copy))


def remove_own() -> list[Path]:
    """Remove the copies made by this checkout; return which."""
    return _remove(lambda _, made_for: made_for == ROOT)


def _copy_into(target: Path, install: Path, runs: Callable[[Path], bool]) -> Path | None:
    programs = target / install.parent.name / install.name / "bin"
    if _is_ours(target) and runs(programs):
        return programs
    unfinished = target.with_name(f"{target.name}.unfinished-{os.getpid()}")
    unfinished.mkdir(mode=0o755)
    try:
        (unfinished / OWNER).write_bytes(os.fsencode(ROOT))
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        for source in (install, libraries):
            if source.is_dir():
                inside = unfinished / source.relative_to(install.parents[1])
                shutil.copytree(source, inside, symlinks=True, ignore=LEFT_OUT)
        _open_to_all(unfinished)
        if not runs(unfinished / programs.relative_to(target)):
            return None
        with suppress(OSError):  # another process was faster
            unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return programs if _is_ours(target) and runs(programs) else None


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            runs = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def _digest(install: Path) -> str:
    """Return a digest of the checkout and of the programs, so that another version is another copy."""
    version = f"{install}\0{(install / 'bin' / 'postgres').stat().st_mtime_ns}"
    return hashlib.sha256(os.fsencode(f"{ROOT}\0{version}")).hexdigest()[:12]


def _remove(is_due: Callable[[Path, Path], bool]) -> list[Path]:
    removed = []
    for copy in _copies():
        with suppress(OSError):
            made_for = Path(os.fsdecode((copy / OWNER).read_bytes()))
            if is_due(copy, made_for) and not _is_in_use(copy):
                shutil.rmtree(copy)
                removed.append(copy)
    return removed


def _copies() -> Iterator[Path]:
    for place in places():
        with suppress(OSError):
            for path in sorted(place.iterdir()):
                if NAMES.fullmatch(path.name) and _is_ours(path):
                    yield path


def _is_ours(folder: Path) -> bool:
    """Check that we made this folder: anyone could put one of this name into a shared folder."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
    )


def _is_unfinished(copy: Path) -> bool:
    pid = copy.suffix.rpartition("-")[2]
    return pid.isdigit() and not Path("/proc", pid).exists()


def _is_in_use(copy: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*/exe"):
        with suppress(OSError):
            if Path(os.readlink(process)).is_relative_to(copy):
                return True
    return False
