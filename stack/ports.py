"""Ports on loopback: the ones of last time where they are still free, so that bookmarks hold; else new ones."""

import json
import os
import socket
from pathlib import Path

NAMES = ("postgres", "kafka", "ldap", "oidc", "web", "internal", "worker-orders", "worker-inventory",
         "worker-notifications", "relay")
FIRST_WISH = {"web": 8000, "oidc": 9000}


def choose(folder: Path) -> dict[str, int]:
    """A port for each part. `DM_PORT` sets the one of the web; otherwise last time's, or 8000, or a free one."""
    remembered = folder / "ports.json"
    wishes: dict[str, int] = {**FIRST_WISH} if folder.name == "embedded" else {}
    if remembered.exists():
        wishes.update(json.loads(remembered.read_text()))
    if os.environ.get("DM_PORT"):
        wishes["web"] = int(os.environ["DM_PORT"])
    ports: dict[str, int] = {}
    for name in NAMES:
        ports[name] = _free(wishes.get(name, 0), set(ports.values()))
    if os.environ.get("DM_PORT") and ports["web"] != wishes["web"]:
        raise SystemExit(f"Port {wishes['web']} (DM_PORT) is taken. Set another, or none to have one chosen.")
    remembered.write_text(json.dumps(ports))
    return ports


def _free(wish: int, taken: set[int]) -> int:
    for port in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            if found not in taken:
                return found
    return _free(0, taken)
