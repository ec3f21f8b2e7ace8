"""With PostgreSQL frozen every page and REST call answers in time, and says what is known."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from models.shared.transactions import reading
from models.wuphf.tables import Broadcast
from tests.factories.office import SmallOffice
from tests.wuphf.live_browser import Web, wait_for

PAGE, REST, GRACE = 1.5, 2.5, 5.0  # seconds; the grace is for a machine that is busy
PAGES = (
    "/orders/",
    "/orders/drafts",
    "/sales/leads",
    "/sales/clients",
    "/inventory/products",
    "/expenses/",
    "/wuphf",
    "/wuphf/home",
    "/orders/home",
)


@pytest.fixture(scope="module")
def web(small_office: SmallOffice) -> Iterator[Web]:
    server = Web(
        "tests.security.fuzzed_app:make_app()",
        DM_PAGE_SECONDS=str(PAGE),
        DM_REST_SECONDS=str(REST),
    )
    yield server
    server.stop()


@contextmanager
def frozen(dsn: str) -> Iterator[None]:
    """PostgreSQL with all its processes stands still, as under a debugger or on a hung disk."""
    with psycopg.connect(dsn) as connection:
        main = parent_of(connection.info.backend_pid)
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    pids = [main, *map(int, children)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while not answers(dsn):
            assert time.monotonic() < deadline


def answers(dsn: str) -> bool:
    """Whether PostgreSQL answers."""
    with suppress(psycopg.Error), psycopg.connect(dsn, connect_timeout=2) as connection:
        return connection.execute("SELECT true").fetchone() == (True,)
    return False


@pytest.mark.long
def test_every_page_answers_in_time_and_stands_in_its_frame(web: Web, small_office: SmallOffice):
    with web.as_person("michael.scott") as browser:
        assert {browser.get(page).status_code for page in PAGES} == {200}
        with frozen(small_office.dsn):
            for page in PAGES:
                answer, seconds = timed(lambda page=page: browser.get(page))
                assert answer.status_code == 503 and answer.headers["Retry-After"] == "2", page
                assert "<nav" in answer.text and "took too long to load" in answer.text, page
                assert seconds < PAGE + GRACE, page
        wait_for(lambda: browser.get("/orders/").status_code == 200)
        assert {browser.get(page).status_code for page in PAGES} == {200}


def test_a_rest_call_answers_in_time(web: Web, small_office: SmallOffice):
    token = httpx.get(f"{web.address}/test/token/orders").text
    bearer = {"Authorization": f"Bearer {token}"}

    def call() -> httpx.Response:
        return httpx.get(f"{web.address}/api/v1/orders", headers=bearer, timeout=30)

    assert call().status_code == 200
    with frozen(small_office.dsn):
        answer, seconds = timed(call)
        assert answer.status_code == 503 and answer.json()["code"] == "not_in_time"
        assert seconds < REST + GRACE
    wait_for(lambda: call().status_code == 200)


def test_a_write_says_that_its_outcome_is_unknown_and_the_same_key_finds_it_out(
    web: Web, small_office: SmallOffice
):
    form = {
        "text": "The lift is out of order",
        "groups": "sales",
        "form_key": uuid.uuid4().hex,
        "csrf_token": "csrf-michael.scott",
    }
    with web.as_person("michael.scott") as browser:
        browser.headers.pop("X-CSRF-Token")
        assert browser.get("/wuphf").status_code == 200
        with frozen(small_office.dsn):
            answer, seconds = timed(lambda: browser.post("/wuphf/broadcasts", data=form))
            assert answer.status_code == 503 and seconds < PAGE + GRACE
            assert "whether this was saved" in answer.text
            assert f'name="form_key" value="{form["form_key"]}"' in answer.text
            partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
            again = browser.post("/wuphf/broadcasts", data=form, headers=partial)
            assert again.status_code == 503 and "Send it again" in again.headers["HX-Trigger"]
        wait_for(lambda: browser.get("/wuphf").status_code == 200)
        for _ in range(2):
            assert browser.post("/wuphf/broadcasts", data=form).status_code == 303
    with reading("notifications") as session:
        assert session.query(Broadcast).filter_by(text=form["text"]).count() == 1


def parent_of(pid: int) -> int:
    """The process that started this one: of a backend, PostgreSQL itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("PPid:")[2].split()[0])


def timed(act) -> tuple[httpx.Response, float]:
    """The answer, and the seconds that it took."""
    began = time.monotonic()
    return act(), time.monotonic() - began
