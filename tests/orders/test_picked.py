"""Orders that are picked in the list: printed in one file, exported, and nothing else."""

import csv
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.factories.orders import Ordered


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
    assert all(f'name="number" value="{number}"' in page for number in three)
    assert 'action="/orders/picked.pdf"' in page and 'formaction="/orders/picked.csv"' in page
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


@pytest.mark.parametrize("path", ["/orders/picked.pdf", "/orders/picked.csv"])
def test_none_and_too_many_are_refused_in_words(
    clean_database: str, jim: FlaskClient, path: str
) -> None:
    for numbers in ([], [f"DM-{n}" for n in range(101)]):
        answer = jim.get(path, query_string=query(numbers))
        assert answer.status_code == 400 and "Select from 1 to 100 orders" in answer.text
    assert jim.get("/orders/picked.pdf", query_string=query(["DM-1"])).status_code == 404
