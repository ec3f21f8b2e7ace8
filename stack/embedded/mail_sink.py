"""Receive the embedded stack's mails and store them as files. For demonstration, on loopback only."""

import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Store each mail as `TIME-NUMBER.eml`; deliver none."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Store one received mail."""
        self.count += 1
        (self.folder / f"{time.time_ns()}-{self.count}.eml").write_bytes(envelope.content)
        return "250 kept, not delivered"


def serve(place: str) -> Controller:
    """Listen at `folder@host:port` in its own thread."""
    folder, _, address = place.rpartition("@")
    host, _, port = address.rpartition(":")
    controller = Controller(Sink(Path(folder)), hostname=host, port=int(port))
    controller.start()
    return controller
