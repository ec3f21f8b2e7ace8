"""Runs, budgets, and what was spent."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models.finance.people import office_today
from models.finance.reimbursement import (
    export_run,
    get_run,
    list_runs,
    make_run,
    set_budget,
    void_run,
)
from models.finance.spend import months_until, spend_by_department, spend_by_month
from models.finance.tables import ExpenseLine
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.finance import decide_as, make_line, published_events, read_expense


def pay(actor: str, *numbers: str) -> str:
    with transaction("finance", actor=actor) as session:
        return make_run(session, list(numbers))


def budget(department: str, monthly: str, version: int = 0) -> None:
    with transaction("finance", actor="angela.martin") as session:
        set_budget(session, department, Decimal(monthly), version)


def test_a_run_pays_what_was_approved_and_tells_each_owner(handed_in, office):
    first, second = handed_in("jim.halpert"), handed_in("dwight.schrute")
    decide_as("michael.scott", first)
    decide_as("michael.scott", second)
    number = pay("oscar.martinez", first, second)
    assert {read_expense(each).status for each in (first, second)} == {"reimbursed"}
    assert [(what, data["run_number"]) for what, data, _ in published_events(office)[-2:]] == [
        ("reimbursed", number)
    ] * 2
    with reading("finance") as session:
        assert [each.number for each in list_runs(session)] == [number]
        _, rows = get_run(session, number)
    assert [(row.owner, row.approved_total) for row in rows] == [
        ("dwight.schrute", Decimal("20.00")),
        ("jim.halpert", Decimal("20.00")),
    ]


def void(actor: str, number: str, reason: str = "Wrong month") -> None:
    with transaction("finance", actor=actor) as session:
        void_run(session, number, reason)


def test_a_run_is_voided_before_payroll_has_it_and_its_expenses_are_paid_by_another(
    handed_in, office
):
    whole, part = handed_in("jim.halpert"), handed_in("dwight.schrute")
    decide_as("michael.scott", whole)
    with reading("finance") as session:
        (line,) = session.scalars(select(ExpenseLine.line).filter_by(expense_number=part))
    decide_as("michael.scott", part, amounts={line: Decimal("5.00")}, reason="No wine")
    number = pay("oscar.martinez", whole, part)
    for bad in ("", "x" * 501):
        with pytest.raises(Invalid):
            void("oscar.martinez", number, bad)
    void("angela.martin", number)
    assert (read_expense(whole).status, read_expense(part).status) == (
        "approved",
        "partly_approved",
    )
    told = [
        (what, data["run_number"], data["reason"])
        for what, data, _ in published_events(office)[-2:]
    ]
    assert told == [("reimbursement_voided", number, "Wrong month")] * 2
    with pytest.raises(DomainError, match="was voided"):
        void("oscar.martinez", number)
    with pytest.raises(DomainError, match="was voided"):
        export("oscar.martinez", number)
    again = pay("oscar.martinez", whole, part)
    export("oscar.martinez", again)
    with pytest.raises(DomainError, match="already downloaded"):
        void("oscar.martinez", again)
    assert read_expense(whole).status == "reimbursed"


def export(actor: str, number: str) -> None:
    with transaction("finance", actor=actor) as session:
        export_run(session, number)


def test_nobody_pays_their_own_and_nothing_is_half_done(handed_in):
    own, other = handed_in("oscar.martinez"), handed_in("jim.halpert")
    decide_as("angela.martin", own)
    decide_as("michael.scott", other)
    with pytest.raises(DomainError, match="your own"):
        pay("oscar.martinez", own, other)
    assert read_expense(other).status == "approved"
    pay("kevin.malone", own, other)


def test_what_is_not_approved_is_not_paid(handed_in, draft):
    waiting = handed_in()
    for number in (waiting, draft(), "EX-1"):
        with pytest.raises(DomainError):
            pay("oscar.martinez", number)
    with pytest.raises(Invalid):
        pay("oscar.martinez")
    with reading("finance") as session, pytest.raises(NotFound):
        get_run(session, "RR-1")


def test_spend_counts_what_was_granted_in_the_month_it_was_spent(handed_in):
    number = handed_in(
        "jim.halpert", make_line("20.00", days_ago=0), make_line("10.00", "supplies", days_ago=0)
    )
    waiting = handed_in("dwight.schrute", make_line("7.00", days_ago=0))
    decide_as("michael.scott", number)
    month = office_today().replace(day=1)
    with reading("finance") as session:
        spend = spend_by_month(session, months_until(month, 3))
        by_name = {each.department: each for each in spend_by_department(session, month)}
    assert (spend.of_month(month), spend.of_category("supplies")) == (
        Decimal("30.00"),
        Decimal("10.00"),
    )
    assert spend.months[-1] == month
    assert (by_name["sales"].spent, by_name["sales"].waiting, by_name["sales"].budget) == (
        Decimal(30),
        Decimal(7),
        None,
    )
    assert read_expense(waiting).status == "submitted"


def test_budgets_are_set_with_what_was_read_and_measure_the_month(office):
    budget("sales", "400.00")
    with pytest.raises(Stale):
        budget("sales", "500.00")
    budget("sales", "500.00", 1)
    with reading("finance") as session:
        sales = next(
            each
            for each in spend_by_department(session, date(2026, 11, 1))
            if each.department == "sales"
        )
    assert (sales.budget, sales.version, sales.share) == (Decimal(500), 2, Decimal(0))


@pytest.mark.parametrize(
    ("department", "monthly"), [("", "1"), ("Nowhere", "1"), ("sales", "-1"), ("sales", "10000001")]
)
def test_a_budget_that_cannot_be_is_refused(office, department, monthly):
    with pytest.raises(Invalid):
        budget(department, monthly)


def test_months_go_back_over_the_year():
    assert months_until(date(2026, 1, 1), 3) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
