"""The palette's search: every area by itself, so that one which is slow or down holds nobody up;
and actions by rights.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from models.inventory.commands import create_product
from models.inventory.rules import NewProduct
from models.shared.transactions import transaction
from tests.pages.served import ServedPage

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@contextmanager
def orders_that_answer_late(database: str) -> Iterator[None]:
    """Somebody holds the orders' table: whoever reads it waits, really."""
    with psycopg.connect(database) as holder:
        holder.execute('LOCK TABLE orders."order" IN ACCESS EXCLUSIVE MODE')
        yield
        holder.rollback()


@pytest.fixture
def jim(clean_database: str, served: str, client_as: Callable[..., Any]) -> Any:
    from decimal import Decimal

    with transaction("inventory", actor="darryl.philbin") as session:
        create_product(
            session,
            NewProduct(
                sku="CP-20-LTR", name="Copy paper", unit_price=Decimal("38.90"), location=""
            ),
        )
    return client_as("jim.halpert")


def until_found(browser: Any, words: str) -> str:
    """The palette's answer as soon as it has these words: a busy machine may be slow once, the
    locked area always is.
    """
    until = time.monotonic() + 120
    while time.monotonic() < until:
        page = browser.get("/search?q=copy", headers=HTMX).text
        if words in page:
            return page
        time.sleep(0.3)  # those still asked are not to fill the places of those who ask now
    raise AssertionError(f"{words} was never found while another area was slow")


def test_a_slow_area_does_not_hold_the_others(jim: Any, clean_database: str):
    with orders_that_answer_late(clean_database):
        page = until_found(jim, "CP-20-LTR")
        assert "Searching Orders…" in page
        assert "/search/orders.search?q=copy" in ServedPage(page).fetches()
        told = jim.get("/search/orders.search?q=copy", headers=HTMX).text
    assert "Orders cannot be searched right now." in told and "CP-20-LTR" not in told


def test_what_is_late_comes_when_it_comes(jim: Any, clean_database: str):
    answer = jim.get("/search/inventory.search?q=copy", headers=HTMX)
    assert (
        answer.status_code == 200
        and "CP-20-LTR" in answer.text
        and "Products, shipments, and receipts" in answer.text
    )


def test_without_scripts_the_search_is_a_page_of_links_that_waits_for_all(
    jim: Any, clean_database: str
):
    assert "Search everything" in jim.get("/").text and 'name="q"' in jim.get("/search").text
    with orders_that_answer_late(clean_database):
        page = ServedPage(jim.get("/search?q=copy"))
    found = page.first("section.search-page")
    assert page.texts("h1") == ["Search"]
    assert page.first("main form").value("q") == "copy"
    assert "/inventory/products/CP-20-LTR" in found.links()
    assert "Orders cannot be searched right now." in found.text
    assert not found.has("[role=option], [aria-selected]") and "Searching" not in found.text


def test_nobody_is_asked_for_what_one_may_not_see(jim: Any, client_as: Callable[..., Any]):
    toby = client_as("toby.flenderson")
    assert "Orders" not in until_found(toby, "CP-20-LTR")
    assert toby.get("/search/orders.search?q=copy", headers=HTMX).status_code == 404
    assert jim.get("/search/no.such?q=copy", headers=HTMX).status_code == 404


@pytest.mark.parametrize("q", ["%00copy", "copy" * 100, "%25_%27", "<b>copy</b>"])
def test_whatever_is_asked_is_answered(jim: Any, q: str):
    answer = jim.get(f"/search?q={q}", headers=HTMX)
    assert (
        answer.status_code == 200
        and "cannot be searched" not in answer.text
        and not ServedPage(answer).has("b")
    )


def test_actions_are_offered_by_rights(jim: Any, client_as: Callable[..., Any]):
    def offered(browser: Any) -> ServedPage:
        return ServedPage(browser.get("/")).first("#palette [role=listbox]")

    assert "/orders/new" in offered(jim).links(role="option")
    darryl = offered(client_as("darryl.philbin")).links(role="option")
    assert "/inventory/receive" in darryl and "/orders/new" not in darryl
    for uid in ("jim.halpert", "darryl.philbin"):
        options = offered(client_as(uid))
        assert options.has('[data-look="theme=dark"]') and options.has("[data-shows=shortcuts]")
        assert options.has('[data-posts="/expenses/new"]'), "everybody may claim"


def test_the_help_sheet_names_the_key_of_each_place_that_one_may_use(
    jim: Any, client_as: Callable[..., Any]
):
    def keys_of(page: ServedPage) -> dict[str, str]:
        return {link["href"]: link["data-go"] for link in page.root.select("a[href][data-go]")}

    page = ServedPage(jim.get("/"))
    keys = keys_of(page)
    assert keys["/orders/"] == "o" and len(set(keys.values())) == len(keys), (
        "each key leads to one place"
    )
    assert {f"g {key}" for key in keys.values()} <= set(page.texts("#shortcuts dt"))
    assert "/orders/" not in keys_of(ServedPage(client_as("toby.flenderson").get("/")))
