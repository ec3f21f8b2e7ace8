"""Saved views: the state of a list under a name, one's own, above the list; and what the list opens with."""

from collections.abc import Callable
from typing import Any

import pytest

from models.profile.saved_views import MOST
from tests.factories.profile import preferences_of


@pytest.fixture
def jim(clean_database: str, client_as: Callable[..., Any]) -> Any:
    return client_as("jim.halpert")


def save(
    browser: Any,
    name: str = "Waiting for stock",
    query: str = "status=back_ordered&after=abc&q=",
    list_: str = "/orders/",
) -> Any:
    return browser.post("/profile/views", data={"list": list_, "name": name, "query": query})


def change(browser: Any, deed: str, name: str, **more: str) -> Any:
    return browser.post(f"/profile/views/{deed}", data={"list": "/orders/", "name": name, **more})


def views(uid: str = "jim.halpert") -> list[tuple[str, str, bool]]:
    return [
        (view.name, view.query, view.opens)
        for view in preferences_of(uid).views.get("/orders/", [])
    ]


def test_a_view_is_what_is_filtered_not_where_one_stood(jim: Any):
    answer = save(jim)
    assert answer.status_code == 303 and answer.location == "/orders/?status=back_ordered"
    assert views() == [("Waiting for stock", "status=back_ordered", False)]
    page = jim.get("/orders/?status=back_ordered").text
    assert (
        '<a href="/orders/?status=back_ordered" aria-current="page">Waiting for stock</a>' in page
    )
    assert (
        "Waiting for stock</a>" in jim.get("/orders/").text
        and 'aria-current="page">Waiting' not in jim.get("/orders/").text
    )


def test_views_are_of_one_list_and_of_one_person(jim: Any, client_as: Callable[..., Any]):
    save(jim, "Mine")
    assert ">Mine</a>" not in jim.get("/inventory/products").text
    assert ">Mine</a>" not in client_as("dwight.schrute").get("/orders/").text


@pytest.mark.parametrize("path", ["/orders/", "/inventory/products", "/inventory/shipments/"])
def test_each_list_offers_to_save_its_view(jim: Any, path: str):
    page = jim.get(f"{path}?q=copy").text
    assert f'name="list" value="{path}"' in page and 'name="query" value="q=copy"' in page


def test_the_same_name_again_replaces_the_view(jim: Any):
    save(jim, "Mine", "owner=mine")
    save(jim, " mine ", "owner=mine&status=open")
    assert views() == [("mine", "owner=mine&status=open", False)]


def test_a_view_is_renamed_and_removed(jim: Any):
    save(jim, "One")
    save(jim, "Two")
    assert change(jim, "rename", "One", new_name="First").status_code == 303
    assert change(jim, "rename", "Two", new_name="first").status_code == 409
    assert change(jim, "remove", "Two").status_code == 303
    assert [name for name, *_ in views()] == ["First"]
    assert change(jim, "remove", "Two").status_code == 404
    assert change(jim, "explode", "First").status_code == 400


def test_a_list_opens_with_the_view_that_was_picked_and_can_still_be_seen_plain(jim: Any):
    save(jim)
    change(jim, "open", "Waiting for stock")
    opened = jim.get("/orders/")
    assert opened.status_code == 303 and opened.location == "/orders/?status=back_ordered"
    assert (
        jim.get(
            "/orders/", headers={"Referer": "http://localhost/orders/?status=back_ordered"}
        ).status_code
        == 200
    )
    assert jim.get("/orders/?q=paper").status_code == 200
    change(jim, "plain", "Waiting for stock")
    assert jim.get("/orders/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": ""}, 422),
        ({"name": " \0 "}, 422),
        ({"name": "x" * 41}, 422),
        ({"query": "q=" + "x" * 1001}, 422),
        ({"list_": "//evil.example/"}, 422),
        ({"list_": "https://evil.example/"}, 422),
        ({"list_": "/\\evil"}, 422),
        ({"list_": ""}, 422),
    ],
)
def test_what_is_no_view_is_refused(jim: Any, fields: dict[str, str], status: int):
    answer = save(jim, **fields)
    assert answer.status_code == status and views() == []
    assert "Location" not in answer.headers


def test_a_name_is_never_markup_and_there_is_an_end_to_them(jim: Any):
    save(jim, "<b>x</b>")
    assert (
        "<b>x</b>" not in jim.get("/orders/").text
        and "&lt;b&gt;x&lt;/b&gt;" in jim.get("/profile/views").text
    )
    for n in range(MOST):
        last = save(jim, f"View {n}")
    assert last.status_code == 422 and len(views()) == MOST
