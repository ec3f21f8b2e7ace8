"""An expense in the bells: asked of those who may decide, gone from all of them once one did."""

import pytest

from models.notifications import queries
from models.shared.database import reading
from tests.wuphf.test_inbox import counts
from tests.wuphf.test_who_is_told import ASKS, CHECKS, EXPENSE

TOLD = "dm.finance.expense."


def inbox(uid: str) -> list[str]:
    with reading("notifications") as session:
        return [notice.kind for notice in queries.list_inbox(session, uid).notices]


@pytest.mark.parametrize("fact", ["approved", "partly_approved", "refused", "sent_back", "withdrawn"])
@pytest.mark.parametrize("asked", [ASKS, CHECKS], ids=["manager", "accounting"])
def test_a_decision_withdraws_the_request_from_every_approvers_bell(office, happens, told, fact, asked):
    happens(f"{TOLD}submitted.v1", asked)
    assert all(inbox(uid) == [] for uid in asked["approvers"])
    told()
    assert all(counts(uid) == (1, 1) for uid in asked["approvers"])
    happens(f"{TOLD}{fact}.v1", EXPENSE, actor=asked["approvers"][0])
    told()
    assert all(inbox(uid) == [] and counts(uid) == (0, 0) for uid in asked["approvers"])


def test_passing_it_on_asks_accounting_and_nobody_else_any_more(office, happens, told):
    happens(f"{TOLD}submitted.v1", ASKS)
    happens(f"{TOLD}passed_on.v1", CHECKS, actor="michael.scott")
    assert told() == {
        "oscar.martinez": {"expense_to_check"}, "kevin.malone": {"expense_to_check"}, "jim.halpert": {"expense_passed_on"}}
    happens(f"{TOLD}approved.v1", EXPENSE, actor="kevin.malone")
    assert told() == {"jim.halpert": {"expense_passed_on", "expense_approved"}}


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
