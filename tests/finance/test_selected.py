"""Expenses that are selected in the list."""

from tests.factories.finance import make_line
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL


def test_selected_expenses_are_approved_each_as_it_was_seen(handed_in, client_as):
    numbers = [handed_in("jim.halpert", make_line(amount)) for amount in ("10.00", "20.00")]
    michael = client_as("michael.scott")
    page = ServedPage(michael.get("/expenses/approvals"))
    seen = [box["value"] for box in page.root.select("[data-pick]")]
    assert sorted(value.partition(":")[0] for value in seen) == sorted(numbers)
    assert "/expenses/selected/approve" in page.html
    assert "data-pick" not in client_as("jim.halpert").get("/expenses/").text
    stale = [*seen[:1], f"{seen[1].partition(':')[0]}:999"]
    answer = michael.post("/expenses/selected/approve", data={"number": stale}, headers=PARTIAL)
    assert "1 expense approved. " in answer.headers["HX-Trigger"]
    assert (
        client_as("jim.halpert")
        .post("/expenses/selected/approve", data={"number": seen}, headers=PARTIAL)
        .headers["HX-Trigger"]
        .count(" was skipped: ")
        == 2
    ), "nobody decides on their own"
    left = ServedPage(michael.get("/expenses/approvals")).root.select("[data-pick]")
    assert [box["value"] for box in left] == seen[1:]
