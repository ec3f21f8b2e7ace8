"""Pull what services need of each other (settings, preferences, people) into their own schemas.

Runs every two seconds in a thread of the web process: the one process that every service has,
whether or not it consumes events, and the one that serves the sources
(docs/adr/0009-who-serves-a-services-pages-pulls-for-it.md). While a source is down, the last known
values stay in use. One request per round and source serves all schemas; an unchanged source answers
304.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import httpx
from flask import Flask
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from areas import AREAS
from models.shared.records.commands import Door
from models.shared.settings.pulled_records import PulledPage, known_revision, take_page
from models.shared.transactions import reading
from settings import settings
from webapp.shared.process.json_objects import JsonObject

EVERY = 2.0  # seconds
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
CONFIRMED = Gauge(
    "dm_pull_confirmed_timestamp_seconds",
    "When a source was last confirmed for all who pull it",
    ["source"],
)
log = logging.getLogger(__name__)


class Source(NamedTuple):
    """What is pulled: where it is served, an item's key field, and the schemas that store it."""

    name: str
    path: str
    key: str
    schemas: tuple[str, ...]


PULLERS = tuple(area.schema for area in AREAS if area.schema != "profile")  # which serves them
SETTINGS = Source("settings", "/settings", "name", PULLERS)
PREFERENCES = Source("preferences", "/preferences", "uid", PULLERS)
PEOPLE = Source("people", "/people", "uid", ("orders", "sales"))
OWN = "memory"  # this process's own copy, tracked like a schema


def start(app: Flask) -> None:
    """Start pulling forever in a thread (a greenlet under gunicorn's gevent worker)."""
    pullers = [
        Puller(SETTINGS),
        Puller(PREFERENCES, app.extensions["preferences"].learn_page),
        PeoplePuller(PEOPLE, app.extensions["names"].learn_page),
    ]
    threading.Thread(target=_keep_current, args=(pullers,), name="pulling", daemon=True).start()


class Puller:
    """Pull one source and keep all its schemas' projections, and `remember`, up to date."""

    def __init__(
        self, source: Source, remember: Callable[[PulledPage], None] | None = None
    ) -> None:
        self.source, self.remember, self.known = source, remember, dict[str, int]()

    def pull(self, client: httpx.Client, token: "ServiceToken") -> bool:
        """Ask once; return whether anything was new.

        Raises httpx.HTTPError, SQLAlchemyError or ValueError.
        """
        self._look_up()
        since = min(self.known.values())
        headers = {"Authorization": f"Bearer {token.get(client)}", "If-None-Match": f'"{since}"'}
        answer = client.get(
            f"{settings().api_base()}/api/v1{self.source.path}",
            params={"changed_since": since},
            headers=headers,
        )
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token.forget()
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            self._store(answer.raise_for_status().json())
        CONFIRMED.labels(self.source.name).set_to_current_time()
        return answer.status_code != httpx.codes.NOT_MODIFIED

    def _look_up(self) -> None:
        if self.remember:
            self.known.setdefault(OWN, 0)
        for schema in self.source.schemas:
            if schema not in self.known:
                with reading(schema) as session:
                    self.known[schema] = known_revision(session, self.source.name)

    def _store(self, body: JsonObject) -> None:
        page = PulledPage(
            revision=body["revision"],
            complete=body["complete"],
            records={item[self.source.key]: item for item in body["items"]},
        )
        if self.remember and self.known[OWN] != page.revision:
            self.remember(page)
            self.known[OWN] = page.revision
        for schema in self.source.schemas:
            if self.known[schema] != page.revision:
                Door(f"service:{schema}", schema=schema).run(take_page, self.source.name, page)
                self.known[schema] = page.revision


class PeoplePuller(Puller):
    """Pull everybody in the company; the answer has a hash for an ETag and no revisions."""

    version = ""

    def pull(self, client: httpx.Client, token: "ServiceToken") -> bool:
        """Ask once; return whether anything was new. Raises what `Puller.pull` raises."""
        headers = {"Authorization": f"Bearer {token.get(client)}"}
        if self.version and self._is_kept():
            headers["If-None-Match"] = self.version
        answer = client.get(f"{settings().api_base()}/api/v1{self.source.path}", headers=headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token.forget()
        is_new = answer.status_code != httpx.codes.NOT_MODIFIED
        if is_new:
            self._take(answer.raise_for_status().json()["items"])
            self.version = answer.headers.get("ETag", "")
        CONFIRMED.labels(self.source.name).set_to_current_time()
        return is_new

    def _is_kept(self) -> bool:
        """Return whether every schema still has what was pulled; a restore may have taken it away."""
        for schema in self.source.schemas:
            with reading(schema) as session:
                if not known_revision(session, self.source.name):
                    return False
        return True

    def _take(self, items: list[JsonObject]) -> None:
        """Store everybody; no people at all is no answer, since nobody could decide."""
        if not items:
            raise ValueError("the profile service names no people")
        now = int(time.time())
        records = {each[self.source.key]: {**each, "revision": now} for each in items}
        page = PulledPage(revision=now, complete=True, records=records)
        if self.remember:
            self.remember(page)
        for schema in self.source.schemas:
            Door(f"service:{schema}", schema=schema).run(take_page, self.source.name, page)


class ServiceToken:
    """The token for work without a person (RFC 6749 client credentials).

    It is renewed at half its lifetime.
    """

    def __init__(self) -> None:
        self._value, self._until = "", 0.0

    def get(self, client: httpx.Client) -> str:
        """Return a valid token. Raises httpx.HTTPError if the provider issues none."""
        if time.monotonic() >= self._until:
            config = settings()
            credentials = config.service_client_id, config.service_client_secret.reveal()
            answer = client.post(
                _token_endpoint(client), data={"grant_type": "client_credentials"}, auth=credentials
            )
            given = answer.raise_for_status().json()
            self._value, self._until = (
                given["access_token"],
                time.monotonic() + given.get("expires_in", 60) / 2,
            )
        return self._value

    def forget(self) -> None:
        """Drop a refused token, so that the next `get` requests a new one."""
        self._until = 0.0


def _token_endpoint(client: httpx.Client) -> str:
    config = settings()
    answer = client.get(f"{config.oidc_base()}/.well-known/openid-configuration")
    endpoint: str = answer.raise_for_status().json()["token_endpoint"]
    if config.oidc_internal_base and endpoint.startswith(config.oidc_issuer):
        endpoint = config.oidc_internal_base + endpoint.removeprefix(config.oidc_issuer)
    return endpoint


def _keep_current(pullers: "list[Puller]") -> None:
    token, away = ServiceToken(), set[str]()
    with httpx.Client(timeout=TIMEOUT) as client:
        while True:
            for puller in pullers:
                _try(puller, client, token, away)
            time.sleep(EVERY)


def _try(puller: Puller, client: httpx.Client, token: ServiceToken, away: set[str]) -> None:
    name = puller.source.name
    try:
        puller.pull(client, token)
        away.discard(name)
    except (httpx.HTTPError, SQLAlchemyError, ValueError, KeyError) as error:
        log.log(
            logging.DEBUG if name in away else logging.WARNING,
            "cannot pull %s, keeping the last known: %r",
            name,
            error,
        )
        puller.known.clear()
        away.add(name)
    except Exception:
        log.exception("pulling %s failed", name)
