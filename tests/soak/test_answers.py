"""The soak's verdict on answers: a slow machine is told apart from a product that fails or grows slow."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.soak.__main__ import Found, Size, faults_of, missing
from tests.soak.answers import IN_TIME, Answer, Answers, Noted, outcome_of, tally
from tests.soak.samples import Verdict

BEGAN, ENDED = 0.0, 900.0


def run_of(late: dict[int, str]) -> list[Answer]:
    """A request each second, of which those at these seconds were not in time."""
    return [Answer(float(at), 0.1, late.get(at, IN_TIME)) for at in range(900)]


def test_a_busy_machine_is_excused_by_a_share_that_is_written_down():
    late = dict.fromkeys(range(305, 900, 60), "late: GET / 503")
    found = tally(run_of(late), BEGAN, ENDED)
    assert found.faults == [] and "1.67% late (2% may be" in found.said
    assert found.kinds == {"late: GET / 503": 10}


def test_more_late_answers_than_that_are_a_fault():
    late = dict.fromkeys(range(305, 900, 40), "late: GET / 503")
    assert tally(run_of(late), BEGAN, ENDED).faults == ["2.5% of the answers were late; 2% may be"]


def test_late_answers_of_the_warm_up_do_not_count_and_those_that_grow_do():
    assert tally(run_of(dict.fromkeys(range(300), "late: x")), BEGAN, ENDED).faults == []
    growing = dict.fromkeys(range(620, 900, 40), "late: x") | {890: "late: x", 895: "late: x"}
    growing |= dict.fromkeys((650, 690), "late: x")
    assert tally(run_of(growing), BEGAN, ENDED).faults == ["late answers grew from 0.0% to 3.7%"]


def test_one_failure_is_one_too_many_in_the_warm_up_too():
    found = tally(run_of({7: "failed: GET / 500"}), BEGAN, ENDED)
    assert found.faults == ["1 requests failed"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, IN_TIME),
        (303, IN_TIME),
        (403, IN_TIME),
        (503, "late"),
        (429, "late"),
        (500, "failed"),
        (404, "failed"),
        (409, "failed"),
        (502, "failed"),
    ],
)
def test_what_a_status_means(status: int, kind: str):
    assert outcome_of(status, "GET /").split(":")[0] == kind


@pytest.fixture
def server() -> Iterator[str]:
    """Answers with the status that its path names, and not at all on /slow."""

    def answer(environ, start_response):
        path = Request(environ).path
        if path == "/slow":
            time.sleep(0.5)
        return Response(status=int(path[1:]) if path[1:].isdigit() else 200)(
            environ, start_response
        )

    made = make_server("127.0.0.1", 0, answer, threaded=True)
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


def test_each_request_of_a_browser_is_noted_until_it_is_over(server: str):
    answers, over = Answers(), threading.Event()
    http = httpx.Client(transport=Noted(answers, over.is_set), timeout=0.2, trust_env=False)
    for path in ("/200", "/503", "/500", "/slow"):
        with contextlib.suppress(httpx.TimeoutException):
            http.get(f"{server}{path}")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        http.get(f"http://127.0.0.1:{port}/orders/DM-1")
    over.set()
    http.get(f"{server}/500")
    assert [each.outcome for each in answers.all()] == [
        IN_TIME,
        "late: GET /… 503",
        "failed: GET /… 500",
        "late: GET /slow ReadTimeout",
        "failed: GET /orders/… ConnectError",
    ]


def test_a_run_with_too_few_people_says_that_it_says_nothing():
    assert missing((150, 1200), Size(200, 2000, 500)) == []
    (said,) = missing((150, 900), Size(200, 2000, 500))
    assert said.startswith("only 900 of 2000 sessions came")


def test_what_rises_and_what_failed_are_both_faults():
    flat, rising = Verdict("web, MB", 100.0, 5.0, 20.0), Verdict("web, threads", 5.0, 9.0, 5.0)
    assert faults_of(Found([flat], "", [])) == []
    assert faults_of(Found([flat, rising], "", ["x"])) == ["1 of 2 figures rise", "x"]
