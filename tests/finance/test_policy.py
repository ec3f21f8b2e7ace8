"""What policy says to a line, at each border."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from models.finance.drafts import DraftLine
from models.finance.policy import CATEGORIES, Policy, findings_of, policy_now
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction

POLICY = Policy({key: Decimal(75) for key in CATEGORIES}, Decimal(25), 90, Decimal(1000))
TODAY = date(2026, 11, 20)


def said(vouchers: int = 1, **fields) -> dict[str, bool]:
    line = DraftLine(
        **{"line": 1, "category": "meals", "spent_on": TODAY, "amount": Decimal(20), **fields}
    )
    return {each.code: each.blocks for each in findings_of(line, POLICY, TODAY, vouchers)}


@pytest.mark.parametrize(("amount", "expected"), [("75.00", {}), ("75.01", {"over_limit": True})])
def test_the_limit_of_the_category(amount, expected):
    assert said(amount=Decimal(amount)) == expected


def test_above_the_limit_a_reason_lets_it_through_marked():
    assert said(amount=Decimal(80), why="Eight people") == {"over_limit": False}
    assert said(amount=Decimal(80), why="  ") == {"over_limit": True}


@pytest.mark.parametrize(
    ("amount", "vouchers", "expected"),
    [("25.00", 0, {}), ("25.01", 0, {"voucher_missing": True}), ("25.01", 1, {})],
)
def test_a_receipt_is_needed_above_the_threshold(amount, vouchers, expected):
    assert said(vouchers, amount=Decimal(amount)) == expected


@pytest.mark.parametrize(("days", "expected"), [(90, {}), (91, {"too_old": False})])
def test_older_than_the_limit_is_marked_but_let_through(days, expected):
    assert said(spent_on=TODAY - timedelta(days=days)) == expected


def test_a_half_filled_line_says_nothing():
    assert said(0, amount=None, spent_on=None, category="") == {}
    assert said(0, category="nonsense", amount=Decimal(20)) == {}


def test_duplicates_name_where_they_were_seen():
    line = DraftLine(line=1, category="meals", spent_on=TODAY, amount=Decimal(20))
    found = findings_of(line, POLICY, TODAY, 1, ["EX-2003", "EX-2001", "EX-2003"], ["EX-2002"])
    assert [(each.code, each.blocks) for each in found] == [
        ("duplicate_line", False),
        ("duplicate_voucher", False),
    ]
    assert found[0].words.endswith("same date, category and amount as EX-2001, EX-2003.")


def test_what_administrators_set_holds_and_the_default_until_then(clean_database):
    with reading("finance") as session:
        assert policy_now(session).limits["meals"] == Decimal("75.00")
    record = {"name": "category_limit_meals", "value": "45.00", "revision": 1}
    with transaction("finance", actor="service:test") as session:
        take_page(
            session,
            "settings",
            PulledPage(revision=1, complete=False, records={record["name"]: record}),
        )
    with reading("finance") as session:
        assert policy_now(session).limits["meals"] == Decimal("45.00")
        assert policy_now(session).voucher_threshold == Decimal("25.00")
