"""Work that takes memory or processor time takes turns, whoever asks."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from flask import Flask, Response, g, request
from werkzeug.exceptions import TooManyRequests

from consumers.jobs.process import run_due_jobs
from models.sales.imports import AT_ONCE
from tests.factories.files import make_picture
from tests.factories.office import key_for
from tests.finance.conftest import draft, office  # noqa: F401  fixtures
from tests.web_client import known_people, sign_in
from webapp.shared.lists import csv_files
from webapp.shared.people.rights import Person
from webapp.shared.process import turns
from webapp.shared.process.turns import IN_ALL, OF_ONE_PERSON, Turns

JIM = "jim.halpert"


def test_never_more_run_at_once_than_there_are_turns():
    door, lock = Turns(at_once=2, patience=30), threading.Lock()
    running, most = 0, 0

    def work(n: int) -> None:
        nonlocal running, most
        with door.take(f"person-{n}"):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.005)
            with lock:
                running -= 1

    with ThreadPoolExecutor(IN_ALL) as pool:
        list(pool.map(work, range(IN_ALL)))
    assert most == 2 and running == 0


def test_one_person_holds_up_only_themselves():
    door = Turns(at_once=100)
    with ExitStack() as held:
        for _ in range(OF_ONE_PERSON):
            held.enter_context(door.take(JIM))
        with pytest.raises(TooManyRequests) as refused:
            held.enter_context(door.take(JIM))
        assert refused.value.retry_after and "wait" in str(refused.value.description)
        held.enter_context(door.take("pam.beesly"))
    with door.take(JIM):
        pass


def test_when_too_many_wait_the_next_is_asked_to_come_again():
    door = Turns(at_once=IN_ALL)
    with ExitStack() as held:
        for n in range(IN_ALL):
            held.enter_context(door.take(f"person-{n}"))
        with pytest.raises(TooManyRequests):
            held.enter_context(door.take("one-more"))
    with door.take("one-more"):
        pass


def test_nobody_waits_for_ever_and_a_failure_gives_the_turn_back():
    door = Turns(at_once=1, patience=0.05)
    with door.take(JIM), pytest.raises(TooManyRequests), door.take("pam.beesly"):
        pass
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), door.take(JIM):
            _ = 1 / 0
    with door.take(JIM):
        pass


def test_each_door_to_such_work_waits_for_its_turn(
    client_as,
    bearer_for,
    draft,  # noqa: F811
    monkeypatch,
):
    """A receipt by form and by REST, a face, a file of leads and one of goods that came."""
    number, jim, darryl = draft(JIM), client_as(JIM), client_as("darryl.philbin")
    busy = Turns(at_once=0, patience=0.0)
    for module in (
        "finance.voucher_files",
        "profile.avatars",
        "shared.pages.documents",
        "sales.imports",
        "inventory.receipt_file",
    ):
        monkeypatch.setattr(f"webapp.{module}.TURNS", busy)
    form = {"purpose": "x", "lines-1-what": "y", "version": "1"}
    picture = (io.BytesIO(make_picture()), "a.png")
    answers = [
        jim.post(f"/expenses/{number}/edit", data={**form, "lines-1-voucher": picture}),
        jim.post("/profile/avatar", data={"avatar": (io.BytesIO(make_picture()), "a.png")}),
        jim.post(
            f"/api/v1/expenses/{number}/receipts?line=1",
            data=make_picture(),
            content_type="image/png",
            headers=bearer_for(JIM, "finance"),
        ),
        jim.post("/sales/leads/import", data={"file": (io.BytesIO(b"company\nA\n"), "a.csv")}),
        darryl.post("/inventory/receive/file", data={"text": "CP-20-LTR,2"}),
    ]
    assert [each.status_code for each in answers] == [429] * len(answers)
    assert {each.headers["Retry-After"] for each in answers} == {str(turns.RETRY_AFTER)}


def test_a_pdf_waits_for_its_turn(small_office, monkeypatch):
    app, dsn = small_office
    michael = sign_in(app, known_people()["michael.scott"])
    address = f"/orders/{key_for('/orders', dsn)}/order.pdf"
    assert michael.get(address).status_code == 200
    monkeypatch.setattr("webapp.shared.pages.documents.TURNS", Turns(at_once=0, patience=0.0))
    answer = michael.get(address)
    assert answer.status_code == 429 and answer.headers["Refresh"] == str(turns.RETRY_AFTER)


EXPORTS = (
    "/orders/export.csv",
    "/sales/leads/export.csv",
    "/inventory/products/CP-20-LTR/ledger.csv",
    "/expenses/spend.csv",
)


@pytest.mark.parametrize("path", EXPORTS)
def test_an_export_waits_for_its_turn_and_the_page_that_says_so_tries_again(
    small_office, monkeypatch, path: str
):
    app, _dsn = small_office
    michael = sign_in(app, known_people()["michael.scott"])
    assert michael.get(path).mimetype == "text/csv"
    monkeypatch.setattr("webapp.shared.lists.csv_files.EXPORTS", Turns(at_once=0, patience=0.0))
    answer = michael.get(path)
    assert answer.status_code == 429 and answer.headers["Refresh"] == str(turns.RETRY_AFTER)


@pytest.mark.parametrize("ends", ["read", "given up", "never looked at", "failed"])
def test_an_export_has_its_turn_until_it_is_sent(monkeypatch, ends: str):
    door = Turns()
    monkeypatch.setattr(csv_files, "EXPORTS", door)
    with Flask(__name__).test_request_context():
        g.person = Person(JIM, "Jim Halpert")

        @csv_files.until_sent
        def export() -> Response:
            if ends == "failed":
                raise ZeroDivisionError
            return Response(f"{n}\n" for n in range(3))

        if ends == "failed":
            with pytest.raises(ZeroDivisionError):
                export()
        else:
            response = export()
            assert door._under_way[JIM] == 1
            if ends == "read":
                assert response.get_data() == b"0\n1\n2\n"
            elif ends == "given up":
                assert next(iter(response.response)) == b"0\n"
            response.close()
    assert not door._under_way


def test_an_export_that_is_not_sent_since_something_after_it_failed_gives_its_turn_back(
    monkeypatch,
):
    door, app = Turns(), Flask(__name__)
    monkeypatch.setattr(csv_files, "EXPORTS", door)
    turns.install(app)

    @app.before_request
    def know() -> None:
        g.person = Person(JIM, "Jim Halpert")

    @app.after_request
    def fail(response: Response) -> Response:
        if "fails" in request.args:
            raise ZeroDivisionError
        return response

    @app.get("/export.csv")
    @csv_files.until_sent
    def export() -> Response:
        return Response(f"{n}\n" for n in range(3))

    assert app.test_client().get("/export.csv?fails").status_code == 500
    assert not door._under_way
    sent = app.test_client().get("/export.csv", buffered=False)
    assert door._under_way[JIM] == 1, "the turn of one that is being sent"
    assert sent.get_data() == b"0\n1\n2\n"
    sent.close()
    assert not door._under_way


def test_nobody_has_more_than_a_few_imports_under_way(client_as, clean_database: str):
    jim, dwight = client_as(JIM), client_as("dwight.schrute")

    def send(client):
        file = (io.BytesIO(b"company\nA\n"), "a.csv")
        return client.post("/sales/leads/import", data={"file": file})

    for _ in range(AT_ONCE):
        assert send(jim).status_code == 303
    refused = send(jim)
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    assert "earlier imports" in refused.text
    assert send(dwight).status_code == 303
    with ThreadPoolExecutor() as apart:  # the browser has an event loop in this thread
        apart.submit(run_due_jobs, "sales").result()
    assert send(jim).status_code == 303
