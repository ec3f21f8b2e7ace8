"""People come from the directory to wuphf by REST, and stay known while something on the way is away."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from consumers.worker.people import ServiceToken, knows_people, pull_people
from models.shared.transactions import reading
from models.wuphf.people import count_people, members_of
from settings import settings

SECONDS = 15


def in_a_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs it in a thread of its own: the browser of the journeys keeps a loop in the main one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


def pull(token: ServiceToken | None = None) -> bool:
    """One pull, as the worker's timer does it."""

    async def once() -> bool:
        async with httpx.AsyncClient(timeout=5) as client:
            return await pull_people(client, token or ServiceToken())

    return in_a_loop(once())


def pull_until(true: Callable[[], bool]) -> None:
    """Pulls as the timer would, until it shows."""
    until, token = time.monotonic() + SECONDS, ServiceToken()
    while time.monotonic() < until:
        pull(token)
        if true():
            return
        time.sleep(0.2)
    raise AssertionError("it did not show in time")


def group(name: str) -> set[str]:
    with reading("notifications") as session:
        return members_of(session, name)


def test_people_and_groups_of_the_directory_reach_the_projection(stack, clean_database):
    assert not knows_people()
    assert pull()
    assert {"darryl.philbin", "roy.anderson"} <= group("warehouse")
    assert group("sales-managers") == {"michael.scott"}
    assert "pam.beesly" not in group("warehouse")
    with reading("notifications") as session:
        assert count_people(session) >= 25
    assert knows_people()


def test_what_did_not_change_is_not_sent_again(stack, clean_database):
    token = ServiceToken()
    assert pull(token)
    assert not pull(token)


def test_a_change_of_groups_shows_within_seconds(stack, clean_database):
    pull()
    assert "pam.beesly" not in group("sales")
    text = stack["ldif"].read_text()
    member = "uid={},ou=people,dc=dundermifflin,dc=com"
    assert f"member: {member.format('jim.halpert')}" in text
    dn, sales = (
        f"member: {member.format('pam.beesly')}\n",
        "dn: cn=sales,ou=groups,dc=dundermifflin,dc=com\n",
    )
    head, tail = text.split(sales)
    stack["ldif"].write_text(head + sales + tail.replace("member: ", dn + "member: ", 1))
    pull_until(lambda: "pam.beesly" in group("sales"))
    stack["ldif"].write_text(text)
    pull_until(lambda: "pam.beesly" not in group("sales"))


def test_the_last_known_serves_while_the_directory_is_away(stack, clean_database):
    pull()
    before = group("warehouse")
    stack["ldap"].stop()
    try:
        time.sleep(3.1)  # the answer is older than what serves without asking
        began = time.monotonic()
        pull()
        assert time.monotonic() - began < 2
        assert group("warehouse") == before
    finally:
        stack["ldap"].start()


def test_the_last_known_serves_while_the_profile_service_is_away(stack, clean_database):
    pull()
    before = group("warehouse")
    stack["web"].stop()
    try:
        with pytest.raises(httpx.HTTPError):
            pull()
        assert group("warehouse") == before
    finally:
        stack["web"].start()


def test_without_a_good_token_nobody_is_named(stack, clean_database):
    url = f"{settings().api_base()}/api/v1/people"
    assert httpx.get(url, timeout=30).status_code == 401
    forged = httpx.get(
        url, headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, timeout=30
    )
    assert forged.status_code == 401
    assert "halpert" not in forged.text


def test_the_token_is_used_until_half_its_life(stack):
    async def both() -> tuple[str, str, str]:
        token = ServiceToken()
        async with httpx.AsyncClient() as client:
            first, second = await token.get(client), await token.get(client)
            token.forget()
            return first, second, await token.get(client)

    first, second, third = in_a_loop(both())
    assert first == second != third
