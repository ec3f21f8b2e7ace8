"""What a process has one of is made once, whichever threads ask first."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from models.shared.database.cache import made_once
from models.shared.database.tables import mechanism, metadata_of
from tests.web_client import app_over, known_people

THREADS = 16


def at_once(do: Callable[[], Any]) -> list[Any]:
    """What each of some threads got that began at the same moment."""
    start = threading.Barrier(THREADS)

    def run(_: int) -> Any:
        start.wait()
        return do()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_threads_that_ask_at_once_get_the_one_that_was_made():
    made = []

    @made_once
    def make(name: str) -> object:
        made.append(name)
        time.sleep(0.05)  # every other thread asks meanwhile
        return object()

    assert len({id(each) for each in at_once(lambda: make("a"))}) == 1
    assert made == ["a"]
    make("b")
    assert made == ["a", "b"] and make.cache_info().currsize == 2
    make.cache_clear()
    make("a")
    assert made == ["a", "b", "a"]


def test_the_first_threads_of_a_process_find_one_set_of_tables():
    assert len({id(each) for each in at_once(lambda: mechanism("made_once_test"))}) == 1
    assert len({id(each) for each in at_once(lambda: metadata_of("made_once_test"))}) == 1


def test_the_first_readers_of_the_api_reference_get_one_document():
    app = app_over(known_people())
    read = at_once(lambda: app.test_client().get("/api/v1/openapi.json"))
    assert {each.status_code for each in read} == {200}
    assert len({each.text for each in read}) == 1
