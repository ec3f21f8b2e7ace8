"""A process dies while people work: nobody loses a word or a bell, and nobody is told twice."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browsers import Arrive
from tests.journeys.quiet import await_quiet
from tests.pages.frame import Bell, await_number
from tests.pages.orders import NUMBER, OrderForm, OrderPage, place_order
from tests.pages.wuphf import Inbox

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_the_gateway_is_killed_while_two_type_and_nobody_loses_a_word(arrive: Arrive, stack: Any):
    jim, dwight = arrive("jim.halpert"), arrive("dwight.schrute")
    forms = [OrderForm.open(someone).fill(client="CL-1003") for someone in (jim, dwight)]
    for form, words in zip(forms, ("PR-JIM-77", "PR-DWIGHT-9"), strict=True):
        form.purchase_order.press_sequentially(words)
    stack.kill("web")
    stack.start("web")
    numbers = [
        press_until_placed(forms[0], "PR-JIM-77"),
        press_until_placed(forms[1], "PR-DWIGHT-9"),
    ]
    assert len(set(numbers)) == 2


def press_until_placed(form: OrderForm, words: str) -> str:
    """Presses "Place order" as a person would who still sees the form: each time with all that was typed."""
    for _ in range(6):
        expect(form.purchase_order).to_have_value(words)
        expect(form.cases).to_have_value("2")
        form.press_place()
        try:
            number = await_number(form.page, NUMBER, timeout=5_000)
        except TimeoutError:
            continue
        expect(form.page.get_by_role("main")).to_contain_text(words)
        return number
    raise AssertionError("the order was never placed")


@pytest.mark.long
def test_a_bell_that_rang_while_the_gateway_was_away_is_there_when_it_is_back(
    arrive: Arrive, stack: Any
):
    jim = arrive("jim.halpert")
    bell = Bell(jim.open("/"))
    before = bell.count()
    stack.kill("notifications")
    number = place_order(jim, cases=1).number
    jim.open("/")  # on the order's own page its news would be read as soon as it came
    stack.kill("web")
    stack.start("notifications")
    stack.start("web")
    bell.should_count(before + 1, timeout=40_000)
    Inbox.open(jim).should_have(number)


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


@pytest.mark.long
@pytest.mark.parametrize("process", ["notifications", "inventory", "relay"])
def test_a_process_is_killed_and_no_bell_is_missed_or_doubled(
    arrive: Arrive, stack: Any, down: Callable[[str], None], process: str
):
    jim = arrive("jim.halpert")
    await_quiet(stack)
    bell = Bell(jim.open("/"))
    before = bell.count()
    down(process)
    numbers = [place_order(jim, cases=1).number for _ in range(3)]
    assert bell.count() == before, f"without {process} nothing rings"
    stack.start(process)
    bell.should_count(before + 3, timeout=60_000)
    inbox = Inbox.open(jim)
    for number in numbers:
        inbox.should_have(number)


def test_one_trace_leads_from_the_form_to_the_push_and_one_id_through_every_log(
    arrive: Arrive, stack: Any
):
    order = place_order(arrive("jim.halpert"), cases=1)
    order.should_be("Reserved")
    correlation = OrderPage.open(arrive("nick.reyes"), order.number).correlation()

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
    assert len({each["trace_id"] for each in spans()}) == 1, f"{order.number} has one trace"
    for process in wanted:
        assert correlation in stack.log(process.removeprefix("worker-")), (
            f"{process} logs the correlation id"
        )
