"""A receiver of webhooks on loopback, and webhooks that send to it."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from sqlalchemy import select

from models.shared.transactions import reading
from models.wuphf.webhooks.tables import Webhook, WebhookDelivery
from tests.factories.notifications import ORDER
from tests.pages.served import ServedPage
from tests.web_client import SignedInClient

PLACED, CANCELLED = "dm.orders.order.placed.v1", "dm.orders.order.cancelled.v1"
SUBMITTED = "dm.finance.expense.submitted.v1"
FACT = {**ORDER, "lines": [], "placed_by": "jim.halpert"}


class Call(NamedTuple):
    """What a receiver was sent."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class Receiver:
    """Another system on loopback. `answers` are the statuses of its next answers, 204 after them."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        self.drips = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append(Call({k.lower(): v for k, v in self.headers.items()}, body))
                if receiver.drips:
                    receiver.drip(self)
                    return
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Says nothing."""

        self.gone = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?from=dm"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self.gone.set()
        self.server.shutdown()
        self.server.server_close()

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a byte now and then, without end."""
        for _ in range(200):  # ten seconds
            if self.gone.wait(0.05):
                return
            try:
                handler.wfile.write(b"H")
            except OSError:
                return


class Made(NamedTuple):
    id: str
    secret: str


def create(browser: SignedInClient, receiver: Receiver, *types: str, **fields: Any) -> Made:
    form = {"name": "ERP", "url": receiver.url, "types": [*types] or [PLACED, CANCELLED], **fields}
    page = browser.post("/wuphf/webhooks", data=form)
    assert page.status_code == 201, page.text
    shown = ServedPage(page)
    id_ = str(shown.first('[id^="webhook-"]').root["id"]).removeprefix("webhook-")
    return Made(id_, shown.first("#new-secret").text.strip())


def rows() -> list[WebhookDelivery]:
    with reading("notifications") as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def hook() -> Webhook:
    with reading("notifications") as session:
        return session.scalars(select(Webhook)).one()


def order(number: str) -> dict[str, Any]:
    return {**FACT, "order_number": number}


def is_signed(call: Call, secret: str) -> bool:
    """As a receiver checks it by the specification, apart from our own code."""
    content = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, content + call.body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(made).decode()
    return expected in call.headers["webhook-signature"].split(" ")
