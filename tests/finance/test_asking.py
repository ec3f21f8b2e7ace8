"""A request stands with whoever may decide today: it moves when an approver goes away, and back."""

import psycopg
import pytest

from models.finance.approvers import ask_those_who_decide_now
from models.finance.jobs import move_requests
from tests.factories.finance import decide_as, do_as, published_events, read_expense, set_absence


def moved(office: str) -> list[tuple[list[str], list[str]]]:
    """(approvers, added) of each time that a request moved."""
    return [
        (data["approvers"], data["added"])
        for type_, data, _ in published_events(office)
        if type_ == "approvers_changed"
    ]


def test_the_delegate_of_who_goes_away_after_it_was_handed_in_is_asked_and_nobody_twice(
    handed_in, office
):
    number = handed_in()
    assert read_expense(number).asked == ["michael.scott"]
    move_requests()
    assert moved(office) == []
    set_absence("michael.scott", "dwight.schrute")
    for _ in range(3):
        move_requests()
    assert moved(office) == [(["dwight.schrute", "michael.scott"], ["dwight.schrute"])]
    [_, (_, data, actor)] = published_events(office)
    assert (data["expense_number"], data["step"], data["round"], actor) == (
        number,
        "manager",
        1,
        "service:finance",
    )
    assert decide_as("dwight.schrute", number) == "approved"


def test_back_in_the_office_the_delegate_is_no_longer_asked(handed_in, office):
    set_absence("michael.scott", "dwight.schrute")
    number = handed_in()
    assert read_expense(number).asked == ["dwight.schrute", "michael.scott"]
    set_absence("michael.scott", "dwight.schrute", -3, -1)
    move_requests()
    assert moved(office) == [(["michael.scott"], [])]


def test_a_delegate_who_goes_away_too_passes_it_on(handed_in, office):
    handed_in()
    set_absence("michael.scott", "dwight.schrute")
    move_requests()
    set_absence("dwight.schrute", "jan.levinson")
    move_requests()
    assert moved(office)[-1] == (["jan.levinson", "michael.scott"], ["jan.levinson"])


def test_what_is_decided_or_a_draft_stays_where_it_is_and_the_owner_never_decides(
    handed_in, draft, office
):
    number = handed_in()
    decide_as("michael.scott", number)
    handed_in("dwight.schrute")
    unsent = draft()
    set_absence("michael.scott", "dwight.schrute")
    move_requests()
    assert moved(office) == [(["jan.levinson", "michael.scott"], ["jan.levinson"])], (
        "not to him whose expense it is"
    )
    for closed in (number, unsent):
        assert not do_as("service:test", ask_those_who_decide_now, closed)


def test_a_directory_that_names_nobody_takes_a_request_from_nobody(handed_in, office):
    number = handed_in()
    with psycopg.connect(office, autocommit=True) as connection:
        connection.execute("DELETE FROM finance.person")
    move_requests()
    assert (moved(office), read_expense(number).asked) == ([], ["michael.scott"])


@pytest.mark.parametrize("gone", [False, True])
def test_one_of_before_it_was_kept_who_was_asked_is_noted_and_asked_of_nobody_anew(
    handed_in, office, gone
):
    number = handed_in()
    with psycopg.connect(office, autocommit=True) as connection:
        connection.execute("UPDATE finance.expense SET asked = NULL")
    move_requests()
    assert (moved(office), read_expense(number).asked) == ([], ["michael.scott"])
    if gone:
        set_absence("michael.scott", "dwight.schrute")
        move_requests()
        assert len(moved(office)) == 1
