"""Orders that are picked in the list: printed in one file, exported, and nothing else."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from models.orders.queries import get_order
from models.shared.transactions import reading
from tests.factories.orders import Ordered
from tests.web_client import PARTIAL


@pytest.fixture
def three(place: Callable[..., str]) -> list[str]:
    """Three orders, the oldest first."""
    return [place(Ordered("CP-20-LTR", cases=cases)) for cases in (1, 2, 3)]


@pytest.fixture
def jim(client_as) -> FlaskClient:
    return client_as("jim.halpert")


def query(numbers: list[str]) -> dict[str, list[str]]:
    return {"number": numbers}


def test_each_row_can_be_picked_and_the_bar_sends_them_to_paper_or_to_a_file(
    jim: FlaskClient, three: list[str]
):
    page = jim.get("/orders/").text
    assert all(f'name="number" value="{number}:1"' in page for number in three)
    assert 'formaction="/orders/picked.pdf"' in page and 'formaction="/orders/picked.csv"' in page
    assert "picked.csv" not in jim.get("/orders/?q=granite").text, "nothing to pick"


def test_picked_orders_are_printed_in_one_file_a_page_each_and_once(
    jim: FlaskClient, three: list[str]
):
    answer = jim.get(
        "/orders/picked.pdf", query_string=query([three[2], three[0], three[2], "DM-1"])
    )
    assert (
        answer.mimetype == "application/pdf"
        and "orders.pdf" in answer.headers["Content-Disposition"]
    )
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert [[number for number in three if number in text] for text in pages] == [
        [three[2]],
        [three[0]],
    ]


def test_picked_orders_are_exported_and_no_others(jim: FlaskClient, three: list[str]):
    answer = jim.get("/orders/picked.csv", query_string=query([three[0], three[2]]))
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert answer.mimetype == "text/csv" and [row[0] for row in rows[1:]] == [three[2], three[0]]
    assert rows[0] == next(
        csv.reader(io.StringIO(jim.get("/orders/export.csv").text.lstrip("\ufeff")))
    )


@pytest.mark.parametrize(("path", "most"), [("picked.pdf", 100), ("picked.csv", 500)])
def test_none_and_too_many_are_refused_in_words(
    clean_database: str, jim: FlaskClient, path: str, most: int
) -> None:
    for numbers in ([], [f"DM-{n}" for n in range(most + 1)]):
        answer = jim.get(f"/orders/{path}", query_string=query(numbers))
        assert answer.status_code == 400 and f"Select from 1 to {most} orders" in answer.text
    assert jim.get("/orders/picked.pdf", query_string=query(["DM-1"])).status_code == 404


def test_picked_orders_are_approved_each_as_it_was_seen(
    place: Callable[..., str], client_as
) -> None:
    waiting = [
        place(Ordered("CP-20-LTR", cases=cases), discount_percent=Decimal(50)) for cases in (1, 2)
    ]
    placed, michael = place(Ordered("CP-20-LTR", cases=3)), client_as("michael.scott")
    page = "/orders/?status=awaiting_approval"
    assert "/orders/selected/approve" in michael.get(page).text
    assert "/orders/selected/approve" not in client_as("jim.halpert").get(page).text, "his own"
    form = {"number": [f"{waiting[0]}:1", f"{waiting[1]}:7", placed, "DM-1"], "state": page[9:]}
    answer = michael.post("/orders/selected/approve", data=form, headers=PARTIAL)
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert said.startswith("1 order approved.") and said.count(" was skipped: ") == 3
    with reading("orders") as session:
        states = [get_order(session, number).status for number in (*waiting, placed)]
    assert states == ["placed", "awaiting_approval", "placed"], "the other had changed meanwhile"
    assert client_as("pam.beesly").post("/orders/selected/approve", data=form).status_code == 403


def test_all_orders_that_match_are_cancelled_for_a_reason_and_not_the_others(
    jim: FlaskClient, three: list[str], place: Callable[..., str]
) -> None:
    apart = place(Ordered("CS-110-IV", cases=1))
    form = {"all": "1", "state": "q=CP-20&sort=oldest"}
    assert jim.post("/orders/selected/cancel", data=form).status_code == 422
    answer = jim.post("/orders/selected/cancel", data={**form, "reason": "Closed"})
    assert answer.location == "/orders/?q=CP-20&sort=oldest"
    with reading("orders") as session:
        states = [get_order(session, number).status for number in (*three, apart)]
    assert states == ["cancelling"] * 3 + ["placed"]
    listed = jim.get("/orders/picked.csv", query_string=form).text
    assert listed.count("DM-1") == 3
