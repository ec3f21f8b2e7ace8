"""The gevent worker of gunicorn, with our own answers where it refuses a request before the app.

It imports nothing of ours until it runs: gunicorn loads it before gevent patches the sockets.
"""

import time
from typing import TYPE_CHECKING

from gunicorn import util
from gunicorn.workers.ggevent import GeventWorker

if TYPE_CHECKING:
    from socket import socket

    from flask import Flask

WORDS = {
    400: "We could not read this request.",
    414: "This address is too long.",
    417: "The server does not support the Expect header of this request.",
    431: "The headers of this request, such as cookies, are too large.",
    501: "The server does not support the transfer encoding of this request.",
}


class Worker(GeventWorker):
    """Refuse what gunicorn cannot read in the look and with the headers of every other answer."""

    def handle_error(self, req: object, client: "socket", addr: object, exc: BaseException) -> None:
        """Let gunicorn judge and log the error; send our page instead of its own."""
        said = _Said()
        super().handle_error(req, said, addr, exc)
        if said.status:
            try:
                util.write_nonblock(client, refusal(self.wsgi, said.status))
            except Exception:
                self.log.debug("Failed to send the refusal.")


class _Said:
    """Stands for the client's socket, and keeps what gunicorn says."""

    status = 0

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        if not self.status:
            self.status = int(data.split(b" ", 2)[1])


def refusal(app: "Flask", status: int) -> bytes:
    """Return the whole answer with this status, headers and page, as it goes over the wire."""
    import telemetry
    from webapp.shared.answers.problems import answer

    telemetry.correlation.set(telemetry.new_correlation_id())
    started = {"dm.started": time.perf_counter()}
    with app.test_request_context("/refused", environ_overrides=started):
        words = WORDS.get(status, "This request could not be completed.")
        response = app.process_response(answer(status, "unreadable_request", words))
        body: bytes = response.get_data()
    head = [f"HTTP/1.1 {response.status}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in response.headers if name != "Set-Cookie"]
    return "\r\n".join((*head, "", "")).encode("latin-1") + body
