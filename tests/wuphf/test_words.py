"""What a notification says, in plain English."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from models.wuphf.notifications.registry import WORDS
from models.wuphf.queries import Notice
from models.wuphf.words import detail_of, title_of

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def told(kind: str, **parts: str) -> Notice:
    return Notice(
        id=uuid.uuid4(),
        n=1,
        kind=kind,
        category="orders",
        priority="normal",
        subject_type="order",
        subject_key="DM-100042",
        parts=parts,
        actor="jim.halpert",
        actor_name="Jim Halpert",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        seen=False,
        read=False,
    )


@pytest.mark.parametrize(
    ("number", "cases"), [("1", "1 case"), ("2", "2 cases"), ("17", "17 cases")]
)
def test_one_case_is_one_case(number: str, cases: str):
    assert (
        title_of(told("order_short", missing=number)).striptags() == f"DM-100042 is short {cases}"
    )
    assert (
        title_of(told("product_low", available=number, name="Cardstock")).striptags()
        == f"Only {cases} of Cardstock left"
    )
    assert (
        detail_of(
            told(
                "shipment_waiting", quantity=number, client_name="Dunmore High", order_number="DM-1"
            )
        ).striptags()
        == f"Dunmore High · {cases} for DM-1"
    )


@pytest.mark.parametrize(
    ("delta", "cases"), [("-1", "−1 case"), ("12", "+12 cases"), ("-1200", "−1,200 cases")]
)
def test_an_adjustment_is_told_with_its_sign(delta: str, cases: str):
    adjusted = told("stock_adjusted", delta=delta, name="Cardstock")
    assert title_of(adjusted).striptags() == f"Jim Halpert adjusted Cardstock by {cases}"


def test_a_part_that_did_not_come_reads_as_a_dash():
    assert title_of(told("order_short")).striptags() == "DM-100042 is short –"


def test_a_part_that_was_approved_is_told_with_both_amounts_and_the_reason():
    less = {"total": "20.00", "approved_total": "12.50", "reason": "No wine", "purpose": "Visit"}
    granted = told("expense_partly_approved", **less)
    assert title_of(granted).striptags() == "Jim Halpert approved $12.50 of DM-100042"
    assert detail_of(granted).striptags() == "Visit · $20.00 was requested · “No wine”"
    passed = told("expense_passed_on", **less, waits_for="Angela Martin or Kevin Malone")
    assert title_of(passed).striptags() == "Jim Halpert approved $12.50 of DM-100042"
    assert detail_of(passed).striptags() == (
        "Visit · now needs approval from Angela Martin or Kevin Malone · “No wine”"
    )
    whole = {**less, "approved_total": "20.00", "reason": ""}
    assert title_of(told("expense_passed_on", **whole)).striptags() == (
        "Jim Halpert approved DM-100042"
    )


@pytest.mark.parametrize(
    ("absent", "says"), [("michael.scott", " on behalf of Michael Scott"), ("", "")]
)
def test_who_decided_for_whom_is_told(absent: str, says: str):
    given = told("approval_given", on_behalf_of=absent, total="99.19", client_name="Dunmore High")
    assert title_of(given).striptags() == f"Jim Halpert approved DM-100042{says}"


def test_every_part_that_a_person_wrote_is_isolated():
    """A name with right-to-left letters cannot reorder the sentence, in a page or a mail."""
    name = "שירותי נייר"
    parts = {part: name for words in WORDS.values() for part in PLACEHOLDER.findall(f"{words}")}
    numbers = {"total", "approved_total", "available", "missing", "quantity"}
    parts = {part: text for part, text in parts.items() if part not in numbers}
    said = 0
    for kind in WORDS:
        for text in (title_of(told(kind, **parts)), detail_of(told(kind, **parts))):
            plain = text.striptags()
            assert plain.count(name) == plain.count(f"\u2068{name}\u2069"), (kind, plain)
            said += plain.count(name)
    assert said > 20
