"""PostgreSQL's data on a small file system of its own, which can be filled: for root on Linux alone."""

import errno
import os
import subprocess
import time
from pathlib import Path

SIZE_MB = 1400  # the cluster, and as much write-ahead log as the server keeps by itself


class SmallDisk:
    """A tmpfs over `folder`; `is_there` says whether this machine let us mount it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.is_there = os.geteuid() == 0 and _ran(
            "mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)
        )

    def fill(self, seconds: float) -> None:
        """Not a byte is free for so long."""
        ballast = self.folder / "ballast"
        try:
            until = time.monotonic() + seconds
            with ballast.open("wb", buffering=0) as file:
                while time.monotonic() < until:
                    _write_what_fits(file.fileno())
                    time.sleep(0.05)  # what the server gives free meanwhile is taken, too
        finally:
            ballast.unlink()

    def close(self) -> None:
        """Takes it away with all that is on it."""
        if self.is_there:
            _ran("umount", "-l", str(self.folder))


def _write_what_fits(file: int) -> None:
    size = 1 << 20
    while size >= 512:
        try:
            os.write(file, bytes(size))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size //= 2


def _ran(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
