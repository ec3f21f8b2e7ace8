"""People at a steady pace: each opens a page every few seconds with a live stream open, and a few place orders."""

import itertools
import random
import selectors
import socket
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import httpx

from tests.chaos.browser import Browser, GaveUp, Refused
from tests.chaos.deeds import Colleague, Deed
from tests.chaos.office import SELLERS
from tests.chaos.rest import Program

EVERYBODY = (
    *SELLERS,
    "michael.scott",
    "pam.beesly",
    "darryl.philbin",
    "oscar.martinez",
    "kelly.kapoor",
)
PAGES = (
    "/",
    "/orders/",
    "/sales/clients",
    "/inventory/products",
    "/expenses/",
    "/wuphf",
    "/profile",
)
PACE = 10.0  # seconds between two pages of one person
ORDER_EVERY = 4  # pages of a seller


class Streams(threading.Thread):
    """Live streams of many people, read by one thread; one that ends is not opened again."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True, name="streams")
        self.address = urlsplit(url)
        self.ready, self.over = selectors.DefaultSelector(), threading.Event()
        self.open = 0
        self.ended: Counter[str] = Counter()  # by the first line that each was answered
        self._greeting: dict[int, str] = {}

    def add(self, cookies: httpx.Cookies) -> None:
        """Open the stream of the person with these cookies."""
        connection = socket.create_connection((self.address.hostname, self.address.port))
        cookie = "; ".join(f"{each.name}={each.value}" for each in cookies.jar)
        head = f"GET /live HTTP/1.1\r\nHost: {self.address.netloc}\r\nCookie: {cookie}\r\n"
        connection.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        self.ready.register(connection, selectors.EVENT_READ)
        self.open += 1

    def run(self) -> None:
        while not self.over.is_set():
            for key, _ready in self.ready.select(0.5) if self.open else ():
                self._read(key.fileobj)  # type: ignore[arg-type]
            if not self.open:
                self.over.wait(0.5)

    def _read(self, connection: socket.socket) -> None:
        try:
            read = connection.recv(65536)
        except OSError:
            read = b""
        self._greeting.setdefault(connection.fileno(), read[:40].decode().split("\r")[0])
        if not read:
            self.ended[self._greeting.pop(connection.fileno())] += 1
            self.ready.unregister(connection)
            connection.close()
            self.open -= 1


class Person(threading.Thread):
    """Somebody who signs in, opens pages at a steady pace, and orders if they sell."""

    def __init__(self, n: int, url: str, issuer: str, client: str, streams: Streams) -> None:
        self.uid, self.over = EVERYBODY[n % len(EVERYBODY)], threading.Event()
        super().__init__(daemon=True, name=f"{self.uid} {n}")
        self.n, self.streams, self.chance = n, streams, random.Random(n)
        self.browser = Browser(url, self.uid, self.over)
        program = Program(url, self.uid, self.over, issuer)
        self.colleague = Colleague(self.browser, program, client, self.chance)
        self.pages, self.orders, self.paths = 0, 0, list(PAGES)
        self.failed: Counter[str] = Counter()

    def run(self) -> None:
        self.over.wait(self.chance.uniform(0, PACE))
        if self.over.is_set() or self.browser.sign_in().status_code != 200:
            return
        self.streams.add(self.browser.http.cookies)
        for n in itertools.count(1):
            began = time.monotonic()
            try:
                self._act(n)
            except (httpx.HTTPError, GaveUp, Refused, LookupError) as error:
                self.failed[type(error).__name__] += 1
            if self.over.wait(max(0.0, PACE - (time.monotonic() - began))):
                return

    def _act(self, n: int) -> None:
        if self.uid in SELLERS and n % ORDER_EVERY == 0:
            done = self.colleague.do(Deed("order", f"soak-{self.n}-{n}"))
            self.orders += 1
            self.failed[f"order {done.outcome}"] += done.outcome != "done"
            return
        path = self.chance.choice(self.paths)
        answer = self.browser.http.get(f"{self.browser.url}{path}")
        self.pages += 1
        if answer.status_code == 403:  # not a page of theirs
            self.paths.remove(path)
            return
        self.failed[f"{path} {answer.status_code}"] += answer.status_code != 200
