"""A process dies while people work: nobody loses a word or a bell, and nobody is told twice."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browsers import Someone
from tests.journeys.steps import be_quiet, bell_count, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]


def test_the_gateway_is_killed_while_two_type_and_nobody_loses_a_word(arrive: Arrive, stack: Any):
    jim, dwight = arrive("jim.halpert"), arrive("dwight.schrute")
    for someone, words in ((jim, "PR-JIM-77"), (dwight, "PR-DWIGHT-9")):
        page = someone.open("/orders/new")
        page.get_by_label("Client").fill("CL-1003")
        page.get_by_label("Product").first.fill("CP-20-LTR")
        page.get_by_label("Cases").first.fill("2")
        page.get_by_label("Their purchase order").press_sequentially(words)
    stack.kill("web")
    stack.start("web")
    numbers = [press_until_placed(jim, "PR-JIM-77"), press_until_placed(dwight, "PR-DWIGHT-9")]
    assert len(set(numbers)) == 2


def press_until_placed(someone: Someone, words: str) -> str:
    """Presses "Place order" as a person would who still sees the form: each time with all that was typed."""
    page = someone.page
    for _ in range(6):
        expect(page.get_by_label("Their purchase order")).to_have_value(words)
        expect(page.get_by_label("Cases").first).to_have_value("2")
        page.get_by_role("button", name="Place order").click()
        try:
            page.wait_for_url(re.compile(r"/orders/DM-\d+"), timeout=5_000)
        except TimeoutError:
            continue
        expect(page.locator("main")).to_contain_text(words)
        return page.url.rsplit("/", 1)[1]
    raise AssertionError("the order was never placed")


@pytest.mark.long
def test_a_bell_that_rang_while_the_gateway_was_away_is_there_when_it_is_back(
    arrive: Arrive, stack: Any
):
    jim = arrive("jim.halpert")
    before = bell_count(jim.page)
    stack.kill("notifications")
    number = place_order(jim, cases=1)
    jim.open("/")  # on the order's own page its news would be read as soon as it came
    stack.kill("web")
    stack.start("notifications")
    stack.start("web")
    expect(jim.page.locator("#bell-count")).to_have_text(str(before + 1), timeout=40_000)
    expect(jim.open("/wuphf").locator("main li.wu", has_text=number)).to_have_count(1)


@pytest.fixture
def down(stack: Any) -> Iterator[Callable[[str], None]]:
    """`down("relay")` kills a process; whatever becomes of the test, it runs again afterwards."""
    killed: list[str] = []

    def kill(process: str) -> None:
        stack.kill(process)
        killed.append(process)

    yield kill
    for process in killed:
        stack.start(process)


@pytest.mark.parametrize(
    "process",
    [
        "notifications",
        *(pytest.param(each, marks=pytest.mark.long) for each in ("inventory", "relay")),
    ],
)
def test_a_process_is_killed_and_no_bell_is_missed_or_doubled(
    arrive: Arrive, stack: Any, down: Callable[[str], None], process: str
):
    jim = arrive("jim.halpert")
    be_quiet(stack)
    before = bell_count(jim.open("/"))
    down(process)
    numbers = [place_order(jim, cases=1) for _ in range(3)]
    assert bell_count(jim.page) == before, f"without {process} nothing rings"
    stack.start(process)
    expect(jim.page.locator("#bell-count")).to_have_text(str(before + 3), timeout=60_000)
    page = jim.open("/wuphf")
    for number in numbers:
        expect(page.locator("main li.wu", has_text=number)).to_have_count(1)


def test_one_trace_leads_from_the_form_to_the_push_and_one_id_through_every_log(
    arrive: Arrive, stack: Any
):
    jim = arrive("jim.halpert")
    number = place_order(jim, cases=1)
    expect(jim.page.locator(".head .st")).to_contain_text("Reserved")
    correlation = jim.page.locator("p.tip .no").last.inner_text()

    def spans() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in Path(stack.trace_file).read_text().splitlines()]
        mine = {
            line["trace_id"]
            for line in lines
            if line["attributes"].get("correlation.id") == correlation
        }
        return [line for line in lines if line["trace_id"] in mine]

    wanted = {"web", "relay", "worker-inventory", "worker-orders", "worker-notifications"}
    stack.wait_until(
        lambda: (
            {each["process"] for each in spans()} >= wanted
            and any("push" in each["name"] for each in spans())
        )
    )
    assert len({each["trace_id"] for each in spans()}) == 1, f"{number} has one trace"
    for process in wanted:
        assert correlation in stack.log(process.removeprefix("worker-")), (
            f"{process} logs the correlation id"
        )
