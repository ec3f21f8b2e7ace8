"""What a notification says, in plain English."""

import uuid
from datetime import UTC, datetime

import pytest

from models.wuphf.queries import Notice
from models.wuphf.words import detail_of, title_of


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
        title_of(told("order_short", missing=number)).striptags()
        == f"DM-100042 is short of {cases}"
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


def test_a_part_that_did_not_come_reads_as_a_dash():
    assert title_of(told("order_short")).striptags() == "DM-100042 is short of –"
