"""PostgreSQL, broker, gunicorn, relay and three workers for one measurement, with a client and a product."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg

from settings import settings
from stack.database import create_roles_and_schemas
from stack.embedded import broker, postgres
from stack.services import NICENESS
from tests.conftest import ROOT, free_port, migrate
from tests.web_client import known_people
from tests.wuphf.live_browser import Tab, Web, wait_for

SKU = "CP-20-LTR"
PLENTY = 100_000


class Bell(Tab):
    """A stream that notes when each message came."""

    received_at: list[float]

    def __init__(self, web: Web, uid: str) -> None:
        self.received_at = []
        super().__init__(web, uid)

    def note(self, message) -> None:
        """As Tab, with the time."""
        super().note(message)
        if message.event == "inbox":
            self.received_at.append(time.perf_counter())

    def await_message(self, event: str, count: int) -> None:
        """Returns when the `count`-th message came."""
        wait_for(lambda: len(self.of(event)) >= count, 10, every=0.001)


class Office:
    """Starts all on entry, ends all on exit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.running: list[subprocess.Popen] = []

    def __enter__(self) -> "Office":
        self._start_servers()
        self._know_people()
        status = [f"127.0.0.1:{free_port()}" for _ in range(4)]
        names = ("relay", "worker orders", "worker inventory", "worker notifications")
        for name, bind in zip(names, status, strict=True):
            niceness = NICENESS.get(name.split()[-1], 0)  # as in the demo
            self._start(
                "nice",
                "-n",
                str(niceness),
                sys.executable,
                "-m",
                "consumers",
                *name.split(),
                DM_WORKER_BIND=bind,
            )
        self.web = Web()
        for bind in status:
            wait_for(lambda bind=bind: _answers(f"http://{bind}/readyz"), 60, every=0.1)
        self.client = self._make_client()
        self._make_product()
        return self

    def __exit__(self, *_: object) -> None:
        self.web.stop()
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)

    def browser_of(self, uid: str) -> httpx.Client:
        """A signed-in browser."""
        return self.web.as_person(uid)

    def listen_to(self, uid: str) -> Bell:
        """A signed-in browser's stream."""
        return Bell(self.web, uid)

    def place_order(self, browser: httpx.Client) -> None:
        """The form, sent."""
        form = {"client_number": self.client, "lines-0-sku": SKU, "lines-0-quantity": "1"}
        answer = browser.post("/orders/new", data=form)
        assert answer.status_code == 303, answer.text

    def _start_servers(self) -> None:
        database, kafka = free_port(), free_port()
        self.broker = f"127.0.0.1:{kafka}"
        os.environ |= {
            "DM_DATABASE_URL": f"postgresql://127.0.0.1:{database}/dundermifflin",
            "DM_KAFKA_BOOTSTRAP": self.broker,
            "DM_KAFKA_FETCH_WAIT_MS": "10",
        }
        settings.cache_clear()
        postgres.initialise(self.folder / "data", "x")
        self.running.append(
            subprocess.Popen(
                postgres.command(self.folder / "data", database),
                stderr=subprocess.DEVNULL,
            )
        )
        self._start(*broker.command(kafka))
        postgres.await_ready(database, "x")
        server = f"postgresql://postgres:x@127.0.0.1:{database}"
        self.admin_dsn = f"{server}/dundermifflin"
        create_roles_and_schemas(server)
        migrate()

    def _start(self, *command: str, **env: str) -> None:
        log = (self.folder / "log").open("ab")
        environment = {**os.environ, **env}
        self.running.append(
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        )

    def _know_people(self) -> None:
        from models.shared.transactions import transaction
        from models.wuphf.people import KnownPerson, replace_people

        with transaction("notifications", actor="service:bench") as session:
            replace_people(
                session,
                [
                    KnownPerson(uid=uid, name=entry.name, groups=sorted(entry.groups))
                    for uid, entry in known_people().items()
                ],
                "bench",
            )

    def _make_client(self) -> str:
        from models.sales.commands import create_client
        from models.sales.events import Address
        from models.sales.rules import NewClient
        from models.shared.transactions import transaction

        with transaction("sales", actor="jim.halpert") as session:
            number = create_client(
                session,
                NewClient(
                    name="Dunmore High School",
                    contact_name="Ed Truck",
                    contact_mail="ed@dunmore.example",
                    contact_phone="+1 570 555 0199",
                    payment_terms_days=30,
                    credit_limit=Decimal(10_000_000),
                    owner="jim.halpert",
                    address=Address(
                        street="1 School Street", city="Dunmore", state="PA", postcode="18512"
                    ),
                ),
            )
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            wait_for(lambda: connection.execute("SELECT 1 FROM orders.client").fetchone(), 30)
        return number

    def _make_product(self) -> None:
        from models.inventory.commands import create_product
        from models.inventory.receipts import receive_goods
        from models.inventory.rules import NewProduct
        from models.shared.transactions import transaction

        with transaction("inventory", actor="darryl.philbin") as session:
            create_product(
                session,
                NewProduct(sku=SKU, name="Copy paper", unit_price=Decimal("38.50"), location=""),
            )
            receive_goods(session, SKU, PLENTY, "opening stock")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
