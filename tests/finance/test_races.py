"""What happens to one expense at the same instant: one wins, the other is told; a thing is done once."""

from collections import Counter
from decimal import Decimal

from models.finance.commands import submit_expense, withdraw_expense
from models.finance.reimbursement import get_run, list_payable, make_run
from models.shared.errors import DomainError
from models.shared.records.idempotency import once
from models.shared.transactions import reading, transaction
from tests.factories.files import make_picture
from tests.factories.finance import (
    decide_as,
    make_line,
    published_events,
    read_expense,
    set_absence,
)
from tests.factories.races import do_at_once


def test_of_two_approvers_one_wins_and_the_other_is_told_who(handed_in, office):
    set_absence("michael.scott", "dwight.schrute")
    for do in ("approve", "refuse"):
        number = handed_in()
        found = do_at_once(
            lambda number=number: decide_as(
                "michael.scott", number, version=read_expense(number).version
            ),
            lambda number=number, do=do: decide_as(
                "dwight.schrute", number, do, reason="No", step="manager"
            ),
        )
        told = [each for each in found if isinstance(each, DomainError)]
        assert len(told) == 1
        assert told[0].code in ("already_decided", "stale")
        assert (
            Counter(
                what
                for what, data, _ in published_events(office)
                if data["expense_number"] == number
            ).total()
            == 2
        )


def test_two_of_accounting_give_one_second_approval(handed_in, office):
    number = handed_in(
        "jim.halpert", make_line("1200.00", "travel", why="Far"), receipt=make_picture()
    )
    decide_as("michael.scott", number)
    found = do_at_once(
        lambda: decide_as("oscar.martinez", number),
        lambda: decide_as("kevin.malone", number, "refuse", reason="No"),
    )
    assert sum(isinstance(each, DomainError) for each in found) == 1
    assert [what for what, _, _ in published_events(office)][:2] == ["submitted", "passed_on"]
    assert len(published_events(office)) == 3


def test_handed_in_twice_at_once_it_is_handed_in_once(draft, office):
    number = draft()

    def hand_in():
        with transaction("finance", actor="jim.halpert") as session:
            return once(
                session, "key-12345678", "submit", number, lambda: submit_expense(session, number)
            )

    assert do_at_once(*[hand_in] * 4) == [None] * 4
    assert [what for what, _, _ in published_events(office)] == ["submitted"]
    assert read_expense(number).round == 1


def test_withdrawn_and_decided_at_once_only_one_happens(handed_in, office):
    for _ in range(4):
        number = handed_in()

        def withdraw(number=number):
            with transaction("finance", actor="jim.halpert") as session:
                withdraw_expense(session, number)

        found = do_at_once(withdraw, lambda number=number: decide_as("michael.scott", number))
        assert sum(isinstance(each, DomainError) for each in found) == 1
        assert read_expense(number).status in ("draft", "approved")


def test_an_expense_is_paid_once_however_many_make_a_run(handed_in, office):
    numbers = [handed_in("jim.halpert", make_line(f"{n}.00")) for n in range(1, 4)]
    for number in numbers:
        decide_as("michael.scott", number)
    with reading("finance") as session:
        assert [each.number for each in list_payable(session)] == numbers

    def pay(uid):
        with transaction("finance", actor=uid) as session:
            return make_run(session, numbers)

    found = do_at_once(
        *[lambda uid=uid: pay(uid) for uid in ("angela.martin", "oscar.martinez", "kevin.malone")]
    )
    [run] = [each for each in found if not isinstance(each, DomainError)]
    assert {each.code for each in found if isinstance(each, DomainError)} == {"not_payable"}
    assert Counter(what for what, _, _ in published_events(office))["reimbursed"] == 3
    with reading("finance") as session:
        made, rows = get_run(session, run)
        assert (made.expenses, made.total, len(rows)) == (3, Decimal("6.00"), 3)
        assert list_payable(session) == []
