"""/healthz, /readyz and /metrics of a worker, relay or jobs process, served on DM_WORKER_BIND."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from settings import settings

Report = dict[str, object]


def serve_status(bind: str, readiness: Callable[[], tuple[bool, Report]]) -> None:
    """Serve on `host:port` in a thread until the process ends.

    `readiness` returns whether the process is working, and the details.
    """
    settings().refuse_demo_secrets(bind)
    host, port = bind.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), _handler(readiness))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="status").start()


def _is_for_us(host: str) -> bool:
    try:
        return settings().names_us(host)
    except ValueError:
        return False


def _misdirected() -> tuple[int, str, bytes]:
    return 400, "text/plain", b"not a name of this server\n"


def _handler(readiness: Callable[[], tuple[bool, Report]]) -> type[BaseHTTPRequestHandler]:
    def ready() -> tuple[int, str, bytes]:
        fine, report = readiness()
        body = json.dumps({"ready": fine, **report}, default=str).encode()
        return (200 if fine else 503), "application/json", body

    answers: dict[str, Callable[[], tuple[int, str, bytes]]] = {
        "/healthz": lambda: (200, "text/plain", b"ok\n"),
        "/readyz": ready,
        "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest()),
    }

    class Status(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.split("?")[0])
            if not _is_for_us(self.headers.get("Host", "")):
                answer = _misdirected
            code, kind, body = answer() if answer else (404, "text/plain", b"not found\n")
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Log nothing: scrapes are routine."""

    return Status
