"""Who looks on while things break: rights that must not widen, a session that must go on, a bell that must not skip."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from stack.supervisor import Stack
from tests.chaos.anomalies import Anomaly
from tests.chaos.browser import Browser

GUARD = (
    "kelly.kapoor"  # of customer service: sees orders, places none, takes no goods in, pays nobody
)
FORBIDDEN = ("/orders/new", "/inventory/receive", "/expenses/runs")
LEAVER, TEAM, TEAMS_PAGE = "andy.bernard", "sales", "/orders/new"
EVERY = 0.4
READER = "michael.scott"
PAGES = ("/orders/", "/sales/leads", "/inventory/products", "/expenses/", "/wuphf", "/orders/new")
SENTENCES = ("took too long to load", "The database is unavailable")
IN_TIME = 3.0 + 5.0  # seconds: DM_PAGE_SECONDS, and grace for a machine that is busy


class Onlooker(threading.Thread):
    """A person who looks again and again; `found` is what should not have been."""

    def __init__(self, url: str, uid: str) -> None:
        super().__init__(daemon=True, name=f"onlooker {uid}")
        self.over = threading.Event()
        self.browser = Browser(url, uid, self.over)
        self.found: list[Anomaly] = []
        self.looks = 0

    def run(self) -> None:
        while not self.over.wait(EVERY):
            try:
                self.look()
            except (httpx.HTTPError, LookupError):
                continue

    def look(self) -> None:
        """Once."""
        raise NotImplementedError

    def stop(self) -> list[Anomaly]:
        """Ends it; what it found."""
        self.over.set()
        self.join(20)
        self.browser.http.close()
        return self.found

    def get(self, path: str) -> httpx.Response:
        """A page; redirects are not followed."""
        return self.browser.http.get(f"{self.browser.url}{path}")


class RightsOnlooker(Onlooker):
    """Asks for pages that are not for this person: none may ever be shown."""

    def __init__(self, url: str, uid: str, forbidden: tuple[str, ...]) -> None:
        super().__init__(url, uid)
        self.forbidden, self.has_session, self.signs_in = forbidden, False, True
        self.refused = 0

    def look(self) -> None:
        path = self.forbidden[self.looks % len(self.forbidden)]
        answer = self.get(path)
        self.looks += 1
        self.refused += answer.status_code == 403
        if answer.is_success:
            self.found.append(Anomaly("widened right", f"{self.browser.uid} was shown {path}"))
        if answer.is_redirect and self.signs_in:
            self.browser.sign_in()


class SessionOnlooker(Onlooker):
    """Somebody who is signed in: while only the provider is away, their pages must come as ever."""

    def __init__(self, url: str, uid: str) -> None:
        super().__init__(url, uid)
        self.away = self.had_session = False
        self.seen_while_away = 0

    def look(self) -> None:
        began_away, had_session = self.away, self.had_session
        answer = self.get("/")
        self.looks += 1
        self.had_session = answer.status_code == 200
        if began_away and had_session and self.away:
            self.seen_while_away += 1
            if not self.had_session:
                words = (
                    f"{self.browser.uid} got {answer.status_code} while only the provider was away"
                )
                self.found.append(Anomaly("unavailable", words))
        if answer.is_redirect and not self.away:
            self.browser.sign_in()

    @contextmanager
    def provider_away(self) -> Iterator[None]:
        """Holds the pages to it while the block lasts."""
        self.away = True
        try:
            yield
        finally:
            self.away = False


class PagesOnlooker(Onlooker):
    """Somebody who opens page after page: while only PostgreSQL stands still each answers in time and says so."""

    def __init__(self, url: str, uid: str) -> None:
        super().__init__(url, uid)
        self.frozen = self.had_session = False
        self.told = 0

    def look(self) -> None:
        path, began_frozen = PAGES[self.looks % len(PAGES)], self.frozen
        began = time.monotonic()
        try:
            answer = self.browser.http.get(f"{self.browser.url}{path}", timeout=IN_TIME)
        except httpx.TimeoutException:
            answer = None
        self.looks += 1
        if began_frozen and self.frozen and self.had_session:
            self._judge(path, answer, time.monotonic() - began)
        if answer is not None and answer.is_redirect and not self.frozen:
            self.browser.sign_in()
        self.had_session = answer is not None and not answer.is_redirect

    def _judge(self, path: str, answer: httpx.Response | None, seconds: float) -> None:
        if answer is None:
            return self._find(f"{path} did not answer within {IN_TIME:.0f} s")
        says_so = any(words in answer.text for words in SENTENCES)
        if answer.status_code == 503 and "<nav" in answer.text and says_so:
            self.told += 1
        elif answer.status_code != 200:
            self._find(
                f"{path} answered {answer.status_code} after {seconds:.1f} s, without a word"
            )
        return None

    def _find(self, words: str) -> None:
        self.found.append(Anomaly("unavailable", f"while only PostgreSQL stood still, {words}"))

    @contextmanager
    def database_frozen(self) -> Iterator[None]:
        """Holds the pages to it while the block lasts."""
        self.frozen = True
        try:
            yield
        finally:
            self.frozen = False


class BellOnlooker(Onlooker):
    """A browser at its live stream, which it resumes from where it was, as the page's script does."""

    def __init__(self, url: str, uid: str) -> None:
        super().__init__(url, uid)
        self.last: int | None = None
        self.count, self.heard, self.resumed = 0, 0, 0
        self.http = httpx.Client(timeout=httpx.Timeout(10, read=20), trust_env=False)

    def look(self) -> None:
        headers = {"Accept": "text/event-stream", "Sec-Fetch-Mode": "cors"}
        if self.last is not None:
            headers["Last-Event-ID"] = str(self.last)
        self.http.cookies = self.browser.http.cookies
        with self.http.stream("GET", f"{self.browser.url}/live", headers=headers) as stream:
            if stream.status_code == 200:
                self.looks += 1
                self._read(stream)
                return
        self.browser.sign_in()

    def stop(self) -> list[Anomaly]:
        """Ends it; what it found."""
        self.over.set()
        self.join(20)  # the stream says something every 15 s
        return super().stop()

    def _read(self, stream: httpx.Response) -> None:
        event: dict[str, str] = {}
        for line in stream.iter_lines():
            if self.over.is_set():
                return
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                self._note(event.get("event", ""), json.loads(event.get("data", "{}")))
                event = {}

    def _note(self, event: str, data: Any) -> None:
        if event == "hello":
            self.last = data["n"] if self.last is None else self.last
        elif event == "missed":
            self.found.append(
                Anomaly(
                    "lost write",
                    f"the stream of {self.browser.uid} could not resume from {self.last}",
                )
            )
        elif event == "inbox" and self.last is not None:
            n, self.heard, self.count = data["n"], self.heard + 1, data["count"]
            if n != self.last + 1:
                kind: Any = "duplicate" if n <= self.last else "lost write"
                self.found.append(
                    Anomaly(kind, f"the stream of {self.browser.uid} went from {self.last} to {n}")
                )
            self.last = n


def take_out_of_team(stack: Stack, uid: str, team: str) -> None:
    """Removes somebody from a group in the embedded directory's file, which the directory reads again."""
    path = Path(stack.folder / "directory.ldif")
    entries = path.read_text().split("\n\n")
    for place, entry in enumerate(entries):
        if entry.strip().startswith(f"dn: cn={team},"):
            entries[place] = "\n".join(
                line for line in entry.split("\n") if f"uid={uid}," not in line
            )
    path.write_text("\n\n".join(entries))


def await_refusal(onlooker: RightsOnlooker, path: str) -> None:
    """Returns when the person is refused this page."""
    Stack.wait_until(lambda: _status(onlooker, path) == 403, 60)


def await_entry(onlooker: RightsOnlooker, path: str) -> None:
    """Returns when the person is shown this page, signed in by then."""
    Stack.wait_until(lambda: _status(onlooker, path) == 200, 60)


def _status(onlooker: RightsOnlooker, path: str) -> int:
    answer = onlooker.get(path)
    if answer.is_redirect:
        onlooker.browser.sign_in()
    return answer.status_code
