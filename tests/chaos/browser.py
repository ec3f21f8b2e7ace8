"""A person at a browser without scripts: signs in, fills forms, and sends a form again until it is answered.

A form that got no clear answer (the connection broke, the server said 5xx) is sent again as it was, with its own
key. A session that was lost is renewed, and what the product kept of the form meanwhile must be all of it.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from stack.embedded.demo_people import DEMO_PASSWORD
from tests.chaos.page_forms import PageForm, form_with
from tests.pages.served import ServedPage

PATIENCE = 240.0  # seconds after which a person gives a form up; far beyond any fault here
AGAIN = 0.3
T = TypeVar("T")


class GaveUp(Exception):
    """No clear answer within a person's patience; what became of the form is unknown."""


class Refused(Exception):
    """The product said no (4xx) to what was sent."""


@dataclass
class Trouble:
    """What a person met on the way, counted; `lost_input` names forms that were not kept whole."""

    unclear: int = 0
    lost_sessions: int = 0
    kept_forms: int = 0
    lost_input: list[str] = field(default_factory=list)


class Browser:
    """One person's browser at the product `url`. Not shared between threads."""

    def __init__(
        self,
        url: str,
        uid: str,
        stopping: threading.Event,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url, self.uid, self.stopping, self.trouble = url, uid, stopping, Trouble()
        self.http = httpx.Client(
            timeout=15,
            trust_env=False,
            headers={"Sec-Fetch-Mode": "navigate"},
            transport=transport,
        )
        self.http.event_hooks["response"].append(lambda _: self._trust_loopback())
        self.csrf = ""

    def open(self, path: str, field: str) -> PageForm:
        """The form with this field on a page, however long it takes."""

        def look() -> PageForm | None:
            answer = self.follow(self.http.get(urljoin(self.url, path)))
            if form := _form(answer, field):
                self.csrf = form.fields.get("csrf_token", self.csrf)
            elif answer.url.path.startswith("/sign-in"):
                self.sign_in()
            return form

        return self.insist(path, look)

    def send(self, form: PageForm, leads_to: str) -> str:
        """Sends the form until its answer leads to a path that `leads_to` matches; returns what its group names."""

        def post() -> str | None:
            answer = self.http.post(
                urljoin(self.url, form.action), data={**form.fields, "csrf_token": self.csrf}
            )
            path = urlsplit(answer.headers.get("location", "")).path
            if found := re.fullmatch(leads_to, path):
                return found[1] if found.groups() else path
            self._mend(answer, form)
            return None

        return self.insist(form.action, post)

    def insist(self, what: str, attempt: Callable[[], T | None]) -> T:
        """What `attempt` returns once it is something. Raises GaveUp after a person's patience, and Refused."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                if (answer := attempt()) is not None:
                    return answer
            except (httpx.HTTPError, LookupError):
                self.trouble.unclear += 1
            time.sleep(AGAIN)
        raise GaveUp(what)

    def sign_in(self) -> httpx.Response:
        """Through the provider's page, as a person would; what it leads to."""
        return self.follow(
            fill_in(self.http, self.follow(self.http.get(f"{self.url}/auth/login")), self.uid)
        )

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that redirects lead to."""
        for _ in range(12):
            if not answer.is_redirect:
                break
            answer = self.http.get(urljoin(str(answer.url), answer.headers["location"]))
        return answer

    def _trust_loopback(self) -> None:
        """As browsers do: a cookie that is `Secure` (Keycloak's are) goes to a loopback address without TLS, too."""
        for cookie in self.http.cookies.jar:
            cookie.secure = False

    def _mend(self, answer: httpx.Response, form: PageForm) -> None:
        """Does what a person would do about an answer that was none; raises Refused where it is a clear no."""
        if answer.is_redirect:
            self._come_back(answer, form)
        elif answer.status_code == 403 and "opened before you signed in" in answer.text:
            self._renew_csrf()
        elif 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            raise Refused(f"{form.action}: {answer.status_code} {said(answer)}")
        else:
            self.trouble.unclear += 1

    def _come_back(self, answer: httpx.Response, form: PageForm) -> None:
        """The session is gone: signs in again; where the product shows the form again, all of it must be there."""
        self.trouble.lost_sessions += 1
        shown = self.follow(answer)
        if shown.url.path.startswith(("/sign-in", "/auth")):
            shown = self.sign_in()
        if shown.url.path.startswith("/kept/") and (kept := _form(shown, "form_key")):
            self.csrf = kept.fields.get("csrf_token", self.csrf)
            self._compare(form, kept)
        elif shown.status_code == 200:
            self._renew_csrf()

    def _compare(self, sent: PageForm, kept: PageForm) -> None:
        if kept.fields.get("form_key") != sent.fields.get("form_key"):
            return  # another form of theirs
        self.trouble.kept_forms += 1
        missing = [
            name
            for name, value in sent.fields.items()
            if name != "csrf_token" and kept.fields.get(name) != value
        ]
        if missing:
            self.trouble.lost_input.append(
                f"{self.uid}, {sent.action}: {', '.join(missing)} were not kept"
            )

    def _renew_csrf(self) -> None:
        page = self.follow(self.http.get(f"{self.url}/"))
        if page.status_code == 200 and (read := ServedPage(page)).has("[name=csrf_token]"):
            self.csrf = read.value("csrf_token")


def fill_in(http: httpx.Client, page: httpx.Response, uid: str) -> httpx.Response:
    """The provider's sign-in page, filled in and sent; the page itself where it asks for nothing."""
    if 'type="password"' not in page.text:
        return page
    form = form_with(page.text, "password")
    filled = {
        **form.fields,
        "uid" if "uid" in form.fields else "username": uid,
        "password": DEMO_PASSWORD,
    }
    return http.post(urljoin(str(page.url), form.action or str(page.url)), data=filled)


def said(answer: httpx.Response) -> str:
    """The words of a refusal, without their tags."""
    page = ServedPage(answer)
    alerts = page.texts("[role=alert]")
    return (alerts[0] if alerts else page.text)[:200]


def _form(answer: httpx.Response, field: str) -> PageForm | None:
    if answer.status_code != 200:
        return None
    try:
        return form_with(answer.text, field)
    except LookupError:
        return None
