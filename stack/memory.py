"""How much memory a stack takes: the proportional set size of all its processes (proc(5), smaps_rollup)."""

from pathlib import Path

import psutil


def proportional_bytes(pids: list[int]) -> dict[int, int]:
    """PSS of each process and its descendants, in bytes; who is gone counts nothing."""
    return {pid: sum(_pss(each) for each in _family(pid)) for pid in pids}


def _family(pid: int) -> list[int]:
    try:
        parent = psutil.Process(pid)
        return [pid, *(child.pid for child in parent.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
