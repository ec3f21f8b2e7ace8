"""Each person chooses the columns of a list and their order; the list knows what it can show."""

import re

import pytest

from tests.conftest import ROOT
from tests.factories.orders import Ordered
from tests.orders.conftest import place, wire
from tests.pages.served import ServedPage
from webapp.shared.lists.lists import LISTS

__all__ = ["place", "wire"]
USUAL = ["Number", "Client", "Status", "Cases shipped", "Owner", "Placed", "Total, USD"]


def heads(browser, path: str = "/orders/") -> list[str]:
    return ServedPage(browser.get(path)).texts("main .list thead th")[1:]


def test_a_person_chooses_columns_and_their_order_for_themselves(place, client_as):
    place(Ordered("CP-20-LTR", cases=3))
    jim, dwight = client_as("jim.halpert"), client_as("dwight.schrute")
    assert heads(jim) == USUAL
    chosen = {
        "list": "/orders/",
        "query": "sort=total&after=x",
        "column": ["total", "city", "gone"],
    }
    answer = jim.post("/profile/columns", data=chosen)
    assert answer.location == "/orders/?sort=total"
    assert heads(jim) == ["Number", "Total, USD", "City"], "its link to the order stays"
    page = ServedPage(jim.get("/orders/?sort=total"))
    assert page.texts("tbody td")[1:4] == ["DM-100001", "116.70", "Old Forge"]
    assert page.has('th[aria-sort="descending"] a[href="/orders/?sort=total"]')
    menu = page.texts(".columns-list label")
    assert menu[:3] == ["Number", "Total, USD", "City"] and "Discount, %" in menu
    assert heads(dwight) == USUAL, "it is his own choice"
    jim.post("/profile/columns", data={**chosen, "default": "1"})
    assert heads(jim) == USUAL
    for bad in ({"list": "//evil.example"}, {"column": ["<b>"]}, {"column": ["a"] * 31}):
        assert jim.post("/profile/columns", data={**chosen, **bad}).status_code == 422


@pytest.mark.parametrize("endpoint", [name for name, each in LISTS.items() if each.table])
def test_every_column_of_a_list_has_a_name_and_a_cell(endpoint: str):
    found = LISTS[endpoint]
    names = [column.name for column in found.table]
    assert len(set(names)) == len(names) and any(column.fixed for column in found.table)
    assert all(re.fullmatch("[a-z][a-z_]*", name) for name in names), "as the profile keeps them"
    sorts = {sort for column in found.table for sort, _ in column.sorts}
    assert sorts <= set(found.source.sorts)
    template = {"orders/list.html": "orders/_row.html"}.get(found.template, found.template)
    source = (ROOT / "templates" / template).read_text()
    assert [name for name in names if f'name == "{name}"' not in source] == []
