"""Browsers, and a provider to sign in at."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from settings import settings
from tests.gateway.odd_provider import OddProvider
from tests.web_client import app_over
from webapp.gateway.people.ldap_reader import Entry


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OddProvider]:
    """A provider that the app of this test uses (ask for it before `web_app`)."""
    odd = OddProvider()
    monkeypatch.setenv("DM_OIDC_ISSUER", odd.issuer)
    settings.cache_clear()
    yield odd
    odd.stop()
    settings.cache_clear()


@pytest.fixture
def web_app(people: dict[str, Entry]) -> Flask:
    """The gateway alone: its tests need no area, and no area's fault fails them."""
    return app_over(people, served=("gateway",))


@pytest.fixture
def go_through(provider: OddProvider) -> Callable[..., TestResponse]:
    """`go_through(client, "/auth/login?next=/orders")` follows the browser to the provider and back."""

    def follow(client: FlaskClient, start: str) -> TestResponse:
        begun = client.get(start)
        assert begun.status_code == 303, begun.text
        back = httpx.get(begun.location).headers["Location"]
        return client.get(back.removeprefix(settings().public_url))

    return follow
