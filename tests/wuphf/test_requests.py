"""What was asked of several: done in the row with the checks of the page, withdrawn from all when one did it."""

import json
import uuid
from dataclasses import replace
from itertools import chain

from models.shared.transactions import reading
from models.wuphf import catch_up, queries
from models.wuphf.notifications.registry import WORDS
from tests.factories.notifications import PARCEL, Counts, count_of, deliver_decided, feed_of
from tests.web_client import PARTIAL
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.rights import ACTIONS

CREATED, PICKED = "dm.inventory.shipment.created.v1", "dm.inventory.shipment.picked.v1"


def inbox(uid: str) -> list[str]:
    with reading("notifications") as session:
        return [notice.kind for notice in queries.list_inbox(session, uid).notices]


def test_what_one_did_is_withdrawn_from_all_who_were_asked_and_says_who_did_it(
    office, happens, told
):
    happens(CREATED, PARCEL)
    assert set(told()) == office["warehouse"]
    happens(PICKED, PARCEL, actor="roy.anderson")
    assert told() == {}
    for uid in office["warehouse"]:
        assert count_of(uid) == Counts(unseen=0, unread=0)
        assert feed_of(uid) == [(1, "arrival"), (2, "withdrawal")]
    with reading("notifications") as session:
        assert (
            catch_up.feed_since(session, "darryl.philbin", 1)[0].reason == "Roy Anderson picked it"
        )


def test_another_parcel_is_still_asked_for(office, happens, told):
    happens(CREATED, PARCEL)
    happens(CREATED, {**PARCEL, "shipment_number": "SH-2"})
    happens(PICKED, PARCEL, actor="roy.anderson")
    told()
    assert inbox("darryl.philbin") == ["shipment_waiting"]


def test_settled_before_the_notice_arrived_it_never_shows(office, happens):
    happens(CREATED, PARCEL)
    happens(PICKED, PARCEL, actor="roy.anderson")
    deliver_decided()
    assert inbox("darryl.philbin") == []
    assert count_of("darryl.philbin") == Counts(unseen=0, unread=0)


def test_settled_twice_it_is_withdrawn_once(office, happens, told):
    happens(CREATED, PARCEL)
    told()
    for _ in range(2):
        happens(PICKED, PARCEL, actor="roy.anderson")
    told()
    assert feed_of("darryl.philbin") == [(1, "arrival"), (2, "withdrawal")]


def test_the_row_offers_the_deed_to_those_who_may_and_posts_to_the_owner(
    office, client_as, happens, told
):
    happens(CREATED, PARCEL)
    told()
    for page, method in (("/wuphf/bell", "POST"), ("/wuphf", "GET")):
        row = client_as("darryl.philbin").open(page, method=method).text
        assert 'hx-post="/inventory/shipments/SH-20418/pick"' in row
        assert 'name="version" value="1"' in row


def test_who_lost_the_role_is_offered_nothing(office, people, client_as, happens, told):
    happens(CREATED, PARCEL)
    told()
    darryl = client_as("darryl.philbin")
    people["darryl.philbin"] = replace(people["darryl.philbin"], groups=frozenset({"everyone"}))
    page = darryl.post("/wuphf/bell").text
    assert "SH-20418" in page
    assert "/inventory/shipments" not in page


def test_a_deed_in_the_bell_leaves_the_person_where_they_are(web_app):
    with web_app.test_request_context(
        method="POST", headers=PARTIAL, data={"in_place": "Picked SH-1"}
    ):
        answer = go_to("/inventory/shipments/SH-1")
    assert answer.status_code == 204
    assert "HX-Location" not in answer.headers
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "Picked SH-1"
    with web_app.test_request_context(method="POST", data={"in_place": "Picked"}):
        assert go_to("/inventory/shipments/SH-1").headers["Location"] == "/inventory/shipments/SH-1"


def test_each_deed_has_a_real_route_and_the_right_of_that_route(web_app):
    actions = web_app.extensions["registry"].row_actions
    assert len(actions) >= 5 and set(actions) <= set(WORDS)
    for deed in chain.from_iterable(actions.values()):
        assert deed.right in ACTIONS
        assert web_app.view_functions[deed.endpoint].action == deed.right
        [rule] = [
            rule
            for rule in web_app.url_map.iter_rules(deed.endpoint)
            if "POST" in (rule.methods or ())
        ]
        assert rule.arguments == {deed.argument, *deed.address}


def test_the_same_parcel_asked_for_again_after_all_is_a_new_request(office, happens, told):
    happens(CREATED, PARCEL)
    happens(PICKED, PARCEL, actor="roy.anderson")
    happens(CREATED, PARCEL, event_id=uuid.uuid4())
    told()
    assert inbox("darryl.philbin") == ["shipment_waiting"]
