"""A notice that is no longer true is withdrawn by the event that ends it."""

import pytest

from tests.factories.notifications import ASKS, EXPENSE, ORDER, PARCEL
from tests.wuphf.test_who_is_told import LEAD, LOW, RESERVED, SHORT, STANDING

ENDS = [
    ("lead_step_due", "dm.sales.lead.step_due.v1", LEAD, "dm.sales.lead.step_settled.v1", LEAD),
    (
        "order_short",
        "dm.inventory.reservation.made.v1",
        SHORT,
        "dm.inventory.reservation.made.v1",
        {**RESERVED, "cause": "receipt"},
    ),
    (
        "order_short",
        "dm.inventory.reservation.made.v1",
        SHORT,
        "dm.inventory.reservation.made.v1",
        {**SHORT, "cause": "receipt"},
    ),
    (
        "order_partly_served",
        "dm.inventory.reservation.made.v1",
        {**SHORT, "cause": "receipt"},
        "dm.inventory.reservation.released.v1",
        {"order_number": "DM-100042"},
    ),
    (
        "shipment_waiting",
        "dm.inventory.shipment.created.v1",
        PARCEL,
        "dm.inventory.shipment.cancelled.v1",
        PARCEL,
    ),
    (
        "cancellation_asked",
        "dm.orders.order.cancellation_requested.v1",
        ORDER,
        "dm.orders.order.cancelled.v1",
        ORDER,
    ),
    (
        "approval_refused",
        "dm.orders.order.approval_refused.v1",
        ORDER,
        "dm.orders.order.placed.v1",
        ORDER,
    ),
    (
        "product_low",
        "dm.inventory.product.ran_low.v1",
        LOW,
        "dm.inventory.product.restocked.v1",
        LOW,
    ),
    (
        "client_deactivated",
        "dm.sales.client.deactivated.v1",
        STANDING,
        "dm.sales.client.reactivated.v1",
        STANDING,
    ),
    (
        "expense_sent_back",
        "dm.finance.expense.sent_back.v1",
        EXPENSE,
        "dm.finance.expense.submitted.v1",
        ASKS,
    ),
    (
        "expense_unpaid",
        "dm.finance.expense.reimbursement_voided.v1",
        EXPENSE,
        "dm.finance.expense.reimbursed.v1",
        EXPENSE,
    ),
]


@pytest.mark.parametrize(
    ("kind", "begins", "fact", "ends", "end"), ENDS, ids=[f"{row[0]} by {row[3]}" for row in ENDS]
)
def test_a_notice_that_is_no_longer_true_is_withdrawn(
    office, happens, told, kind, begins, fact, ends, end
):
    happens(begins, fact, actor="oscar.martinez")
    assert {kind} in told().values()
    happens(ends, end, actor="oscar.martinez")
    assert {kind} not in told().values()
