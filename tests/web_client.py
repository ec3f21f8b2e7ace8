"""A browser for tests of routes: signed in without a provider, by a real session in the real store.

Fixtures: `web_app`, `client_as("jim.halpert")` (a Flask test client that sends the CSRF token by itself),
`anonymous` and `served` (the app on a real port, so that services can call each other over HTTP).
tests/conftest.py names this module as a plugin, so every test has them.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from types import CodeType, MethodType
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from settings import settings
from webapp.app import create_app
from webapp.gateway.people.directory import Directory
from webapp.gateway.people.ldap_reader import Entry
from webapp.shared.people.rights import Person, roles_of_groups

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}  # as htmx asks for a part of a page
DEPARTMENTS = {
    "management": "david.wallace jan.levinson michael.scott",
    "sales": "jim.halpert dwight.schrute stanley.hudson phyllis.vance andy.bernard karen.filippelli",
    "sales-managers": "michael.scott",
    "accounting": "angela.martin oscar.martinez kevin.malone",
    "warehouse": "darryl.philbin roy.anderson madge.madsen lonny.collins val.johnson nate.nickerson",
    "customer-service": "kelly.kapoor meredith.palmer creed.bratton",
    "human-resources": "toby.flenderson holly.flax",
    "reception": "pam.beesly erin.hannon",
    "it": "nick.reyes ryan.howard",
}


KEPT_AS_IT_IS = re.compile(r"(<(pre|textarea|script)\b.*?</\2>)", re.DOTALL)
BLOCKS = (
    "article|aside|body|br|dd|details|dialog|div|dl|dt|fieldset|form|h[1-6]|head|header|html|li|link|main|meta|nav|ol"
    "|optgroup|option|p|section|select|summary|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
BESIDE_BLOCKS = re.compile(rf"\s*(</?(?:{BLOCKS})\b[^>]*>)\s*")


def as_read(html: str) -> str:
    """HTML with the whitespace that a browser reads: one space at most, none beside block elements or before `>`.

    A test may look for neighboring words or attributes, however the template lays them out.
    """
    parts = KEPT_AS_IT_IS.split(html)
    for place in range(0, len(parts), 3):
        one_space = re.sub(r"\s+", " ", parts[place]).replace(" >", ">")
        parts[place] = BESIDE_BLOCKS.sub(r"\1", one_space)
        parts[place + 2 : place + 3] = [""] if place + 2 < len(parts) else []
    return "".join(parts)


class SignedInClient(FlaskClient):
    """Sends the session's CSRF token with each unsafe request, as the page's form or htmx would.

    Pages come back as a browser reads them (`as_read`).
    """

    csrf = ""

    def open(self, *args, **kwargs):
        """As FlaskClient.open; pass `headers={"X-CSRF-Token": "…"}` to send another token."""
        headers = dict(kwargs.pop("headers", None) or {})
        if self.csrf and kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            headers.setdefault("X-CSRF-Token", self.csrf)
        answer = super().open(*args, headers=headers, **kwargs)
        if answer.mimetype == "text/html":
            answer.set_data(as_read(answer.get_data(as_text=True)))  # `text` is kept once read
        return answer


def known_people() -> dict[str, Entry]:
    """The company's people with their groups, as the LDIF has them."""
    groups: dict[str, set[str]] = {}
    for group, uids in DEPARTMENTS.items():
        for uid in uids.split():
            groups.setdefault(uid, {"everyone"}).add(group)
    return {
        uid: Entry(
            uid,
            uid.replace(".", " ").title(),
            f"{uid}@dundermifflin.com",
            sorted(of)[0],
            "",
            frozenset(of),
        )
        for uid, of in groups.items()
    }


class CompiledTemplates(BytecodeCache):
    """What Jinja made of each template, kept in this process: every test has an application of its own."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of the same source, if it was compiled before."""
        bucket.code = self.made.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what was just compiled."""
        self.made[bucket.key, bucket.checksum] = bucket.code


class RuleCompiledOnce(Rule):
    """A URL rule that is parsed and compiled once in this process; it comes out the same in every application.

    Werkzeug's builders reach their converters by way of the rule that they are bound to.
    """

    made: ClassVar[dict[tuple[object, ...], "RuleCompiledOnce"]] = {}

    def compile(self) -> None:
        """As werkzeug does, or what it made of an equal rule before."""
        assert self.map is not None
        domain = self.host if self.map.host_matching else self.subdomain
        key = (self.rule, domain, self.merge_slashes, *self.map.converters.values())
        if self.defaults:
            super().compile()
        elif known := self.made.get(key):
            self._parts, self._trace, self._converters = (
                known._parts,
                known._trace,
                known._converters,
            )
            self.arguments |= known.arguments
            self._build = MethodType(known._build.__func__, self)
            self._build_unknown = MethodType(known._build_unknown.__func__, self)
        else:
            super().compile()
            self.made[key] = self


COMPILED_TEMPLATES = CompiledTemplates()
Flask.url_rule_class = RuleCompiledOnce


@pytest.fixture
def people() -> dict[str, Entry]:
    """The directory's people; change it in a test and the change acts at once."""
    return known_people()


@pytest.fixture
def web_app(people: dict[str, Entry]) -> Flask:
    """The application over a directory of the test's own (LDAP is what is outside)."""
    return app_over(people)


def app_over(people: dict[str, Entry], **options: Any) -> Flask:
    """The application over these people."""
    app = create_app(Directory(read=lambda uid, seconds: people.get(uid), fresh=0.0), **options)
    app.jinja_env.bytecode_cache = COMPILED_TEMPLATES
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = SignedInClient
    return app


@pytest.fixture
def anonymous(web_app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return web_app.test_client()


@pytest.fixture
def client_as(web_app: Flask, people: dict[str, Entry]) -> Callable[[str], SignedInClient]:
    """`client_as("jim.halpert")` is that person's browser, signed in."""
    return lambda uid: sign_in(web_app, people[uid])


@pytest.fixture
def bearer_for(web_app: Flask, people: dict[str, Entry]) -> Callable[[str, str], dict[str, str]]:
    """`bearer_for("jim.halpert", "orders")` are headers with the token that the gateway gives him for `orders`."""

    def headers(uid: str, service: str) -> dict[str, str]:
        entry = people[uid]
        person = Person(
            uid, entry.name, entry.mail, entry.department, roles=roles_of_groups(entry.groups)
        )
        return {
            "Authorization": f"Bearer {web_app.extensions['own_tokens'].issue(person, service)}"
        }

    return headers


def sign_in(app: Flask, entry: Entry) -> SignedInClient:
    """A browser with a session as the sign-in would leave it."""
    from webapp.gateway.sessions.store import Session

    interface, session = app.session_interface, Session(sid="unused")
    with app.test_request_context():
        interface.begin(
            session,
            {
                "uid": entry.uid,
                "sub": entry.uid,
                "name": entry.name,
                "mail": entry.mail,
                "csrf": f"csrf-{entry.uid}",
            },
            {"groups": sorted(entry.groups)},
        )
        interface.cache.set(interface._get_store_id(session.sid), dict(session), timeout=3600)
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], session.sid)
    client.csrf = f"csrf-{entry.uid}"
    return client


@pytest.fixture
def served(web_app: Flask) -> Iterator[str]:
    """The address of the app on a real port; `service_client.call` goes there."""
    server = make_server("127.0.0.1", 0, web_app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    os.environ["DM_INTERNAL_API_BASE"] = address
    settings.cache_clear()
    yield address
    os.environ.pop("DM_INTERNAL_API_BASE")
    settings.cache_clear()
    server.shutdown()
