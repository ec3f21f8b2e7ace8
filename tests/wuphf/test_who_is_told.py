"""Who is told of what, and who is not."""

import pytest

from models.shared.database.tables import mechanism
from models.shared.events.catalogue import EVENTS
from models.shared.listeners.interface import HANDLERS, apply_batch
from models.shared.settings.preferences import CATEGORIES
from models.shared.transactions import reading, transaction
from models.wuphf.notifications.registry import (
    ASKED,
    KINDS,
    LASTING,
    SETTLINGS,
    TELLINGS,
    WARNED,
    WORDS,
    merged,
)
from models.wuphf.people import KnownPerson, PeopleUnknown, replace_people
from models.wuphf.system_notices import KINDS as SYSTEM_KINDS
from models.wuphf.system_notices import Trouble, tell_troubles
from tests.factories.notifications import (
    ASKS,
    CHECKS,
    EXPENSE,
    ORDER,
    PARCEL,
    deliver_decided,
    make_event,
)
from webapp.wuphf.inbox_state import CATEGORIES as FILTERS

WAREHOUSE = {
    "darryl.philbin",
    "roy.anderson",
    "madge.madsen",
    "lonny.collins",
    "val.johnson",
    "nate.nickerson",
}
SALES = {
    "jim.halpert",
    "dwight.schrute",
    "stanley.hudson",
    "phyllis.vance",
    "andy.bernard",
    "karen.filippelli",
}
HELPDESK = {"kelly.kapoor", "meredith.palmer", "creed.bratton"}
HEADS = {"david.wallace", "jan.levinson", "michael.scott"}
RESERVED = {
    **ORDER,
    "cause": "placed",
    "complete": True,
    "lines": [{"name": "Copy paper", "short": 0}],
}
SHORT = {
    **RESERVED,
    "complete": False,
    "lines": [{"name": "Copy paper", "short": 3}, {"name": "Card", "short": 4}],
}
GOODS = {
    "receipt_number": "GR-3001",
    "sku": "CP-20-LTR",
    "name": "Copy paper",
    "quantity": 40,
    "watchers": ["kelly.kapoor", "roy.anderson"],
}
LOW = {
    "sku": "CP-20-LTR",
    "name": "Copy paper",
    "available": 4,
    "reorder_quantity": 50,
    "watchers": ["kelly.kapoor"],
}
ADJUSTED = {"sku": "CP-20-LTR", "name": "Copy paper", "delta": -3, "reason": "water damage"}
TOKEN = {
    "token_id": "01938d2e-0000-7000-8000-000000000001",
    "owner": "jim.halpert",
    "name": "Payroll export",
    "rights": ["orders:write"],
}
JAN = KnownPerson(uid="jan.levinson", name="Jan Levinson", groups=["sales-managers"])
STANDING = {
    "client_number": "CL-1001",
    "name": "Dunmore High School",
    "owner": "jim.halpert",
    "reason": "They moved",
}
CONVERTED = {
    "lead_number": "LD-1001",
    "company": "Dunmore High School",
    "client_number": "CL-1001",
    "owner": "jim.halpert",
    "expected_value": "1200.00",
}
LEAD = {
    "lead_number": "LD-1001",
    "company": "Dunmore High School",
    "owner": "jim.halpert",
    "step": "call",
    "note": "about the toner",
}
CLIENT = {"client_number": "CL-1001", "name": "Dunmore High School", "owner": "jim.halpert"}

OFFICE = {"pam.beesly", "erin.hannon", "toby.flenderson", "holly.flax", "nick.reyes", "ryan.howard"}
HOOK = {
    "webhook_id": "01a22d5f-bd14-7042-a7c4-cf26fed3ca90",
    "owner": "nick.reyes",
    "name": "ERP",
    "host": "example.com",
}
TOLD = [
    ("dm.orders.order.placed.v1", ORDER, "jim.halpert", {"michael.scott"}, "order_placed"),
    (
        "dm.orders.order.approval_requested.v1",
        ORDER,
        "jim.halpert",
        {"michael.scott"},
        "approval_asked",
    ),
    (
        "dm.orders.order.approval_given.v1",
        ORDER,
        "michael.scott",
        {"jim.halpert"},
        "approval_given",
    ),
    (
        "dm.orders.order.approval_refused.v1",
        ORDER,
        "michael.scott",
        {"jim.halpert"},
        "approval_refused",
    ),
    (
        "dm.orders.order.rest_cancelled.v1",
        ORDER,
        "dwight.schrute",
        {"jim.halpert", "dwight.schrute"},
        "rest_cancelled",
    ),
    ("dm.profile.access_token.created.v1", TOKEN, "jim.halpert", {"jim.halpert"}, "token_created"),
    ("dm.profile.access_token.revoked.v1", TOKEN, "nick.reyes", {"jim.halpert"}, "token_revoked"),
    ("dm.inventory.product.ran_low.v1", LOW, "service:inventory", {"kelly.kapoor"}, "product_low"),
    (
        "dm.inventory.stock.adjusted.v1",
        ADJUSTED,
        "roy.anderson",
        {"angela.martin", "oscar.martinez", "kevin.malone"},
        "stock_adjusted",
    ),
    (
        "dm.orders.order.cancellation_requested.v1",
        ORDER,
        "dwight.schrute",
        WAREHOUSE,
        "cancellation_asked",
    ),
    (
        "dm.orders.order.cancelled.v1",
        ORDER,
        "dwight.schrute",
        {"jim.halpert", "dwight.schrute"},
        "order_cancelled",
    ),
    (
        "dm.orders.order.cancellation_refused.v1",
        ORDER,
        "dwight.schrute",
        {"jim.halpert", "dwight.schrute"},
        "cancellation_refused",
    ),
    (
        "dm.inventory.reservation.made.v1",
        RESERVED,
        "jim.halpert",
        {"jim.halpert"},
        "order_reserved",
    ),
    (
        "dm.inventory.reservation.made.v1",
        SHORT,
        "jim.halpert",
        {"jim.halpert", "michael.scott"},
        "order_short",
    ),
    (
        "dm.inventory.reservation.made.v1",
        {**RESERVED, "cause": "receipt"},
        "roy.anderson",
        {"jim.halpert"},
        "order_served",
    ),
    (
        "dm.inventory.reservation.made.v1",
        {**SHORT, "cause": "receipt"},
        "roy.anderson",
        {"jim.halpert", "michael.scott"},
        "order_partly_served",
    ),
    ("dm.inventory.shipment.created.v1", PARCEL, "jim.halpert", WAREHOUSE, "shipment_waiting"),
    (
        "dm.inventory.shipment.cancelled.v1",
        {**PARCEL, "status": "picked", "handled_by": ["roy.anderson"]},
        "service:inventory",
        {"roy.anderson"},
        "shipment_cancelled",
    ),
    (
        "dm.inventory.shipment.dispatched.v1",
        PARCEL,
        "roy.anderson",
        {"jim.halpert"},
        "shipment_left",
    ),
    (
        "dm.inventory.shipment.delivered.v1",
        PARCEL,
        "roy.anderson",
        {"jim.halpert"},
        "shipment_delivered",
    ),
    (
        "dm.sales.client.created.v1",
        CLIENT,
        "dwight.schrute",
        {"jim.halpert"},
        "client_created",
    ),
    ("dm.sales.lead.assigned.v1", LEAD, "michael.scott", {"jim.halpert"}, "lead_assigned"),
    ("dm.sales.lead.step_due.v1", LEAD, "service:sales", {"jim.halpert"}, "lead_step_due"),
    ("dm.sales.lead.converted.v1", CONVERTED, "jim.halpert", {"michael.scott"}, "lead_converted"),
    (
        "dm.sales.client.deactivated.v1",
        STANDING,
        "dwight.schrute",
        {"jim.halpert", "michael.scott"},
        "client_deactivated",
    ),
    (
        "dm.sales.client.reactivated.v1",
        STANDING,
        "michael.scott",
        {"jim.halpert"},
        "client_reactivated",
    ),
    (
        "dm.finance.expense.submitted.v1",
        ASKS,
        "jim.halpert",
        {"michael.scott", "jan.levinson"},
        "expense_to_approve",
    ),
    (
        "dm.finance.expense.submitted.v1",
        CHECKS,
        "jim.halpert",
        {"oscar.martinez", "kevin.malone"},
        "expense_to_check",
    ),
    (
        "dm.finance.expense.sent_back.v1",
        EXPENSE,
        "michael.scott",
        {"jim.halpert"},
        "expense_sent_back",
    ),
    (
        "dm.finance.expense.approved.v1",
        EXPENSE,
        "michael.scott",
        {"jim.halpert"},
        "expense_approved",
    ),
    (
        "dm.finance.expense.partly_approved.v1",
        EXPENSE,
        "michael.scott",
        {"jim.halpert"},
        "expense_partly_approved",
    ),
    ("dm.finance.expense.refused.v1", EXPENSE, "michael.scott", {"jim.halpert"}, "expense_refused"),
    (
        "dm.finance.expense.reimbursed.v1",
        EXPENSE,
        "oscar.martinez",
        {"jim.halpert"},
        "expense_paid",
    ),
    (
        "dm.finance.expense.reimbursement_voided.v1",
        EXPENSE,
        "oscar.martinez",
        {"jim.halpert"},
        "expense_unpaid",
    ),
    (
        "dm.inventory.goods.received.v1",
        GOODS,
        "roy.anderson",
        {"kelly.kapoor"},
        "goods_received",
    ),
    (
        "dm.inventory.receipt.corrected.v1",
        {**GOODS, "received_by": "darryl.philbin", "reason": "Typed 400", "quantity_before": 400},
        "roy.anderson",
        {"kelly.kapoor", "darryl.philbin"},
        "receipt_corrected",
    ),
    (
        "dm.inventory.receipt.voided.v1",
        {**GOODS, "received_by": "roy.anderson", "reason": "Posted twice"},
        "roy.anderson",
        {"kelly.kapoor"},
        "receipt_voided",
    ),
    (
        "dm.profile.access_token.created.v1",
        {**TOKEN, "account": "web-shop.service"},
        "nick.reyes",
        {"jim.halpert"},
        "account_token_created",
    ),
    (
        "dm.profile.access_token.revoked.v1",
        {**TOKEN, "account": "web-shop.service"},
        "nick.reyes",
        {"jim.halpert"},
        "account_token_revoked",
    ),
    (
        "dm.notifications.webhook.created.v1",
        HOOK,
        "nick.reyes",
        {"nick.reyes"},
        "webhook_created",
    ),
    (
        "dm.notifications.webhook.disabled.v1",
        {**HOOK, "reason": "Every delivery failed for 3 days"},
        "service:notifications",
        {"nick.reyes"},
        "webhook_failed",
    ),
    (
        "dm.notifications.webhook.disabled.v1",
        HOOK,
        "ryan.howard",
        {"nick.reyes"},
        "webhook_disabled",
    ),
]


@pytest.mark.parametrize(
    ("type_", "data", "actor", "expected", "kind"), TOLD, ids=[row[4] for row in TOLD]
)
def test_those_concerned_are_told_and_nobody_else(
    office, happens, told, type_, data, actor, expected, kind
):
    happens(type_, data, actor=actor)
    assert told() == {uid: {kind} for uid in expected}


def test_every_kind_is_proved_above_and_has_words():
    proved = {row[4] for row in TOLD} | {"expense_passed_on"}
    others = {"broadcast", "broadcast_asked", *SYSTEM_KINDS}
    told_before = {"delivery_address"}
    assert proved == set(KINDS) == set(WORDS) - others - told_before


def test_every_category_of_the_preferences_is_one_that_people_are_told_of():
    told = {telling.category for _, tellings in TELLINGS.values() for telling in tellings}
    told |= {telling.category for telling in SYSTEM_KINDS.values()} | {"broadcasts"}
    assert set(dict(CATEGORIES)) == told == set(FILTERS)


def test_a_shipment_that_is_to_be_picked_again_is_asked_for_again(office, happens, told):
    happens("dm.inventory.shipment.created.v1", PARCEL)
    happens("dm.inventory.shipment.picked.v1", PARCEL, actor="roy.anderson")
    happens("dm.inventory.shipment.reopened.v1", {**PARCEL, "status": "picked"})
    assert told() == {}
    happens("dm.inventory.shipment.reopened.v1", {**PARCEL, "status": "waiting"})
    assert told() == {uid: {"shipment_waiting"} for uid in WAREHOUSE}


def test_only_the_owners_own_manager_is_told_of_a_conversion(office, happens, told):
    happens(
        "dm.sales.lead.converted.v1", {**CONVERTED, "owner": "roy.anderson"}, actor="jim.halpert"
    )
    assert told() == {"darryl.philbin": {"lead_converted"}}
    happens(
        "dm.sales.lead.converted.v1", {**CONVERTED, "lead_number": "LD-1002"}, actor="michael.scott"
    )
    assert told() == {"darryl.philbin": {"lead_converted"}}


def test_every_type_that_wuphf_listens_to_has_its_telling():
    listened = {event.type for event in EVENTS if "notifications" in event.listeners}
    own = {type_ for type_ in listened if type_.startswith("dm.notifications.")}
    assert listened - own == (set(TELLINGS) | set(SETTLINGS)) - own
    assert all(("notifications", type_) in HANDLERS for type_ in listened)


def test_two_areas_cannot_declare_the_same_notification():
    with pytest.raises(ValueError, match="two areas declare the same notification"):
        merged([WORDS, {"product_low": WORDS["order_placed"]}])
    assert merged([{"one": 1}, {"two": 2}]) == {"one": 1, "two": 2}


def test_every_request_and_every_warning_names_the_events_that_end_it():
    ends: dict[str, set[tuple[str, str]]] = {}
    for type_, (_, settlings) in SETTLINGS.items():
        for each in settlings:
            for kind in each.kinds:
                ends.setdefault(kind, set()).add((type_, each.subject[0]))
    assert ends.keys() == ASKED | WARNED, "what ends was asked or warned of"
    assert not LASTING & ends.keys()
    for _, tellings in TELLINGS.values():
        for telling in tellings:
            if telling.kind in ends:
                subjects = {subject for _, subject in ends[telling.kind]}
                assert subjects == {telling.subject[0]}, f"{telling.kind} ends by its own record"
            pressing = telling.priority == "high" or WORDS[telling.kind].tone in ("wait", "bad")
            assert not pressing or telling.kind in ends.keys() | LASTING, telling.kind


IT = {"nick.reyes", "ryan.howard"}
DEAD = Trouble(
    kind="dead_letter",
    key="orders/17",
    service="Orders",
    type="dm.sales.client.created.v1",
    cause="LookupError: no such client",
)


def test_it_is_told_of_troubles_until_they_are_over(office, told):
    def find(*troubles: Trouble, kind: str = "dead_letter") -> dict[str, set[str]]:
        with transaction("notifications", actor="service:notifications") as session:
            tell_troubles(session, kind, troubles)
        return told()

    late = Trouble(kind="snapshot_failed", key="20261128T100700Z", cause="The disk is full.")
    assert find(DEAD) == {uid: {"dead_letter"} for uid in IT}
    count = len(deliver_decided())
    assert find(DEAD) == {uid: {"dead_letter"} for uid in IT}
    assert len(deliver_decided()) == count, "nobody is told twice"
    both = {uid: {"dead_letter", "snapshot_failed"} for uid in IT}
    assert find(late, kind="snapshot_failed") == both
    assert find() == {uid: {"snapshot_failed"} for uid in IT}
    assert find(kind="snapshot_failed") == {}


def test_what_is_still_short_replaces_what_was(office, happens, told):
    happens("dm.inventory.reservation.made.v1", SHORT)
    for _ in range(2):
        happens("dm.inventory.reservation.made.v1", {**SHORT, "cause": "receipt"})
        assert told() == {uid: {"order_partly_served"} for uid in ("jim.halpert", "michael.scott")}
    assert len(deliver_decided()) == 2 + 2 * 4, "each time two are withdrawn and two raised"


def test_an_order_whose_goods_had_never_come_in_is_short_again(office, happens, told):
    short = {uid: {"order_short"} for uid in ("jim.halpert", "michael.scott")}
    happens("dm.inventory.reservation.made.v1", {**RESERVED, "cause": "correction"})
    assert told() == {}, "it lost nothing"
    for _ in range(2):
        happens("dm.inventory.reservation.made.v1", {**SHORT, "cause": "correction"})
        assert told() == short
    assert len(deliver_decided()) == 2 + 4, "the second time two are withdrawn and two raised"


def test_nobody_is_told_of_what_they_did_themselves(office, happens, told):
    happens("dm.orders.order.placed.v1", {**ORDER, "owner": "michael.scott"}, actor="michael.scott")
    happens("dm.inventory.shipment.delivered.v1", PARCEL, actor="jim.halpert")
    assert told() == {}


def test_one_person_whom_two_audiences_reach_is_told_once(office, happens, told):
    happens("dm.inventory.reservation.made.v1", {**SHORT, "owner": "michael.scott"})
    assert told() == {"michael.scott": {"order_short"}}
    assert len(deliver_decided()) == 1


def test_an_owner_who_left_the_company_is_not_told(office, happens, told):
    happens(
        "dm.inventory.shipment.delivered.v1",
        {**PARCEL, "owner": "todd.packer"},
        actor="roy.anderson",
    )
    assert told() == {}


def test_the_same_event_handled_anew_tells_nobody_twice_and_nobody_new(office, happens, told):
    first = happens("dm.orders.order.placed.v1", ORDER)
    before = told()
    with transaction("notifications", actor="service:test") as session:
        session.execute(mechanism("notifications").last_sequence.delete())
        session.execute(mechanism("notifications").journal.delete())
        replace_people(session, [JAN], "v2")
    happens("dm.orders.order.placed.v1", ORDER, event_id=first, sequence=1)
    assert told() == before == {"michael.scott": {"order_placed"}}


def test_a_new_member_of_a_group_is_told_of_what_comes_after(office, happens, told):
    with transaction("notifications", actor="service:test") as session:
        replace_people(session, [JAN], "v2")
    happens("dm.orders.order.placed.v1", ORDER)
    assert told() == {"jan.levinson": {"order_placed"}}


def test_before_the_first_pull_of_people_an_event_waits_instead_of_telling_nobody(
    clean_database, told
):
    import uuid

    event = make_event("dm.orders.order.placed.v1", ORDER, uuid.uuid4(), 1, "jim.halpert")
    with pytest.raises(PeopleUnknown):
        apply_batch("notifications", [event])
    with transaction("notifications", actor="service:test") as session:
        replace_people(
            session, [KnownPerson(uid="michael.scott", name="M", groups=["sales-managers"])], "v1"
        )
    apply_batch("notifications", [event])
    assert told() == {"michael.scott": {"order_placed"}}


def test_an_empty_directory_never_replaces_the_people_known(office):
    with pytest.raises(ValueError), transaction("notifications", actor="service:test") as session:
        replace_people(session, [], "v2")
    with reading("notifications") as session:
        from models.wuphf.people import count_people

        assert count_people(session) == len(set().union(*office.values()))
