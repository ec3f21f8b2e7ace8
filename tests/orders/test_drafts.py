"""Drafts: saved while typing, gone once placed, and two windows never overwrite one another unseen."""

from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from flask.testing import FlaskClient

from models.orders.drafts import MOST, AlreadyPlaced, end_draft, get_draft, list_drafts, save_draft
from models.orders.queries import OrderFilter, count_orders
from models.shared.errors import DomainError, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.orders import ORDER_FORM, Wire
from tests.factories.races import do_at_once
from tests.orders.inventory_stand_in import StandIn
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

DESK = {"draft": "draft-of-jim", "editor": "window-one", "draft_version": "0", "warned_of": ""}


def save(
    typed: dict,
    editor: str = "window-1",
    version: int = 0,
    actor: str = "jim.halpert",
    id_: str = "draft-00",
) -> int:
    with transaction("orders", actor=actor) as session:
        return save_draft(session, id_, typed, editor, version)


@pytest.fixture
def jim(client_as: Callable[[str], FlaskClient], inventory: StandIn, wire: Wire) -> FlaskClient:
    return client_as("jim.halpert")


def test_a_window_saves_over_itself_whatever_version_it_heard_of(wire: Wire) -> None:
    assert [save({"note": text}) for text in ("a", "b", "b", "c")] == [1, 2, 2, 3]


def test_first_saves_of_one_form_at_once_make_one_draft(wire: Wire) -> None:
    for n in range(10):
        saves = [partial(save, {"note": str(each)}, id_=f"draft-{n:02}") for each in range(4)]
        assert sorted(do_at_once(*saves)) == [1, 2, 3, 4]


def test_another_window_is_told_what_differs_and_overwrites_nothing(wire: Wire) -> None:
    save({"note": "a", "discount": "5"})
    save({"note": "b", "discount": "5"}, editor="window-2", version=1)
    with pytest.raises(Stale) as stale:
        save({"note": "c", "discount": "5"}, editor="window-1", version=1)
    assert stale.value.details["changes"] == {"note": ("c", "b")}
    assert save({"note": "c", "discount": "5"}, editor="window-1", version=2) == 3


def test_a_draft_is_its_owners_alone(wire: Wire) -> None:
    save({"note": "a"})
    for reach in (
        lambda: save({"note": "mine now"}, actor="dwight.schrute", version=1),
        lambda: get("dwight.schrute"),
    ):
        with pytest.raises(NotFound):
            reach()
    assert get("jim.halpert").typed == {"note": "a"}


def get(actor: str):
    with transaction("orders", actor=actor) as session:
        return get_draft(session, "draft-00")


def test_there_is_an_end_to_drafts(wire: Wire) -> None:
    for n in range(MOST):
        save({"note": str(n)}, id_=f"draft-{n:05}")
    with pytest.raises(DomainError, match="Place or delete some"):
        save({"note": "one more"}, id_="draft-one-more")
    with reading("orders") as session:
        assert len(list_drafts(session, "jim.halpert")) == MOST


def test_typing_saves_the_draft_and_placing_ends_it(jim: FlaskClient, database: str) -> None:
    said = jim.post(
        "/orders/quote", data={**ORDER_FORM, **DESK, "note": "ring first"}, headers=PARTIAL
    ).text
    assert "Draft saved" in said and 'name="draft_version" value="1"' in said
    page = jim.get("/orders/drafts").text
    assert "Pine Ridge School District" in page and "CL-1001" in page and "CP-20-LTR" in page
    assert ">My drafts<span>1<" in jim.get("/orders/").text
    resumed = jim.get("/orders/new?draft=draft-of-jim").text
    assert (
        'value="PR-26-1187"' in resumed
        and 'value="ring first"' in resumed
        and 'name="draft_version" value="1"' in resumed
    )
    assert jim.post("/orders/new", data={**ORDER_FORM, **DESK}).status_code == 303
    assert "No drafts" in jim.get("/orders/drafts").text


def test_a_save_that_comes_after_the_order_was_placed_is_refused_and_makes_no_draft(
    jim: FlaskClient, database: str
) -> None:
    jim.post("/orders/quote", data={**ORDER_FORM, **DESK})
    assert jim.post("/orders/new", data={**ORDER_FORM, **DESK}).status_code == 303
    late = jim.post("/orders/quote", data={**ORDER_FORM, **DESK}, headers=PARTIAL)
    assert "This order was already placed as DM-" in late.text and "Draft saved" not in late.text
    assert "No drafts" in jim.get("/orders/drafts").text
    with pytest.raises(DomainError, match="already placed as DM-"):
        save({"note": "late"}, id_=DESK["draft"])
    with pytest.raises(NotFound):
        save({"note": "not theirs"}, id_=DESK["draft"], actor="dwight.schrute")


def test_a_first_save_that_comes_after_the_order_was_placed_is_refused_too(
    jim: FlaskClient,
) -> None:
    assert jim.post("/orders/new", data={**ORDER_FORM, **DESK}).status_code == 303
    late = jim.post("/orders/quote", data={**ORDER_FORM, **DESK}, headers=PARTIAL)
    assert "This order was already placed as DM-" in late.text
    assert "No drafts" in jim.get("/orders/drafts").text


@pytest.mark.parametrize("more", [{"form_key": "another-key-1"}, {"purchase_order": "PO-2"}])
def test_a_placed_form_is_not_placed_again_after_back_but_leads_to_its_order(
    jim: FlaskClient, database: str, more: dict[str, str]
) -> None:
    form = {**ORDER_FORM, **DESK, "form_key": "key-of-the-form"}
    first = jim.post("/orders/new", data=form)
    assert jim.post("/orders/new", data=form).location == first.location, "the same once more"
    again = jim.post("/orders/new", data={**form, **more})
    said = ServedPage(again).first("#already-placed")
    number = first.location.rpartition("/")[2]
    assert again.status_code == 409 and number in said.text
    assert {str(link["href"]) for link in said.root.select("a")} == {
        f"/orders/{number}",
        f"/orders/new?repeat={number}",
    }
    with reading("orders") as session:
        assert count_orders(session, OrderFilter()).rows == 1


def test_of_two_placings_of_one_form_at_once_one_counts(wire: Wire, place) -> None:
    outcomes = do_at_once(*[partial(place, draft="form-12345", warned_of=None) for _ in range(4)])
    assert [type(each) for each in outcomes].count(str) == 1, outcomes
    assert [type(each) for each in outcomes].count(AlreadyPlaced) == 3, outcomes


def test_notes_of_placed_forms_are_removed_after_a_week(wire: Wire, database: str) -> None:
    with transaction("orders", actor="jim.halpert") as session:
        end_draft(session, "form-1", "DM-1")
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE orders.draft SET saved_at = saved_at - interval '8 days'")
    with transaction("orders", actor="jim.halpert") as session:
        end_draft(session, "form-2", "DM-2")
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id FROM orders.draft").fetchall() == [("form-2",)]


def test_an_order_that_is_refused_keeps_its_draft(jim: FlaskClient) -> None:
    jim.post("/orders/quote", data={**ORDER_FORM, **DESK}, headers=PARTIAL)
    assert (
        jim.post("/orders/new", data={**ORDER_FORM, **DESK, "lines-0-quantity": "0"}).status_code
        == 422
    )
    assert "CL-1001" in jim.get("/orders/drafts").text


def test_a_second_window_is_told_and_the_first_draft_stays(jim: FlaskClient, database: str) -> None:
    jim.post("/orders/quote", data={**ORDER_FORM, **DESK}, headers=PARTIAL)
    jim.post("/orders/quote", data={**ORDER_FORM, **DESK, "note": "x"}, headers=PARTIAL)
    other = {**ORDER_FORM, **DESK, "editor": "window-two", "draft_version": "1", "note": "y"}
    said = jim.post("/orders/quote", data=other, headers=PARTIAL).text
    assert "Draft not saved" in said and "It differs in: note" in said
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT typed->>'note' FROM orders.draft").fetchall() == [("x",)]


def test_an_empty_form_leaves_no_draft(jim: FlaskClient, database: str) -> None:
    jim.post(
        "/orders/quote", data={**DESK, "lines-0-sku": "", "lines-0-quantity": ""}, headers=PARTIAL
    )
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM orders.draft").fetchone() == (0,)


def test_opening_the_form_writes_nothing(jim: FlaskClient, database: str) -> None:
    jim.get("/orders/new")
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM orders.draft").fetchone() == (0,)


def test_a_draft_is_discarded_by_its_owner(jim: FlaskClient, client_as) -> None:
    jim.post("/orders/quote", data={**ORDER_FORM, **DESK}, headers=PARTIAL)
    client_as("dwight.schrute").post("/orders/drafts/draft-of-jim/discard")
    assert "CL-1001" in jim.get("/orders/drafts").text
    assert jim.post("/orders/drafts/draft-of-jim/discard").status_code == 303
    assert "CL-1001" not in jim.get("/orders/drafts").text
    assert jim.get("/orders/new?draft=draft-of-jim").status_code == 404


def test_drafts_over_rest(anonymous: FlaskClient, bearer_for, wire: Wire) -> None:
    headers = bearer_for("jim.halpert", "orders")
    body = {"typed": {"note": "a"}, "editor": "program-1"}
    assert (
        anonymous.put("/api/v1/order-drafts/draft-api", json=body, headers=headers).json["version"]
        == 1
    )
    other = {"typed": {"note": "b"}, "editor": "program-2"}
    stale = anonymous.put("/api/v1/order-drafts/draft-api", json=other, headers=headers)
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    assert [
        item["id"] for item in anonymous.get("/api/v1/order-drafts", headers=headers).json["items"]
    ] == ["draft-api"]
    assert anonymous.put("/api/v1/order-drafts/x", json=body, headers=headers).status_code == 422
    assert anonymous.delete("/api/v1/order-drafts/draft-api", headers=headers).status_code == 204
    assert anonymous.get("/api/v1/order-drafts", headers=headers).json["items"] == []


def test_the_duplicate_is_shown_once_and_then_placed_without_javascript(
    jim: FlaskClient, database: str
) -> None:
    jim.post("/orders/new", data=ORDER_FORM)
    answer = jim.post("/orders/new", data={**ORDER_FORM, **DESK, "form_key": "another-form-1"})
    assert answer.status_code == 422 and "Possible duplicate" in answer.text
    warned = ServedPage(answer).value("warned_of")
    assert warned.startswith("DM-")
    assert (
        jim.post(
            "/orders/new",
            data={**ORDER_FORM, **DESK, "form_key": "another-form-1", "warned_of": warned},
        ).status_code
        == 303
    )


def test_a_discount_goes_through_the_manager_by_the_pages(
    jim: FlaskClient, client_as, database: str
) -> None:
    placed = jim.post("/orders/new", data={**ORDER_FORM, "discount": "12,5", "note": "old friends"})
    page, michael = ServedPage(jim.get(placed.location)), client_as("michael.scott")
    assert "Needs a sales manager’s approval" in page.text and "Review order" not in page.text
    assert page.link("Edit order").endswith("/edit")
    assert (
        "Pine Ridge" in michael.get("/orders/home").text
        and "12.5% off" in michael.get("/orders/home").text
    )
    dwight = client_as("dwight.schrute")
    assert dwight.get(f"{placed.location}/decide").location == placed.location
    answer = dwight.post(f"{placed.location}/decide", data={"decision": "approve", "version": "1"})
    assert answer.status_code == 403
    shown = michael.get(f"{placed.location}/decide").text
    assert "old friends" in shown and 'name="decision"' in shown
    bare = michael.post(f"{placed.location}/decide", data={"decision": "refuse", "version": "1"})
    assert bare.status_code == 422 and "Enter a reason" in bare.text
    refusal = {"decision": "refuse", "reason": "ten", "version": "1"}
    assert michael.post(f"{placed.location}/decide", data=refusal).status_code == 303
    assert "sent it back" in jim.get(placed.location).text
    form = ServedPage(jim.get(f"{placed.location}/edit"))
    assert form.first("#sent-back").text == "Michael Scott sent it back: ten"
    page = jim.post(f"{placed.location}/edit", data={**ORDER_FORM, "lines-0-quantity": "0"})
    assert "Michael Scott sent it back" in page.text, "an error leaves it there"
    assert form.value("discount") == "12.5" and form.value("note") == "old friends"
    version = form.value("order_version")
    changed = {**ORDER_FORM, "form_key": "the-change-1", "discount": "10", "order_version": version}
    stale = jim.post(
        f"{placed.location}/edit",
        data={**changed, "order_version": "1", "form_key": "the-change-0"},
    )
    assert stale.status_code == 409 and "changed since you opened it" in stale.text
    assert jim.post(f"{placed.location}/edit", data=changed).status_code == 303
    assert "Placed" in jim.get(placed.location).text
    late = michael.post(f"{placed.location}/decide", data={"decision": "approve", "version": "2"})
    assert late.status_code == 409
    for asker, question in (
        (michael, "decide"),
        (jim, "edit"),
        (client_as("dwight.schrute"), "cancel"),
    ):
        answer = asker.get(f"{placed.location}/{question}")
        assert answer.location == placed.location, (
            f"{question}: a question that is not open leads to the order"
        )


TYPED = {
    "client_number": "CL-1001",
    "purchase_order": "PO-1",
    "lines": [{"sku": "CP-20-LTR", "quantity": "a few"}],
    "deliver_to": {"street": "1 Main"},
    "discount": "12,",
    "note": "ring first",
}
UNFIT = [
    None,
    3,
    {},
    {"a": 1},
    [1],
    "x" * 3000,
    [{"sku": 1}],
    [None],
    {"lines": {"sku": "A"}},
]


@pytest.mark.parametrize("field", sorted(TYPED))
def test_rest_takes_no_draft_that_a_page_could_not_show(
    anonymous: FlaskClient, bearer_for, jim: FlaskClient, field: str
) -> None:
    bearer = bearer_for("jim.halpert", "orders")
    for n, unfit in enumerate(UNFIT):
        typed = {**TYPED, field: unfit}
        answer = anonymous.put(
            f"/api/v1/order-drafts/draft-{n:05}",
            json={"typed": typed, "editor": "editor-1"},
            headers=bearer,
        )
        assert answer.status_code in (200, 422), (field, unfit)
        assert jim.get("/orders/drafts").status_code == 200, (field, unfit)
        if answer.status_code == 200:
            assert jim.get(f"/orders/new?draft=draft-{n:05}").status_code == 200, (field, unfit)


@pytest.mark.usefixtures("clean_database")
def test_a_draft_is_saved_and_read_by_rest_as_typed(anonymous: FlaskClient, bearer_for) -> None:
    bearer = bearer_for("jim.halpert", "orders")
    body = {"typed": {**TYPED, "action": "remove-0", "price": "1"}, "editor": "editor-1"}
    answer = anonymous.put("/api/v1/order-drafts/draft-00", json=body, headers=bearer)
    kept = answer.json["typed"]
    assert {name: kept[name] for name in ("note", "discount", "lines")} == {
        name: TYPED[name] for name in ("note", "discount", "lines")
    }
    assert not {"action", "price"} & set(kept)


@pytest.mark.parametrize(
    "bad", ["[]", "3", '"x"', "null", '{"lines": 3}', '{"lines": [{"sku": 1}]}']
)
def test_a_row_that_cannot_be_read_hides_no_other_and_can_be_discarded(
    jim: FlaskClient, anonymous: FlaskClient, bearer_for, clean_database: str, bad: str
) -> None:
    save({"note": "fine", "client_number": "CL-1001", "lines": []}, id_="draft-fine")
    save({"note": "bad"}, id_="draft-bad0")
    with psycopg.connect(clean_database, autocommit=True) as superuser:
        superuser.execute(f"UPDATE orders.draft SET typed = '{bad}' WHERE id = 'draft-bad0'")  # type: ignore[arg-type]
    page = jim.get("/orders/drafts")
    assert page.status_code == 200 and "cannot be opened" in page.text and "CL-1001" in page.text
    assert jim.get("/orders/new?draft=draft-bad0").status_code == 409
    assert jim.get("/orders/new?draft=draft-fine").status_code == 200
    listed = anonymous.get("/api/v1/order-drafts", headers=bearer_for("jim.halpert", "orders"))
    assert len(listed.json["items"]) == 2
    jim.post("/orders/drafts/draft-bad0/discard")
    assert "cannot be opened" not in jim.get("/orders/drafts").text


def test_each_change_of_a_persons_drafts_is_signaled_to_them_alone(
    jim: FlaskClient, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as listening:
        listening.execute("LISTEN dm_live")
        save({"note": "a"})
        save({"note": "a"})  # the same again is no change
        jim.post("/orders/drafts/draft-00/discard")
        save({"note": "b"}, id_="draft-01")
        with transaction("orders", actor="jim.halpert") as session:
            end_draft(session, "draft-01", "DM-1")
        signals = [
            each.payload for each in listening.notifies(timeout=2) if "drafts" in each.payload
        ]
    assert len(signals) == 4
    assert all('"drafts:jim.halpert"' in each for each in signals)
