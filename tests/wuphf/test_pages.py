"""The bell, the inbox and their actions, with and without JavaScript; and the REST API."""

import json
from pathlib import Path
from typing import get_args

import pytest
from werkzeug.test import TestResponse

from models.shared.transactions import reading
from models.wuphf import queries
from models.wuphf.events import Subject
from tests.factories.notifications import Counts, count_of, notify_jim
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGE_OF_SUBJECT = {
    "order": "orders/detail.html",
    "shipment": "inventory/shipment.html",
    "product": "inventory/product.html",
    "client": "sales/client.html",
    "lead": "sales/lead.html",
    "broadcast": "wuphf/broadcast.html",
    "expense": "finance/detail.html",
    "webhook": "wuphf/webhook.html",
}


def test_opening_the_bell_shows_the_latest_eight_and_makes_them_seen(jim, happens):
    ids = notify_jim(happens, 10)
    page = jim.post("/wuphf/bell", headers=PARTIAL).text
    assert [str(id_) in page for id_ in ids] == [False] * 2 + [True] * 8
    assert count_of() == Counts(unseen=0, unread=10)


def seen_by(answer: TestResponse) -> str:
    """Up to which feed entry this page says that it was looked at; empty where it does not."""
    said = ServedPage(answer).root.select_one('[hx-post="/wuphf/seen"]')
    return json.loads(str(said["hx-vals"]))["up_to"] if said else ""


def test_looking_at_the_inbox_makes_seen_what_it_shows_and_nothing_later(jim, happens):
    notify_jim(happens, 2)
    up_to = seen_by(jim.get("/wuphf"))
    notify_jim(happens)
    assert jim.post("/wuphf/seen", data={"up_to": up_to}).status_code == 204
    assert count_of() == Counts(unseen=1, unread=3)
    assert seen_by(jim.get(f"/wuphf?upto={up_to}")) == up_to, (
        "what waits behind the line above is not seen by this"
    )
    for part in ("?about=orders", "?view=unread", "?q=a"):
        assert not seen_by(jim.get(f"/wuphf{part}")), "a part of the inbox is not the inbox"
    jim.post("/wuphf/seen", data={"up_to": seen_by(jim.get("/wuphf"))})
    assert count_of() == Counts(unseen=0, unread=3) and not seen_by(jim.get("/wuphf"))
    assert jim.post("/wuphf/seen", data={"up_to": "x"}).status_code == 204 and count_of() == Counts(
        unseen=0, unread=3
    )


def test_looking_at_the_home_card_makes_nothing_seen(jim, happens):
    notify_jim(happens)
    assert "DM-100042" in jim.get("/wuphf/home", headers=PARTIAL).text
    assert count_of() == Counts(unseen=1, unread=1)


def test_names_and_reasons_are_never_markup(jim, happens):
    parts = {"client_name": "<script>alert(1)</script>", "reason": "<b>x</b>"}
    notify_jim(happens, kind="order_cancelled", parts=parts)
    page = jim.post("/wuphf/bell", headers=PARTIAL).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;x" in page


def test_braces_in_a_name_are_only_braces(jim, happens):
    notify_jim(
        happens,
        kind="order_cancelled",
        parts={"client_name": "{actor.__class__}", "reason": "{0} {"},
    )
    assert "{actor.__class__}" in jim.post("/wuphf/bell", headers=PARTIAL).text


def test_an_unknown_kind_from_a_later_version_still_reads(jim, happens):
    notify_jim(
        happens,
        kind="order_teleported",
        category="teleports",
        subject_type="wormhole",
        subject_key="W-1",
    )
    assert "Update on" in jim.post("/wuphf/bell", headers=PARTIAL).text


def test_a_link_is_made_from_the_subject_and_not_from_the_event(jim, happens):
    [id_] = notify_jim(happens, parts={"url": "https://evil.example/", "client_name": "D"})
    assert "evil.example" not in jim.post("/wuphf/bell", headers=PARTIAL).text
    assert jim.get(f"/wuphf/{id_}/open").headers["Location"].endswith("/orders/DM-100042")


def test_the_address_of_one_marks_nothing_and_its_record_on_arrival_all_of_the_record(jim, happens):
    first, _ = notify_jim(happens, 2)
    notify_jim(happens, subject_key="DM-7")
    assert jim.get(f"/wuphf/{first}/open").status_code == 303
    assert count_of() == Counts(unseen=3, unread=3)
    assert jim.post("/wuphf/opened/order/DM-100042").status_code == 204
    assert count_of() == Counts(unseen=1, unread=1)


@pytest.mark.parametrize(("type_", "template"), sorted(PAGE_OF_SUBJECT.items()))
def test_the_page_of_each_kind_of_record_says_on_arrival_that_it_was_opened(type_, template):
    source = (TEMPLATES / template).read_text()
    assert f'{{{{ opened("{type_}", ' in source


def test_each_kind_with_a_page_of_its_own_is_among_them():
    many_at_once = {"dead_letter", "snapshot", "access_token"}  # their pages show more than the one
    assert set(PAGE_OF_SUBJECT) == set(get_args(Subject)) - many_at_once


def test_a_records_page_says_that_it_was_opened(jim, happens):
    notify_jim(happens, 2)
    assert jim.post("/wuphf/opened/order/DM-100042").status_code == 204
    assert jim.post("/wuphf/opened/or%00der/%00").status_code == 404
    assert count_of() == Counts(unseen=0, unread=0)


def test_one_is_marked_read_and_unread_again_without_javascript(jim, happens):
    [id_] = notify_jim(happens)
    answer = jim.post(f"/wuphf/{id_}/read", data={"next": "/wuphf?view=unread"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/wuphf?view=unread&did=")
    assert count_of() == Counts(unseen=0, unread=0)
    jim.post(f"/wuphf/{id_}/unread")
    assert count_of() == Counts(unseen=0, unread=1)


def test_with_htmx_the_row_comes_back_as_it_is_now(jim, happens):
    [id_] = notify_jim(happens)
    inbox = jim.post(f"/wuphf/{id_}/read", headers=PARTIAL, data={"next": "/wuphf?upto=1"}).text
    assert '<li class="wu seen"' in inbox
    assert f"/wuphf/{id_}/unread" in inbox


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/wuphf.evil", "/orders"]
)
def test_the_way_back_leads_to_the_inbox_only(jim, happens, there):
    answer = jim.post("/wuphf/read-all", data={"next": there})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/wuphf")


def test_the_ticked_ones_are_marked_and_nonsense_is_passed_over(jim, happens):
    first, second, third = notify_jim(happens, 3)
    jim.post("/wuphf/read", data={"ids": [str(first), str(third), "nonsense"]})
    with reading("notifications") as session:
        unread = [
            notice.id for notice in queries.list_inbox(session, "jim.halpert", unread=True).notices
        ]
    assert unread == [second]
    jim.post("/wuphf/unread", data={"ids": [str(first)]})
    assert count_of() == Counts(unseen=1, unread=2)


def test_all_means_all_that_the_page_showed(jim, happens):
    notify_jim(happens, 3)
    jim.post("/wuphf/read-all", data={"up_to": 2})
    assert count_of() == Counts(unseen=1, unread=1)


def test_another_persons_notification_cannot_be_opened_or_marked(office, client_as, happens):
    [id_] = notify_jim(happens)
    dwight = client_as("dwight.schrute")
    assert dwight.get(f"/wuphf/{id_}/open").status_code == 404
    assert dwight.post(f"/wuphf/{id_}/read").status_code == 404
    dwight.post("/wuphf/read", data={"ids": [str(id_)]})
    dwight.post("/wuphf/read-all")
    dwight.post("/wuphf/opened/order/DM-100042")
    assert count_of() == Counts(unseen=1, unread=1)


def test_without_the_csrf_token_nothing_is_marked(jim, happens):
    [id_] = notify_jim(happens)
    for address in (
        f"/wuphf/{id_}/read",
        "/wuphf/read",
        "/wuphf/read-all",
        "/wuphf/opened/order/DM-100042",
    ):
        assert jim.post(address, headers={"X-CSRF-Token": "forged"}).status_code == 403
    assert count_of() == Counts(unseen=1, unread=1)


def test_signed_out_there_is_no_inbox(office, anonymous):
    for address in ("/wuphf", "/wuphf/new", "/wuphf/home", "/live"):
        assert anonymous.get(address).status_code in (303, 401)


def test_the_line_above_the_inbox_counts_what_arrived_since(jim, happens):
    notify_jim(happens, 3)
    assert "Show 2 new" in jim.get("/wuphf/new?since=1", headers=PARTIAL).text
    quiet = jim.get("/wuphf/new?since=3", headers=PARTIAL).text
    assert "new</a>" not in quiet
    assert "3 unread" in quiet


def test_the_inbox_filters_and_pages_by_address(jim, happens):
    notify_jim(happens, 30, kind="order_cancelled")
    [parcel] = notify_jim(
        happens, category="shipments", subject_type="shipment", subject_key="SH-1"
    )
    page = ServedPage(jim.get("/wuphf"))
    assert "31 unread" in page.text
    assert len(page.texts("li.wu")) == 25
    following = ServedPage(jim.get(page.link("Older")))
    assert len(following.texts("li.wu")) == 6
    assert "1–25 of 31" in page.text
    assert "26–31 of 31" in following.text
    about = ServedPage(jim.get("/wuphf?about=shipments"))
    assert (len(about.texts("li.wu")), str(parcel) in about.html) == (1, True)
    jim.post("/wuphf/read-all")
    assert "All read" in jim.get("/wuphf?view=unread").text
    assert jim.get("/wuphf?about=nonsense&view=nonsense&before=nonsense").status_code == 200
