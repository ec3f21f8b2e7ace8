"""People at a steady pace: each opens a page every few seconds with a live stream open, and a few place orders.

One more person has very many sessions and streams, as somebody has who never closes a browser.
"""

import itertools
import random
import selectors
import socket
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from tests.chaos.browser import Browser, GaveUp
from tests.chaos.deeds import Colleague, Deed
from tests.chaos.office import SELLERS
from tests.chaos.rest import Program
from tests.soak.answers import Answers, Noted

EVERYBODY = (
    *SELLERS,
    "michael.scott",
    "pam.beesly",
    "darryl.philbin",
    "oscar.martinez",
    "kelly.kapoor",
)
HOARDER = "toby.flenderson"
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
COME_BACK = 3.0  # seconds until a stream that ended is opened again, as browsers do
OURS = ("dm_session", "dm_seat")  # cookies of the product, not of the provider


class Streams(threading.Thread):
    """Live streams of many people, read by one thread; one that ends is opened again."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True, name="streams")
        self.address = urlsplit(url)
        self.ready, self.over = selectors.DefaultSelector(), threading.Event()
        self.asked: deque[tuple[float, str]] = deque()  # from when on, with which cookies
        self.ended: Counter[str] = Counter()  # by the first line that each was answered
        self._first_lines: dict[int, str] = {}

    @property
    def open(self) -> int:
        """How many are open."""
        return len(self.ready.get_map())

    def add(self, cookies: dict[str, str]) -> None:
        """Open a stream with these cookies."""
        line = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.asked.append((time.monotonic(), line))

    def run(self) -> None:
        while not self.over.is_set():
            while self.asked and self.asked[0][0] <= time.monotonic():
                self._open(self.asked.popleft()[1])
            for key, _ready in self.ready.select(0.2) if self.open else ():
                self._read(key)
            if not self.open:
                self.over.wait(0.2)

    def _open(self, cookie: str) -> None:
        head = f"GET /live HTTP/1.1\r\nHost: {self.address.netloc}\r\nCookie: {cookie}\r\n"
        try:
            connection = socket.create_connection((self.address.hostname, self.address.port), 5)
            connection.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        except OSError as error:
            self._lose(cookie, type(error).__name__)
            return
        self.ready.register(connection, selectors.EVENT_READ, cookie)

    def _read(self, key: selectors.SelectorKey) -> None:
        connection: socket.socket = key.fileobj  # type: ignore[assignment]
        try:
            read = connection.recv(65536)
        except OSError:
            read = b""
        first_line = read[:40].decode(errors="replace").split("\r")[0]
        self._first_lines.setdefault(connection.fileno(), first_line)
        if not read:
            self.ready.unregister(connection)
            self._lose(key.data, self._first_lines.pop(connection.fileno()))
            connection.close()

    def _lose(self, cookie: str, why: str) -> None:
        self.ended[why] += 1
        self.asked.append((time.monotonic() + COME_BACK, cookie))


class Person(threading.Thread):
    """Somebody who signs in, opens pages at a steady pace, and orders if they sell."""

    def __init__(
        self, n: int, url: str, issuer: str, client: str, streams: Streams, answers: Answers
    ) -> None:
        self.uid, self.over = EVERYBODY[n % len(EVERYBODY)], threading.Event()
        super().__init__(daemon=True, name=f"{self.uid} {n}")
        self.n, self.streams, self.answers = n, streams, answers
        self.chance = random.Random(n)
        self.browser = Browser(url, self.uid, self.over, Noted(answers, self.over.is_set))
        program = Program(url, self.uid, self.over, issuer)
        self.colleague = Colleague(self.browser, program, client, self.chance)
        self.pages, self.orders, self.paths, self.is_in = 0, 0, list(PAGES), False

    def run(self) -> None:
        self.over.wait(self.chance.uniform(0, PACE))
        try:
            self.browser.insist("sign in", self._sign_in)
        except GaveUp:
            return
        self.is_in = True
        self.streams.add(dict(self.browser.http.cookies))
        for n in itertools.count(1):
            began = time.monotonic()
            with suppress(httpx.HTTPError, LookupError):  # its answer, or that none came, is noted
                self._act(n)
            if self.over.wait(max(0.0, PACE - (time.monotonic() - began))):
                return

    def _sign_in(self) -> bool | None:
        return self.browser.sign_in().status_code == 200 or None

    def _act(self, n: int) -> None:
        if self.uid in SELLERS and n % ORDER_EVERY == 0:
            self._order(n)
            return
        path = self.chance.choice(self.paths)
        answer = self.browser.http.get(f"{self.browser.url}{path}")
        self.pages += 1
        if answer.status_code == 403:  # not a page of theirs
            self.paths.remove(path)

    def _order(self, n: int) -> None:
        began = time.monotonic()
        done = self.colleague.do(Deed("order", f"soak-{self.n}-{n}"))
        if done.outcome == "done":
            self.orders += 1
        elif not self.over.is_set():
            self.answers.note(began, f"failed: order {done.outcome} {done.why}")


class Hoarder(threading.Thread):
    """One person with very many sessions, begun during the warm-up; then one after another is used."""

    def __init__(
        self, url: str, hoard: tuple[int, int], seconds: float, streams: Streams, answers: Answers
    ) -> None:
        super().__init__(daemon=True, name="hoarder")
        self.over, self.streams, self.answers = threading.Event(), streams, answers
        self.wanted, self.streams_of = hoard
        self.until = time.monotonic() + seconds
        noted = Noted(answers, self.over.is_set)
        self.browser = Browser(url, HOARDER, self.over, noted)
        self.plain = httpx.Client(timeout=15, trust_env=False, transport=noted)
        self.sessions: list[dict[str, str]] = []

    def run(self) -> None:
        while len(self.sessions) < self.wanted and time.monotonic() < self.until:
            left = self.wanted - len(self.sessions)
            due = time.monotonic() + (self.until - time.monotonic()) / left
            self._begin()
            if self.over.wait(max(0.0, due - time.monotonic())):
                return
        for each in itertools.cycle(self.sessions):
            if self.over.wait(PACE / 10):
                return
            self._use(each)

    def _begin(self) -> None:
        """Sign in as in a new browser; the provider knows this one since the first time."""
        jar = self.browser.http.cookies.jar
        for each in [each for each in jar if each.name in OURS]:
            jar.clear(each.domain, each.path, each.name)
        try:
            if self.sessions:
                start = f"{self.browser.url}/auth/login?next=/healthz"
                self.browser.follow(self.browser.http.get(start))
            else:
                self.browser.sign_in()
        except (httpx.HTTPError, LookupError):
            return  # noted
        cookies = {each.name: str(each.value) for each in jar if each.name in OURS}
        if OURS[0] not in cookies:
            return
        self.sessions.append(cookies)
        if len(self.sessions) <= self.streams_of:
            self.streams.add(cookies)

    def _use(self, cookies: dict[str, str]) -> None:
        line = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            answer = self.plain.get(f"{self.browser.url}/profile", headers={"Cookie": line})
        except httpx.HTTPError:
            return  # noted
        if answer.is_redirect:
            self.answers.note(time.monotonic(), "failed: a session that nobody ended was over")
