"""Temporary folders in .cache/scratch: removed by their process, or by the next one when that was killed."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SCRATCH = Path(__file__).parents[1] / ".cache" / "scratch"


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder of this process's; at the end of the block it is removed."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        remove_abandoned()
        folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=SCRATCH))
        held = _lock_of(folder).open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    with held:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def remove_abandoned() -> None:
    """Removes the folders whose process has ended without doing so: the kernel has freed their locks."""
    for folder in SCRATCH.iterdir():
        with suppress(OSError):
            if folder.is_dir() and _is_free(_lock_of(folder)):
                shutil.rmtree(folder)
                _lock_of(folder).unlink(missing_ok=True)


def _is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")
