"""An office on a running stack: a client, products, people at their desks who work through a queue of deeds."""

import os
import queue
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psycopg

from areas import SCHEMAS
from models.inventory.commands import create_product
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.transactions import engine, transaction
from settings import settings
from stack.supervisor import Stack
from tests.chaos.browser import Browser
from tests.chaos.deeds import SKUS, Colleague, Deed
from tests.chaos.rest import Program

SELLERS = ("jim.halpert", "dwight.schrute", "stanley.hudson")
HANDS = ("darryl.philbin", "roy.anderson")
IN_THE_WAREHOUSE = ("goods", "goods by REST", "parcel")
FIRST_STOCK = 60  # cases of each product: little enough that orders have to wait for goods


@contextmanager
def settings_of(stack: Stack) -> Iterator[str]:
    """This process's settings point to the stack while the block lasts; the superuser's address of its database."""
    before = {name: os.environ.get(name) for name in stack.settings_env}
    os.environ.update(stack.settings_env)
    forget_settings()
    try:
        yield f"{stack.admin_dsn}/dundermifflin"
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        forget_settings()


def forget_settings() -> None:
    """The next use reads the settings anew, and connects anew."""
    for schema in SCHEMAS:
        if engine.cache_info().currsize:
            engine(schema).dispose()
    engine.cache_clear()
    settings.cache_clear()


def furnish() -> str:
    """Products with a little stock, and a client; its number."""
    with transaction("inventory", actor="darryl.philbin") as session:
        for sku in SKUS:
            create_product(
                session,
                NewProduct(
                    sku=sku,
                    name=f"Paper {sku}",
                    unit_price=Decimal("20.00"),
                    location="",
                    reorder_point=5,
                ),
            )
            receive_goods(session, sku, FIRST_STOCK, "opening stock")
    with transaction("sales", actor="jim.halpert") as session:
        return create_client(
            session,
            NewClient(
                name="Dunmore High School",
                contact_name="Ed Truck",
                contact_mail="ed@dunmore.example",
                contact_phone="570 555 0199",
                payment_terms_days=30,
                credit_limit=Decimal(10_000_000),
                owner="jim.halpert",
                address=Address(
                    street="1 School Street", city="Dunmore", state="PA", postcode="18512"
                ),
            ),
        )


def await_known(dsn: str) -> None:
    """Returns when orders knows the client and wuphf the people."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for query in ("SELECT 1 FROM orders.client", "SELECT 1 FROM notifications.group_member"):
            Stack.wait_until(lambda query=query: connection.execute(query).fetchone(), 90)


class Office:
    """People who take deeds from their team's queue; `history` is what each deed came to."""

    def __init__(self, url: str, issuer: str, client: str, seed: int) -> None:
        self.stopping = threading.Event()
        self.waiting: dict[bool, queue.Queue[Deed]] = {True: queue.Queue(), False: queue.Queue()}
        self.history: list[Deed] = []
        self.people: list[Colleague] = []
        self.threads: list[threading.Thread] = []
        for place, uid in enumerate((*SELLERS, *HANDS)):
            one = Colleague(
                Browser(url, uid, self.stopping),
                Program(url, uid, self.stopping, issuer),
                client,
                random.Random(f"{seed} {uid}"),
            )
            self.people.append(one)
            self.threads.append(
                threading.Thread(
                    target=self._work, args=(one, place >= len(SELLERS)), daemon=True, name=uid
                )
            )

    def open(self) -> None:
        """Everybody begins."""
        for thread in self.threads:
            thread.start()

    def browsers(self) -> list[Browser]:
        """Everybody's browser and everybody's program."""
        return [each for one in self.people for each in (one.browser, one.program)]

    def ask(self, deed: Deed) -> None:
        """Gives a deed to whoever of its team is free next."""
        self.waiting[deed.kind in IN_THE_WAREHOUSE].put(deed)

    def await_quiet(self, seconds: float = 400) -> None:
        """Returns when every deed that was asked for has come to something."""
        deadline = time.monotonic() + seconds
        while any(each.unfinished_tasks for each in self.waiting.values()):
            if time.monotonic() > deadline:
                raise TimeoutError("people are still waiting for an answer")
            time.sleep(0.05)

    def close(self) -> None:
        """Everybody goes home."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        for each in self.browsers():
            each.http.close()

    def _work(self, one: Colleague, in_the_warehouse: bool) -> None:
        while not self.stopping.is_set():
            try:
                deed = self.waiting[in_the_warehouse].get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                self.history.append(one.do(deed))
            except Exception as error:
                deed.why = f"the driver failed: {type(error).__name__}: {error}"
                self.history.append(deed)
            finally:
                self.waiting[in_the_warehouse].task_done()
