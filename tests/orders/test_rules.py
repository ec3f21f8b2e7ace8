"""The rules of an order, every pair."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import pytest

from models.orders.rules import (
    CANCELLABLE,
    EDITABLE,
    STATUSES,
    TRANSITIONS,
    check_transition,
    derive_status,
    discount_of,
    may_cancel,
    may_decide,
    may_edit,
)


@dataclass
class Line:
    ordered: int
    reserved: int = 0
    short: int = 0
    shipped: int = 0
    delivered: int = 0
    given_up: int = 0


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([Line(5)], "placed"),
        ([Line(5, reserved=5)], "reserved"),
        ([Line(5, reserved=5), Line(2)], "placed"),
        ([Line(5, reserved=2, short=3)], "back_ordered"),
        ([Line(5, reserved=5), Line(2, short=2)], "back_ordered"),
        ([Line(5, shipped=2, short=3)], "partly_shipped"),
        ([Line(5, shipped=5), Line(2, reserved=2)], "partly_shipped"),
        ([Line(5, shipped=5, delivered=5), Line(2, short=2)], "partly_shipped"),
        ([Line(5, shipped=5), Line(2, shipped=2)], "shipped"),
        ([Line(5, shipped=5, delivered=5), Line(2, shipped=2)], "shipped"),
        ([Line(5, shipped=5, delivered=5)], "delivered"),
        ([Line(5, shipped=2, given_up=3), Line(4, given_up=4)], "shipped"),
        ([Line(5, shipped=2, delivered=2, given_up=3)], "delivered"),
    ],
)
def test_the_status_follows_from_the_lines(lines: list[Line], status: str) -> None:
    assert derive_status(lines, "none") == status
    assert derive_status(lines, "asked") == "cancelling"
    assert derive_status(lines, "done") == "cancelled"
    assert derive_status(lines, "none", "given") == status
    assert derive_status(lines, "none", "asked") == "awaiting_approval"
    assert derive_status(lines, "none", "refused") == "sent_back"
    assert derive_status(lines, "done", "asked") == "cancelled"


ALLOWED = {
    ("awaiting_approval", "placed"),
    ("awaiting_approval", "sent_back"),
    ("awaiting_approval", "cancelled"),
    ("sent_back", "placed"),
    ("sent_back", "awaiting_approval"),
    ("sent_back", "cancelled"),
    ("placed", "reserved"),
    ("placed", "back_ordered"),
    ("placed", "cancelling"),
    ("reserved", "back_ordered"),  # its goods had never come in
    ("reserved", "partly_shipped"),
    ("reserved", "shipped"),
    ("reserved", "cancelling"),
    ("back_ordered", "reserved"),
    ("back_ordered", "partly_shipped"),
    ("back_ordered", "cancelling"),
    ("partly_shipped", "shipped"),
    ("partly_shipped", "cancelling"),
    ("shipped", "delivered"),
    ("cancelling", "cancelled"),
    ("cancelling", "placed"),
    ("cancelling", "reserved"),
    ("cancelling", "back_ordered"),
    ("cancelling", "partly_shipped"),
    ("cancelling", "shipped"),
    ("cancelling", "delivered"),
}


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_every_pair_of_statuses_is_either_a_way_or_an_error(before: str, after: str) -> None:
    if before == after or (before, after) in ALLOWED:
        check_transition(before, after)
    else:
        with pytest.raises(ValueError, match="cannot go"):
            check_transition(before, after)


def test_the_table_of_transitions_names_every_status() -> None:
    assert set(TRANSITIONS) == set(STATUSES)
    assert not TRANSITIONS["delivered"] and not TRANSITIONS["cancelled"]


@pytest.mark.parametrize("status", STATUSES)
def test_only_the_owner_or_who_may_cancel_any_can_ask_and_only_before_goods_leave(
    status: str,
) -> None:
    assert may_cancel("jim.halpert", False, "jim.halpert", status) == (status in CANCELLABLE)
    assert may_cancel("michael.scott", True, "jim.halpert", status) == (status in CANCELLABLE)
    assert not may_cancel("dwight.schrute", False, "jim.halpert", status)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("other", ["dwight.schrute", "michael.scott"])  # before and after jim
def test_only_the_owner_edits_until_it_is_placed_and_only_others_decide(
    status: str, other: str
) -> None:
    assert may_edit("jim.halpert", "jim.halpert", status) == (status in EDITABLE)
    assert not may_edit(other, "jim.halpert", status)
    assert may_decide(other, "jim.halpert", status) == (status == "awaiting_approval")
    assert not may_decide("jim.halpert", "jim.halpert", status)


@pytest.mark.parametrize(
    ("subtotal", "percent", "discount"),
    [
        ("389.00", "10", "38.90"),
        ("0.05", "10", "0.01"),  # half a cent is rounded up
        ("0.15", "10", "0.02"),
        ("0.04", "10", "0.00"),
        ("33.33", "12.5", "4.17"),
        ("389.00", "0", "0.00"),
        ("389.00", "100", "389.00"),
    ],
)
def test_a_discount_is_in_whole_cents(subtotal: str, percent: str, discount: str) -> None:
    found = discount_of(Decimal(subtotal), Decimal(percent))
    assert (found, str(found)) == (Decimal(discount), discount)
