"""Two gateways over one Redis: a real redis-server, and each trap of a shared store closed."""

import json
import os
import pickle
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from flask import Flask, session

from settings import settings
from tests.chaos.links import Links
from tests.conftest import free_port
from tests.web_client import app_over
from tests.wuphf.live_browser import wait_for
from webapp.gateway.sessions.errors import StoreAway
from webapp.gateway.sessions.redis import redis_store
from webapp.gateway.sign_in.back_channel import EVENT
from webapp.shared.people.rights import needs

pytestmark = pytest.mark.redis
COOKIE = "dm_session"


class RedisServer:
    """A redis-server of this test's own, in memory only."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                shutil.which("redis-server") or "redis-server",
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            return self.client.ping()
        except redis.ConnectionError:
            return False


@pytest.fixture
def links() -> Iterator[Links]:
    made = Links()
    yield made
    made.close()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: Links) -> Iterator[RedisServer]:
    """Reached over a link that can be cut."""
    one = RedisServer(tmp_path)
    one.start()
    port = links.join_up("redis", free_port(), one.port)
    monkeypatch.setenv("DM_SESSION_TYPE", "redis")
    monkeypatch.setenv("DM_SESSION_REDIS_URL", f"redis://127.0.0.1:{port}/0")
    settings.cache_clear()
    yield one
    one.stop()
    settings.cache_clear()


@pytest.fixture
def slowly() -> tuple[threading.Event, threading.Event]:
    """`arrived` and `go_on` of the first gateway's slow route."""
    return threading.Event(), threading.Event()


@pytest.fixture
def first(provider, server, people, slowly) -> Flask:
    app, (arrived, go_on) = app_over(people, served=("gateway",)), slowly

    @app.get("/slow")
    @needs("home.see")
    def slow():
        arrived.set()
        assert go_on.wait(10)
        session["written"] = "late"
        return "done"

    return app


@pytest.fixture
def second(provider, server, people) -> Flask:
    return app_over(people, served=("gateway",))


def same_browser(app: Flask, client):
    """The browser of `client`, its next request led to the other gateway."""
    other = app.test_client()
    other.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    other.csrf = getattr(client, "csrf", "")
    return other


@pytest.fixture
def jim(first: Flask, go_through):
    """Signed in through the first gateway."""
    client = first.test_client()
    client.set_cookie(COOKIE, "an-id-that-the-browser-made-up")
    go_through(client, "/auth/login?next=/")
    return client


def test_who_signed_in_at_one_gateway_is_known_at_the_other(second, jim, server):
    assert jim.get_cookie(COOKIE).value != "an-id-that-the-browser-made-up", "a new id at sign-in"
    assert same_browser(second, jim).get("/").status_code == 200
    assert second.test_client().get("/").status_code == 303


def test_a_session_that_began_at_one_and_was_left_at_the_other_is_over_everywhere(
    first, second, jim
):
    old, elsewhere = jim.get_cookie(COOKIE).value, same_browser(second, jim)
    elsewhere.csrf = csrf_of(second, old)
    assert elsewhere.post("/auth/logout").status_code == 303
    jim.set_cookie(COOKIE, old)
    assert jim.get("/").status_code == 303
    assert first.session_interface.peek(old) is None


def csrf_of(app: Flask, sid: str) -> str:
    return app.session_interface.peek(sid)["csrf"]


def test_a_slow_request_at_one_does_not_bring_back_what_ended_at_the_other(
    first, second, jim, server, slowly
):
    arrived, go_on = slowly
    sid = jim.get_cookie(COOKIE).value
    with ThreadPoolExecutor() as pool:
        running = pool.submit(same_browser(first, jim).get, "/slow")
        assert arrived.wait(10)
        second.session_interface.end(sid)
        go_on.set()
        assert running.result(10).status_code == 200
    assert first.session_interface.peek(sid) is None
    assert not [key for key in server.client.keys("*session*") if sid in key.decode()]


def test_tokens_are_renewed_once_though_both_gateways_are_asked_at_the_same_time(
    first, second, jim, provider
):
    sid = jim.get_cookie(COOKIE).value
    store = first.session_interface
    with first.app_context():
        store.keep_tokens(sid, {**store.tokens(sid), "renew_at": 0})
    browsers = [same_browser(app, jim) for app in (first, second) * 4]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one.get("/").status_code, browsers))
    assert answers == [200] * 8 and len(provider.refreshes) == 1


def test_the_provider_tells_one_gateway_and_the_session_ends_at_the_other(
    first, second, jim, provider
):
    now = int(time.time())
    claims = {
        "iss": provider.issuer,
        "aud": "dm-web",
        "iat": now,
        "exp": now + 60,
        "jti": "one",
        "sub": "id-of-jim.halpert",
        "events": {EVENT: {}},
    }
    for app, status in ((second, 200), (first, 400)):
        answer = app.test_client().post(
            "/auth/back-channel-logout", data={"logout_token": provider.token(claims)}
        )
        assert answer.status_code == status, "and the other knows that it was used"
    assert jim.get("/").status_code == 303


def test_what_lies_in_redis_is_json_with_an_end_and_a_pickle_is_nobody(first, jim, server):
    for key in server.client.keys("dm:*"):
        json.loads(server.client.get(key))
        assert 0 < server.client.ttl(key) <= settings().session_absolute_hours * 3600
    (key,) = server.client.keys("dm:session:*")
    server.client.set(key, pickle.dumps({"uid": "nick.reyes"}))
    assert jim.get("/").status_code == 303


def test_while_redis_is_away_it_says_so_and_sessions_are_there_again_where_it_kept_them(
    first, jim, server
):
    sid = jim.get_cookie(COOKIE).value
    os.kill(server.process.pid, 19)
    try:
        assert jim.get("/").status_code == 503
    finally:
        os.kill(server.process.pid, 18)
    assert jim.get("/").status_code == 200 and jim.get_cookie(COOKIE).value == sid


@pytest.mark.parametrize("how", ["reset", "silent"])
def test_the_first_request_after_idle_connections_died_has_its_session(
    first, jim, server, links, how: str
):
    """Connections that a firewall forgot say nothing; new ones pass."""
    for _ in range(3):
        with ThreadPoolExecutor(5) as pool:  # so many connections lie idle then
            browsers = [same_browser(first, jim) for _ in range(5)]
            assert {each.status_code for each in pool.map(lambda b: b.get("/"), browsers)} == {200}
        if how == "reset":
            links.reset("redis")
        else:
            links.forget("redis")
        for _ in range(6):
            assert jim.get("/").status_code == 200


def test_a_redis_killed_and_revived_under_load_loses_its_sessions_and_nothing_else(
    first, jim, server, go_through
):
    over, seen = threading.Event(), []

    def keep_asking() -> None:
        browser = same_browser(first, jim)
        while not over.is_set():
            seen.append(browser.get("/").status_code)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(keep_asking) for _ in range(4)]
        try:
            server.stop()
            wait_for(lambda: 503 in seen)
            server.start()
            wait_for(lambda: seen[-1] == 303)  # it kept nothing: this person signs in again
        finally:
            over.set()
        for each in asking:
            each.result(10)
    assert set(seen) <= {200, 303, 503}
    client = first.test_client()
    go_through(client, "/auth/login?next=/")
    assert client.get("/").status_code == 200


def test_a_write_that_tells_who_was_first_is_not_repeated(server, links):
    """Its first try may have been the one that wrote, and a second would deny it."""
    store, link = redis_store(settings().session_redis_url), links.by_name["redis"]
    assert store.add("warm", 1, timeout=60)
    link.mode = "deaf"  # what is asked arrives, and no answer comes back
    with pytest.raises(StoreAway):
        store.add("once", 1, timeout=60)
    assert calls(server, "set") == 2
    link.mode = "open"
    assert not store.add("once", 1, timeout=60)


def calls(server: RedisServer, command: str) -> int:
    """How often Redis was asked for it."""
    return server.client.info("commandstats")[f"cmdstat_{command}"]["calls"]
