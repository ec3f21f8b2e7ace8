"""Memory of a process tree as proportional set size (PSS), which counts shared pages once."""

from pathlib import Path


def pss_mib(pid: int) -> float:
    """Return the MiB of a process and all its descendants; 0.0 if it is gone."""
    return (_pss_kib(pid) / 1024) + sum(pss_mib(child) for child in _children(pid))


def proportional_bytes(pids: list[int]) -> dict[int, int]:
    """Return the bytes of each process including its descendants, by process id."""
    return {pid: int(pss_mib(pid) * 2**20) for pid in pids}


def named_children(pid: int) -> list[tuple[str, int]]:
    """Return the supervisor's children, named by the telling part of their command line."""
    return [(_name(child), child) for child in _children(pid)]


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    marks = {
        "kafka.Kafka": "kafka",
        "quarkus-run": "oidc",
        "slapd": "ldap",
        "provider": "oidc",
        "directory": "ldap",
        "webapp": "web",
        "relay": "relay",
        "jobs": "jobs",
        "tansu": "kafka",
        "postgres": "postgres",
        "worker": f"worker {words[-2] if len(words) > 1 else ''}",
    }
    return next(
        (name for mark, name in marks.items() if any(mark in word for word in words)), words[0]
    )


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in thread.read_text().split()]
        except OSError:
            continue
    return found
