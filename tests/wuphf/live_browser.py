"""gunicorn on a port, and a browser's stream: raw enough to be slow, to vanish, and to resume."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.conftest import free_port

ROOT = Path(__file__).parent.parent.parent
GRANTED = 60  # seconds that gunicorn grants to what is under way at its end: far more than a busy machine takes


class Message(NamedTuple):
    """One server-sent event."""

    event: str
    id: int | None
    data: Any


def wait_for(true: Callable[[], Any], seconds: float = 10.0, every: float = 0.01) -> Any:
    """What `true` answers as soon as it is truthy; fails after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(every)
    raise AssertionError("it did not come true in time")


class Web:
    """A gunicorn of the test's own; `restart` keeps its ports."""

    def __init__(self, app: str = "tests.wuphf.live_app:make_app()", **settings: str) -> None:
        self.app, self.port, self.internal, self.settings = app, free_port(), free_port(), settings
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        env = {
            **os.environ,
            "DM_BIND": f"127.0.0.1:{self.port}",
            "DM_PUBLIC_URL": self.address,
            "DM_INTERNAL_BIND": f"127.0.0.1:{self.internal}",
            "GUNICORN_CMD_ARGS": f"--graceful-timeout {GRANTED}",
            **self.settings,
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "webapp/gunicorn_conf.py", self.app]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env)
        wait_for(self._answers, 60)
        self.cookie = httpx.get(f"{self.address}/test/name").text

    def stop(self) -> float:
        """SIGTERM; how long it took to end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(GRANTED + 30)
        return time.monotonic() - began

    def restart(self) -> None:
        """Down and up again; sessions of the test are made anew."""
        self.stop()
        self.start()

    def as_person(self, uid: str) -> httpx.Client:
        """A browser of this person."""
        return httpx.Client(
            base_url=self.address,
            cookies={self.cookie: f"sid-{uid}"},
            headers={"X-CSRF-Token": f"csrf-{uid}"},
            timeout=10,
        )

    def metric(self, name: str) -> float:
        """A sample of /metrics."""
        text = httpx.get(f"http://127.0.0.1:{self.internal}/metrics").text
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith((f"{name} ", f"{name}{{"))
        )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/test/name").status_code == 200
        except httpx.HTTPError:
            return False


class Tab:
    """One stream of one person, read in the background; `last` is what the browser would resume from."""

    def __init__(self, web: Web, uid: str, last: int | None = None, by_header: bool = True) -> None:
        self.web, self.uid = web, uid
        self.messages: list[Message] = []
        self.pings = 0
        self.over = threading.Event()
        headers = {"Cookie": f"{web.cookie}=sid-{uid}"}
        query = f"?last={last}" if last is not None and not by_header else ""
        if last is not None and by_header:
            headers["Last-Event-ID"] = str(last)
        self._connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        self._connection.request("GET", f"/live{query}", headers=headers)
        self.response = self._connection.getresponse()
        if self.response.status == 200:
            threading.Thread(target=self._read, daemon=True).start()
            self.hello = self.wait("hello").data

    @property
    def last(self) -> int:
        """The id to resume from."""
        return max(message.id for message in self.messages if message.id is not None)

    def note(self, message: Message) -> None:
        """A message came."""
        self.messages.append(message)

    def of(self, event: str) -> list[Message]:
        """The messages of one kind so far."""
        return [message for message in self.messages if message.event == event]

    def wait(self, event: str, count: int = 1, seconds: float = 10.0) -> Message:
        """The `count`-th message of this kind."""
        wait_for(lambda: len(self.of(event)) >= count, seconds)
        return self.of(event)[count - 1]

    def watch(self, *records: str, read_at: float | None = None) -> httpx.Response:
        """Asks to hear of these records, which a page shows that was read at that moment."""
        asked = {"stream": self.hello["stream"], "records": records}
        if read_at is not None:
            asked["read_at"] = dict.fromkeys(records, read_at)
        with self.web.as_person(self.uid) as browser:
            return browser.post("/live/watch", json=asked)

    def vanish(self) -> None:
        """The browser is gone without a word."""
        connection = self._connection.sock or self.response.fp.raw._sock
        connection.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            self._read_lines()
        self.over.set()

    def _read_lines(self) -> None:
        fields: dict[str, str] = {}
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if line.startswith(":"):
                self.pings += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                id_ = int(fields["id"]) if "id" in fields else None
                self.note(Message(fields["event"], id_, json.loads(fields["data"])))
                fields = {}
