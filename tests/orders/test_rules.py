"""The rules of an order, every pair."""

from dataclasses import dataclass
from itertools import product

import pytest

from models.orders.rules import (
    CANCELLABLE,
    STATUSES,
    TRANSITIONS,
    check_transition,
    derive_status,
    may_cancel,
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
