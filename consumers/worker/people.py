"""Pull people and groups from the profile service for wuphf; during outages the last known stay."""

import asyncio
import logging
import time

import httpx
import msgspec
from prometheus_client import Gauge

from models.shared.records.commands import Door
from models.shared.transactions import transaction
from models.wuphf.people import (
    KnownPerson,
    confirm_people,
    known_etag,
    replace_people,
)
from settings import settings

EVERY, EVERY_AT_FIRST = 5.0, 0.5  # seconds; before the first pull the worker can notify nobody
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
PULLED = Gauge(
    "dm_people_pulled_timestamp_seconds", "When people were last confirmed by the profile service"
)
log = logging.getLogger(__name__)


class PeoplePage(msgspec.Struct, frozen=True):
    """The profile service's answer."""

    items: list[KnownPerson]


class ServiceToken:
    """The token for work without a person (RFC 6749 client credentials).

    It is renewed at half its lifetime.
    """

    def __init__(self) -> None:
        self._value, self._until = "", 0.0

    async def get(self, client: httpx.AsyncClient) -> str:
        """Return a valid token. Raises httpx.HTTPError if the provider issues none."""
        if time.monotonic() >= self._until:
            endpoint, wanted = await self._endpoint(client), {"grant_type": "client_credentials"}
            answer = await client.post(endpoint, data=wanted, auth=_credentials())
            given = answer.raise_for_status().json()
            self._value = given["access_token"]
            self._until = time.monotonic() + given.get("expires_in", 60) / 2
        return self._value

    def forget(self) -> None:
        """Drop a refused token, so that the next `get` requests a new one."""
        self._until = 0.0

    @staticmethod
    async def _endpoint(client: httpx.AsyncClient) -> str:
        config = settings()
        answer = await client.get(f"{config.oidc_base()}/.well-known/openid-configuration")
        endpoint: str = answer.raise_for_status().json()["token_endpoint"]
        if config.oidc_internal_base and endpoint.startswith(config.oidc_issuer):
            endpoint = config.oidc_internal_base + endpoint.removeprefix(config.oidc_issuer)
        return endpoint


async def keep_people_current() -> None:
    """Pull people every few seconds forever, more often until the first pull succeeds."""
    token, away = ServiceToken(), False
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        while True:
            try:
                await pull_people(client, token)
                away = False
            except (httpx.HTTPError, msgspec.MsgspecError, ValueError, KeyError) as error:
                level = logging.DEBUG if away else logging.WARNING
                log.log(level, "cannot pull people, keeping the last known: %r", error)
                away = True
            await asyncio.sleep(EVERY if knows_people() else EVERY_AT_FIRST)


async def pull_people(client: httpx.AsyncClient, token: ServiceToken) -> bool:
    """Ask once and update the projection; return whether anything changed.

    Raises on any status but 200 and 304.
    """
    with transaction("notifications", actor="service:wuphf") as session:
        etag = known_etag(session)
    headers = {"Authorization": f"Bearer {await token.get(client)}"}
    if etag:
        headers["If-None-Match"] = etag
    answer = await client.get(f"{settings().api_base()}/api/v1/people", headers=headers)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        token.forget()
    if answer.status_code == httpx.codes.NOT_MODIFIED:
        _store(None, "")
        return False
    page = msgspec.json.decode(answer.raise_for_status().content, type=PeoplePage)
    _store(page, answer.headers.get("ETag", ""))
    return True


def knows_people() -> bool:
    """Check whether a pull ever succeeded."""
    with transaction("notifications", actor="service:wuphf") as session:
        return known_etag(session) is not None


def _store(page: PeoplePage | None, etag: str) -> None:
    door = Door("service:wuphf")
    if page is None:
        door.run(confirm_people)
    else:
        door.run(replace_people, page.items, etag)
        log.info("pulled %d people", len(page.items))
    PULLED.set_to_current_time()


def _credentials() -> tuple[str, str]:
    config = settings()
    return config.service_client_id, config.service_client_secret.reveal()
