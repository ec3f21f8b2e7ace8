"""The states of an expense, every pair; who decides, over any directory."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.finance.rules import (
    ACTIONS,
    STATUSES,
    STEPS,
    Reader,
    check_transition,
    deciders,
    granted_amounts,
    may_decide,
    may_see,
    outcome,
    reader_on,
    route_for,
)
from models.shared.settings.delegates import Absence

DAY = date(2026, 11, 20)
# Said a second time, apart from the table.
ALLOWED = {
    ("draft", "submit", "submitted"),
    ("draft", "submit", "with_accounting"),
    ("submitted", "withdraw", "draft"),
    ("submitted", "send_back", "sent_back"),
    ("submitted", "refuse", "refused"),
    ("submitted", "approve", "approved"),
    ("submitted", "approve", "partly_approved"),
    ("submitted", "approve", "with_accounting"),
    ("with_accounting", "withdraw", "draft"),
    ("with_accounting", "send_back", "sent_back"),
    ("with_accounting", "refuse", "refused"),
    ("with_accounting", "approve", "approved"),
    ("with_accounting", "approve", "partly_approved"),
    ("sent_back", "submit", "submitted"),
    ("sent_back", "submit", "with_accounting"),
    ("sent_back", "withdraw", "draft"),
    ("approved", "reimburse", "reimbursed"),
    ("partly_approved", "reimburse", "reimbursed"),
    ("reimbursed", "void", "approved"),
    ("reimbursed", "void", "partly_approved"),
}


def somebody(uid: str, manager: str | None = None, *groups: str) -> SimpleNamespace:
    return SimpleNamespace(uid=uid, name=uid.title(), manager=manager, groups=list(groups))


def asked(
    owner: str = "jim", approver: str = "michael", status: str = "submitted", first: str = ""
) -> SimpleNamespace:
    return SimpleNamespace(owner=owner, approver=approver, status=status, first_decider=first)


OFFICE = {
    each.uid: each
    for each in (
        somebody("jim", "michael"),
        somebody("dwight", "michael"),
        somebody("michael", "jan"),
        somebody("jan", "david"),
        somebody("david"),
        somebody("angela", "michael", "accounting"),
        somebody("oscar", "angela", "accounting"),
    )
}


def out(delegate: str) -> Absence:
    return Absence(delegate, DAY, DAY + timedelta(days=2))


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("after", STATUSES)
def test_every_pair_of_states_is_allowed_or_refused(before: str, action: str, after: str):
    if (before, action, after) in ALLOWED:
        check_transition(before, action, after)
    else:
        with pytest.raises(ValueError, match="cannot lead"):
            check_transition(before, action, after)


def test_the_table_knows_every_state_and_every_state_can_be_reached():
    assert set(STEPS) == set(STATUSES)
    assert {
        after for steps in STEPS.values() for afters in steps.values() for after in afters
    } == set(STATUSES)


def test_the_manager_decides_and_accounting_where_nobody_stands_above():
    assert route_for("jim", OFFICE) == ("submitted", "michael")
    assert route_for("david", OFFICE) == ("with_accounting", "")
    assert route_for("jim", {"jim": somebody("jim", "gone")}) == ("with_accounting", "")
    assert route_for("stranger", OFFICE) == ("with_accounting", "")


def test_a_circle_of_managers_decides_nothing_for_each_other():
    circle = {
        "a": somebody("a", "b"),
        "b": somebody("b", "c"),
        "c": somebody("c", "a"),
        "d": somebody("d", "a"),
    }
    assert [route_for(uid, circle).status for uid in "abc"] == ["with_accounting"] * 3
    assert route_for("d", circle) == ("submitted", "a")
    assert route_for("e", {"e": somebody("e", "e")}) == ("with_accounting", "")


def test_accounting_decides_second_but_never_who_decided_first_or_the_owner():
    assert set(deciders(asked(status="with_accounting", first="michael"), {}, OFFICE)) == {
        "angela",
        "oscar",
    }
    assert set(deciders(asked("oscar", "angela", "with_accounting", "angela"), {}, OFFICE)) == set()


def test_who_may_see_is_the_owner_the_approver_their_stand_in_and_accounting():
    expense = asked()
    seers = {
        uid
        for uid in OFFICE
        if may_see(expense, reader_on(uid, {"michael": out("dwight")}, OFFICE))
    }
    assert seers == {"jim", "michael", "dwight"}
    assert may_see(expense, Reader("oscar", in_accounting=True))
    assert not may_see(asked(status="draft"), Reader("oscar", in_accounting=True))
    assert may_see(asked(status="draft"), Reader("jim"))


def test_what_is_granted_is_between_nothing_and_what_was_claimed():
    claimed = {1: Decimal("10.00"), 2: Decimal("5.00")}
    assert granted_amounts(claimed, None) == claimed
    assert granted_amounts(claimed, {1: Decimal(0), 2: Decimal("5.00")})[1] == 0
    for wrong in (
        {1: Decimal("10.01"), 2: Decimal(0)},
        {1: Decimal(-1), 2: Decimal(0)},
        {1: Decimal(1)},
        {},
    ):
        with pytest.raises(ValueError, match="amount"):
            granted_amounts(claimed, wrong)


def test_above_the_limit_accounting_is_next_and_only_once():
    limit = Decimal(1000)
    assert outcome("submitted", Decimal("1000.01"), Decimal("1000.01"), limit) == "with_accounting"
    assert outcome("submitted", Decimal(1000), Decimal(1000), limit) == "approved"
    assert outcome("submitted", Decimal(900), Decimal(1200), limit) == "partly_approved"
    assert outcome("with_accounting", Decimal(1200), Decimal(1200), limit) == "approved"


UIDS = st.sampled_from("abcdef")
DIRECTORIES = st.fixed_dictionaries(
    {},
    optional={
        uid: st.builds(
            lambda manager, group, uid=uid: somebody(uid, manager, *group),
            st.none() | UIDS | st.just("gone"),
            st.sampled_from([(), ("accounting",)]),
        )
        for uid in "abcdef"
    },
)
ABSENCES = st.dictionaries(
    UIDS,
    st.builds(out, UIDS | st.just("") | st.just("gone")),
)


@settings(max_examples=400, deadline=None)
@given(DIRECTORIES, ABSENCES, UIDS, st.sampled_from(["", *"abcdef"]), st.sampled_from(STATUSES))
def test_nobody_ever_decides_on_their_own_whatever_the_directory_and_the_absences(
    people, absences, owner, first, status
):
    route = route_for(owner, people)
    expense = asked(owner, route.approver, status, first if first != owner else "")
    found = deciders(expense, absences, people)
    assert owner not in found
    assert route.approver != owner
    assert expense.first_decider not in found or status != "with_accounting"
    for uid in people:
        reader = reader_on(uid, absences, people, "accounting" in people[uid].groups)
        if status != "submitted" or expense.approver in people:
            assert may_decide(expense, reader) == (uid in found), uid


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(STATUSES)), max_size=30))
def test_whatever_is_tried_money_is_paid_only_for_what_was_approved_and_at_most_once(tries):
    status, way = "draft", ["draft"]
    for action, after in tries:
        try:
            check_transition(status, action, after)
        except ValueError:
            continue
        status = after
        way.append(after)
    for n, status in enumerate(way):
        if status == "reimbursed":
            assert way[n - 1] in ("approved", "partly_approved")
            assert way[n + 1 : n + 2] in ([], ["approved"], ["partly_approved"]), "voided first"
    assert "refused" not in way[:-1]
