"""Orders that a sales manager must agree to: who decides, what is told, what a race leaves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import msgspec
import psycopg
import pytest

from models.orders.approval import approve_order, refuse_order
from models.orders.commands import place_order, request_cancellation, revise_order
from models.orders.jobs import move_approvals
from models.orders.new_order import NewLine, NewOrder
from models.orders.queries import get_order, list_to_decide, sum_booked_by_day
from models.orders.rules import SEE_ORDERS
from models.orders.tables import Order
from models.shared import clock
from models.shared.errors import DomainError, Forbidden, Invalid, Stale
from models.shared.listeners.delivery import deliver_pending
from models.shared.listeners.interface import list_dead_letters
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from models.wuphf.people import replace_people
from stack.seed.people import people
from tests.factories.orders import PAPER, PRODUCTS, Ordered, Wire, events_of_order
from tests.pages.served import ServedPage
from webapp.shared.people.rights import ACTIONS, ROLE_OF_GROUP

HALF = Decimal("15.00")


def order_of(number: str) -> Order:
    with reading("orders") as session:
        return get_order(session, number)


def types_of(database: str, number: str) -> list[str]:
    return [
        msgspec.json.decode(event.value)["type"].split(".", 2)[2]
        for event in events_of_order(database, number)
    ]


def new_order(cases: int = 3, **more) -> NewOrder:
    return NewOrder(
        client_number="CL-1001",
        products=PRODUCTS,
        lines=[NewLine(sku=PAPER.sku, quantity=cases)],
        **more,
    )


def decide(
    number: str,
    command: Callable = approve_order,
    actor: str = "michael.scott",
    version: int | None = None,
    **more,
):
    more = {"is_manager": True, **more}
    with transaction("orders", actor=actor) as session:
        command(session, number, version=version or order_of(number).version, **more)


def test_a_discount_up_to_the_limit_is_placed_at_once(wire: Wire, place, database: str) -> None:
    number = place(discount_percent=Decimal(10))
    assert order_of(number).status == "placed" and order_of(number).total == Decimal("105.03")
    assert types_of(database, number) == ["order.placed.v1"]


def test_a_discount_above_it_waits_and_is_no_business_yet(wire: Wire, place, database: str) -> None:
    number = place(discount_percent=HALF, note="They buy for ten schools.")
    assert (order_of(number).status, order_of(number).approval_reasons) == (
        "awaiting_approval",
        ["discount"],
    )
    assert types_of(database, number) == ["order.approval_requested.v1"], (
        "the warehouse must not hear of it"
    )
    with reading("orders") as session:
        today = clock.now().date()
        assert sum_booked_by_day(session, today.replace(day=1), today) == {}
        assert [
            row.number for row in list_to_decide(session, "michael.scott", is_manager=True)
        ] == [number]
        assert list_to_decide(session, "jim.halpert", is_manager=False) == [], (
            "nobody decides on their own"
        )


def test_the_limit_is_the_companys_setting(wire: Wire, place) -> None:
    with transaction("orders", actor="service:orders") as session:
        limit = {"discount_limit_percent": {"revision": 1, "value": "20"}}
        take_page(session, "settings", PulledPage(revision=1, complete=True, records=limit))
    assert order_of(place(discount_percent=HALF)).status == "placed"
    assert order_of(place(discount_percent=Decimal("20.01"))).status == "awaiting_approval"


def test_an_approved_order_is_placed_with_its_discount(wire: Wire, place, database: str) -> None:
    number = place(discount_percent=HALF)
    decide(number)
    order = order_of(number)
    assert (order.status, order.approval, order.decided_by) == ("placed", "given", "michael.scott")
    assert types_of(database, number) == [
        "order.approval_requested.v1",
        "order.approval_given.v1",
        "order.placed.v1",
    ]
    asked, given, placed = (
        msgspec.json.decode(event.value) for event in events_of_order(database, number)
    )
    assert given["data"]["request"] == asked["id"]
    assert Decimal(placed["data"]["total"]) == Decimal("99.19")


def test_nobody_decides_on_their_own_order(wire: Wire, place) -> None:
    number = place(actor="michael.scott", discount_percent=HALF)
    for command, more in ((approve_order, {}), (refuse_order, {"reason": "no"})):
        with pytest.raises(Forbidden, match="Another sales manager"):
            decide(number, command, **more)
    assert order_of(number).status == "awaiting_approval"


def test_a_refused_order_goes_back_to_its_owner_who_changes_it(
    wire: Wire, place, database: str
) -> None:
    number = place(discount_percent=HALF)
    with pytest.raises(Invalid):
        decide(number, refuse_order, reason=" ")
    decide(number, refuse_order, reason="Ten is enough.")
    assert (order_of(number).status, order_of(number).decided_note) == (
        "sent_back",
        "Ten is enough.",
    )
    with transaction("orders", actor="jim.halpert") as session:
        revise_order(
            session, number, new_order(5, discount_percent=Decimal(10)), order_of(number).version
        )
    order = order_of(number)
    assert (order.status, order.total, order.lines[0].ordered) == ("placed", Decimal("175.05"), 5)
    assert types_of(database, number)[-1] == "order.placed.v1"


def test_a_manager_who_saw_the_older_figures_decides_nothing(wire: Wire, place) -> None:
    number = place(discount_percent=HALF)
    seen = order_of(number).version
    with transaction("orders", actor="jim.halpert") as session:
        revise_order(session, number, new_order(4, discount_percent=Decimal(50)), seen)
    with pytest.raises(Stale) as stale:
        decide(number, version=seen)
    changes = stale.value.details["changes"]
    assert changes["discount"] == ("15.00 %", "50.00 %") and changes["total"] == ("99.19", "77.80")  # type: ignore[index]


def test_what_was_asked_is_taken_back_when_the_order_changes_or_is_given_up(
    wire: Wire, place, database: str
) -> None:
    number = place(discount_percent=HALF)
    with transaction("orders", actor="jim.halpert") as session:
        revise_order(session, number, new_order(discount_percent=Decimal(5)), 1)
    assert types_of(database, number)[1:] == ["order.approval_withdrawn.v1", "order.placed.v1"]
    other = place(Ordered("CS-110-IV", cases=1), discount_percent=HALF)
    with transaction("orders", actor="jim.halpert") as session:
        request_cancellation(session, other, "They went elsewhere.", 1)
    assert order_of(other).status == "cancelled"
    assert types_of(database, other)[1:] == ["order.approval_withdrawn.v1", "order.cancelled.v1"]


def test_only_the_owner_changes_an_order_and_not_once_it_is_placed(wire: Wire, place) -> None:
    waiting, placed = place(discount_percent=HALF), place(Ordered("CS-110-IV", cases=1))
    with transaction("orders", actor="dwight.schrute") as session, pytest.raises(Forbidden):
        revise_order(session, waiting, new_order(), 1)
    with (
        transaction("orders", actor="jim.halpert") as session,
        pytest.raises(DomainError, match="can no longer be edited"),
    ):
        revise_order(session, placed, new_order(), 1)


def test_fewer_lines_remain_after_a_change(wire: Wire, place) -> None:
    number = place(
        Ordered(PAPER.sku, cases=3), Ordered("CS-110-IV", cases=2), discount_percent=HALF
    )
    with transaction("orders", actor="jim.halpert") as session:
        revise_order(session, number, new_order(1, discount_percent=HALF), 1)
    assert [(line.sku, line.ordered) for line in order_of(number).lines] == [(PAPER.sku, 1)]


def test_an_order_above_the_clients_credit_waits_too(wire: Wire, place) -> None:
    first = place(Ordered(PAPER.sku, cases=600))  # 23,340 of 25,000
    assert order_of(first).status == "placed"
    second = place(Ordered("CS-110-IV", cases=50))
    assert (order_of(second).status, order_of(second).approval_reasons) == (
        "awaiting_approval",
        ["credit"],
    )
    with transaction("orders", actor="jim.halpert") as session:
        request_cancellation(session, second, "no", 1)
    assert order_of(place(Ordered("CS-110-IV", cases=40))).status == "placed"


def test_orders_at_once_do_not_both_use_the_credit_that_is_left_for_one(
    wire: Wire, database: str
) -> None:
    def place_one(n: int) -> str:
        with transaction("orders", actor="jim.halpert") as session:
            return place_order(session, new_order(300 + n))  # two fit, three do not

    with ThreadPoolExecutor(8) as people:
        numbers = list(people.map(place_one, range(8)))
    assert (
        sorted(order_of(number).status for number in numbers)
        == ["awaiting_approval"] * 6 + ["placed"] * 2
    )


def test_two_managers_at_once_decide_once(wire: Wire, place, database: str) -> None:
    numbers = [place(Ordered(PAPER.sku, cases=n), discount_percent=HALF) for n in range(1, 7)]

    def try_to(number: str, command: Callable, more: dict) -> str:
        try:
            decide(number, command, version=1, actor="some.manager", **more)
        except (Stale, DomainError) as error:
            return type(error).__name__
        return command.__name__

    with ThreadPoolExecutor(8) as managers:
        answers = [
            (number, managers.submit(try_to, number, command, more))
            for number in numbers
            for command, more in ((approve_order, {}), (refuse_order, {"reason": "no"}))
        ]
    outcomes: dict[str, list[str]] = {}
    for number, answer in answers:
        outcomes.setdefault(number, []).append(answer.result())
    assert all(outcome.count("Stale") == 1 for outcome in outcomes.values())
    for number in numbers:
        assert (
            len(
                [
                    kind
                    for kind in types_of(database, number)
                    if "given" in kind or "refused" in kind
                ]
            )
            == 1
        )


def test_a_likely_duplicate_is_refused_until_it_was_shown(wire: Wire, place) -> None:
    first = place()
    with pytest.raises(Invalid) as refused:
        place(warned_of="")
    assert first in refused.value.errors["duplicate"]
    again = place(warned_of=first)
    assert order_of(again).duplicate_of == first
    assert order_of(place(Ordered(PAPER.sku, cases=4), warned_of="")).duplicate_of == ""
    assert (
        order_of(
            place(Ordered(PAPER.sku, cases=3), Ordered("CS-110-IV", cases=1), warned_of="")
        ).duplicate_of
        == ""
    )


@pytest.mark.parametrize(
    "discount", [Decimal(-1), Decimal("100.01"), Decimal("1.005"), Decimal("NaN"), None]
)
def test_a_discount_that_is_none_is_refused(wire: Wire, place, discount) -> None:
    with pytest.raises(Invalid) as refused:
        place(discount_percent=None if discount is None or discount.is_nan() else discount)
    assert "discount" in refused.value.errors


def test_managers_are_told_and_the_request_is_withdrawn_from_all_once_one_decides(
    wire: Wire, place, database: str
) -> None:
    with transaction("notifications", actor="service:seed") as session:
        replace_people(session, people(), "test")
    number = place(discount_percent=HALF)
    deliver_pending()
    assert told(database, number) == [("michael.scott", "approval_asked")]
    decide(number)
    deliver_pending()
    assert ("michael.scott", "approval_asked") not in told(database, number)
    assert ("jim.halpert", "approval_given") in told(database, number)
    assert list_dead_letters("notifications") == list_dead_letters("orders") == []


def test_a_changed_order_is_decided_from_the_bell_as_the_first_was(
    wire: Wire, place, client_as, database: str
) -> None:
    with transaction("notifications", actor="service:seed") as session:
        replace_people(session, people(), "test")
    number = place(discount_percent=HALF)
    deliver_pending()
    with transaction("orders", actor="jim.halpert") as session:
        revise_order(
            session, number, new_order(4, discount_percent=Decimal(20)), order_of(number).version
        )
    deliver_pending()
    michael = client_as("michael.scott")
    version = ServedPage(michael.get("/wuphf")).value("version")
    assert int(version) == order_of(number).version > 1, "the request is for the order as it is now"
    asked = {"decision": "approve", "form_key": "bell-of-michael"}
    assert (
        michael.post(f"/orders/{number}/decide", data={**asked, "version": "1"}).status_code == 409
    )
    assert (
        michael.post(f"/orders/{number}/decide", data={**asked, "version": version}).status_code
        == 303
    )
    assert order_of(number).status == "placed"


def out_of_office(uid: str, delegate: str, until: int = 3) -> None:
    """People are known to orders and notifications; this one is out until so many days from now."""
    everybody = {each.uid: {**msgspec.to_builtins(each), "revision": 1} for each in people()}
    day = clock.now().date()
    absence = {
        "revision": int(clock.now().timestamp() * 1000),
        "uid": uid,
        "delegate": delegate,
        "away_from": (day - timedelta(days=9)).isoformat(),
        "away_until": (day + timedelta(days=until)).isoformat(),
    }
    for schema in ("orders", "notifications"):
        with transaction(schema, actor="service:test") as session:
            for source, records in (("people", everybody), ("preferences", {uid: absence})):
                page = PulledPage(revision=absence["revision"], complete=True, records=records)
                take_page(session, source, page)
    with transaction("notifications", actor="service:seed") as session:
        replace_people(session, people(), "test")


def test_the_delegate_of_a_manager_out_of_office_is_rung_sees_the_order_and_decides(
    wire: Wire, place, client_as, database: str
) -> None:
    out_of_office("michael.scott", "dwight.schrute", until=-1)
    number = place(discount_percent=HALF)
    deliver_pending()
    kelly, dwight = client_as("kelly.kapoor"), client_as("dwight.schrute")
    form = {"decision": "approve", "version": order_of(number).version}
    assert dwight.post(f"/orders/{number}/decide", data=form).status_code == 403
    assert number not in dwight.get("/orders/home").text
    out_of_office("michael.scott", "dwight.schrute")
    move_approvals()
    move_approvals()
    deliver_pending()
    assert told(database, number) == [
        ("dwight.schrute", "approval_asked"),
        ("michael.scott", "approval_asked"),
    ]
    assert number in dwight.get("/orders/home").text
    assert "Review order" in dwight.get(f"/orders/{number}").text
    assert "Review order" not in kelly.get(f"/orders/{number}").text
    assert kelly.post(f"/orders/{number}/decide", data=form).status_code == 403
    assert dwight.post(f"/orders/{number}/decide", data=form).status_code == 303
    deliver_pending()
    assert order_of(number).decided_by == "dwight.schrute"
    said = "Approved on behalf of Michael Scott, who is out of office"
    assert said in dwight.get(f"/orders/{number}").text
    assert told(database, number) == [
        ("jim.halpert", "approval_given"),
        ("michael.scott", "order_placed"),
    ]
    jim = client_as("jim.halpert")
    assert "approved" in (inbox := jim.get("/wuphf").text) and "on behalf of Michael Scott" in inbox


def test_back_in_the_office_the_delegate_decides_no_more(
    wire: Wire, place, client_as, database: str
) -> None:
    out_of_office("michael.scott", "dwight.schrute")
    number = place(discount_percent=HALF)
    deliver_pending()
    assert [each for each, _ in told(database, number)] == ["dwight.schrute", "michael.scott"]
    out_of_office("michael.scott", "dwight.schrute", until=-1)
    move_approvals()
    deliver_pending()
    assert [each for each, _ in told(database, number)] == ["michael.scott"]
    with pytest.raises(Forbidden, match="out-of-office delegate"):
        decide(number, actor="dwight.schrute", is_manager=False)


@pytest.mark.parametrize(
    ("delegate", "asked"),
    [
        ("jim.halpert", ["jan.levinson", "michael.scott"]),  # the owner of the order
        ("pam.beesly", ["jan.levinson", "michael.scott"]),  # may not see orders
        ("", ["jan.levinson", "michael.scott"]),
    ],
)
def test_without_a_delegate_who_may_decide_it_is_the_managers_manager(
    wire: Wire, place, delegate: str, asked: list[str]
) -> None:
    out_of_office("michael.scott", delegate)
    assert order_of(place(discount_percent=HALF)).asked == asked


def test_who_stands_in_is_who_may_see_orders() -> None:
    groups = {group for group, role in ROLE_OF_GROUP.items() if role in ACTIONS["orders.see"].roles}
    assert groups == SEE_ORDERS
    assert ACTIONS["orders.approve"].roles == ACTIONS["orders.see"].roles


def told(database: str, number: str) -> list[tuple[str, str]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT recipient, kind FROM notifications.notification WHERE subject_key = %s ORDER BY 1, 2",
            [number],
        ).fetchall()
