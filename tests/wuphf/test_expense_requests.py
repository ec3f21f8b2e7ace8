"""An expense in the bells: asked of those who may decide, gone from all of them once one did."""

import pytest

from models.shared.transactions import reading
from models.wuphf import catch_up, queries
from tests.factories.notifications import ASKS, CHECKS, EXPENSE, Counts, count_of
from tests.pages.served import ServedPage

TOLD = "dm.finance.expense."


def inbox(uid: str) -> list[str]:
    with reading("notifications") as session:
        return [notice.kind for notice in queries.list_inbox(session, uid).notices]


@pytest.mark.parametrize(
    "fact", ["approved", "partly_approved", "refused", "sent_back", "withdrawn"]
)
@pytest.mark.parametrize("asked", [ASKS, CHECKS], ids=["manager", "accounting"])
def test_a_decision_withdraws_the_request_from_every_approvers_bell(
    office, happens, told, fact, asked
):
    happens(f"{TOLD}submitted.v1", asked)
    assert all(inbox(uid) == [] for uid in asked["approvers"])
    told()
    assert all(count_of(uid) == Counts(unseen=1, unread=1) for uid in asked["approvers"])
    happens(f"{TOLD}{fact}.v1", EXPENSE, actor=asked["approvers"][0])
    told()
    assert all(
        inbox(uid) == [] and count_of(uid) == Counts(unseen=0, unread=0)
        for uid in asked["approvers"]
    )


def test_passing_it_on_asks_accounting_and_nobody_else_any_more(office, happens, told):
    happens(f"{TOLD}submitted.v1", ASKS)
    happens(f"{TOLD}passed_on.v1", CHECKS, actor="michael.scott")
    assert told() == {
        "oscar.martinez": {"expense_to_check"},
        "kevin.malone": {"expense_to_check"},
        "jim.halpert": {"expense_passed_on"},
    }
    happens(f"{TOLD}approved.v1", EXPENSE, actor="kevin.malone")
    assert told() == {"jim.halpert": {"expense_passed_on", "expense_approved"}}


def test_the_bell_refuses_with_the_amount_and_approves_last(office, client_as, happens, told):
    happens(f"{TOLD}submitted.v1", ASKS)
    told()
    bell = ServedPage(client_as("michael.scott").post("/wuphf/bell"))
    assert [words.split(" :")[0] for words in bell.texts(".wu-do button")] == [
        "Refuse $86.40",
        "Approve",
    ]
    said = [str(field["value"]) for field in bell.root.select("[name=in_place]")]
    assert said == ["Refused EX-2051", "Approved EX-2051"]


def test_another_expense_is_still_asked_for(office, happens, told):
    happens(f"{TOLD}submitted.v1", ASKS)
    happens(f"{TOLD}submitted.v1", {**ASKS, "expense_number": "EX-2052"})
    happens(f"{TOLD}refused.v1", EXPENSE, actor="michael.scott")
    told()
    assert inbox("michael.scott") == ["expense_to_approve"]


def test_handed_in_again_it_is_asked_again(office, happens, told):
    happens(f"{TOLD}submitted.v1", ASKS)
    happens(f"{TOLD}sent_back.v1", EXPENSE, actor="michael.scott")
    happens(f"{TOLD}submitted.v1", {**ASKS, "round": 2})
    assert told()["michael.scott"] == {"expense_to_approve"}


MOVED = {**ASKS, "approvers": ["michael.scott", "dwight.schrute"], "added": ["dwight.schrute"]}


def test_a_request_that_moves_rings_with_the_delegate_alone_and_a_decision_takes_it_from_both(
    office, happens, told
):
    happens(f"{TOLD}submitted.v1", {**ASKS, "approvers": ["michael.scott"]})
    happens(f"{TOLD}approvers_changed.v1", MOVED, actor="service:finance")
    assert told() == {
        "michael.scott": {"expense_to_approve"},
        "dwight.schrute": {"expense_to_approve"},
    }
    assert count_of("michael.scott") == Counts(unseen=1, unread=1) and count_of(
        "dwight.schrute"
    ) == Counts(unseen=1, unread=1)
    happens(f"{TOLD}approved.v1", EXPENSE, actor="dwight.schrute")
    told()
    assert all(
        inbox(uid) == [] and count_of(uid) == Counts(unseen=0, unread=0)
        for uid in ("michael.scott", "dwight.schrute")
    )


def test_back_again_it_is_gone_from_the_delegates_bell_with_a_reason_and_stays_in_the_approvers(
    office, happens, told
):
    happens(f"{TOLD}submitted.v1", {**ASKS, "approvers": ["michael.scott", "dwight.schrute"]})
    happens(
        f"{TOLD}approvers_changed.v1",
        {**ASKS, "approvers": ["michael.scott"], "added": []},
        actor="service:finance",
    )
    assert told() == {"michael.scott": {"expense_to_approve"}}
    with reading("notifications") as session:
        last = catch_up.feed_since(session, "dwight.schrute", 0)[-1]
    assert (last.kind, last.reason, last.unseen) == (
        "withdrawal",
        "It no longer needs your decision",
        0,
    )


def test_who_was_asked_as_a_stand_in_already_is_not_asked_a_second_time(office, happens, told):
    happens(f"{TOLD}submitted.v1", {**ASKS, "approvers": ["michael.scott", "dwight.schrute"]})
    happens(f"{TOLD}approvers_changed.v1", MOVED, actor="service:finance")
    told()
    assert count_of("dwight.schrute") == Counts(unseen=1, unread=1)
    happens(
        f"{TOLD}submitted.v1", {**ASKS, "expense_number": "EX-2052", "approvers": ["michael.scott"]}
    )
    happens(
        f"{TOLD}approvers_changed.v1",
        {**MOVED, "expense_number": "EX-2052"},
        actor="service:finance",
    )
    told()
    assert count_of("dwight.schrute") == Counts(unseen=2, unread=2), (
        "another expense is another request"
    )
