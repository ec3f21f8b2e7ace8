"""The event catalogue: the type, topic, key and listeners of every event.

docs/contracts/event_catalog_v1.md is generated from this table. Events that must stay in order
share a key. Tests check that every type has a payload class in its owner's events.py, that every
listener has a handler (or says why it only advances), and that no handler listens to a type missing
from this table.
"""

from typing import NamedTuple


class EventType(NamedTuple):
    """One row of the catalogue. `key` names the payload field whose value is the Kafka key.

    An event without `listeners` is published for the record; services that read its topic only
    advance past it.
    """

    type: str
    topic: str
    key: str
    listeners: tuple[str, ...]
    says: str


LEADS = "dm.sales.leads"
LIFECYCLE = "dm.orders.lifecycle"
SHIPMENTS = "dm.inventory.shipments"
EXPENSES = "dm.finance.expenses"
NOTIFICATIONS = "dm.notifications"
TOPICS = (LEADS, LIFECYCLE, SHIPMENTS, EXPENSES, NOTIFICATIONS)

PUBLISHERS = {
    "sales": (LEADS,),
    "orders": (LIFECYCLE,),
    "inventory": (SHIPMENTS,),
    "finance": (EXPENSES,),
    "notifications": (NOTIFICATIONS,),
}
LISTENERS = {
    "orders": (LEADS, SHIPMENTS, LIFECYCLE),
    "inventory": (LIFECYCLE,),
    "notifications": (LEADS, LIFECYCLE, SHIPMENTS, EXPENSES, NOTIFICATIONS),
}

_O = "order_number"
EVENTS: tuple[EventType, ...] = (
    EventType(
        "dm.sales.client.created.v1",
        LEADS,
        "client_number",
        ("orders", "notifications"),
        "A company became a client.",
    ),
    EventType(
        "dm.sales.client.changed.v1",
        LEADS,
        "client_number",
        ("orders",),
        "A client's contact, addresses, terms or credit limit changed.",
    ),
    EventType(
        "dm.sales.client.deactivated.v1",
        LEADS,
        "client_number",
        ("orders", "notifications"),
        "Nothing more is sold to a client.",
    ),
    EventType(
        "dm.sales.client.reactivated.v1",
        LEADS,
        "client_number",
        ("orders", "notifications"),
        "A client may order again.",
    ),
    EventType(
        "dm.sales.lead.converted.v1",
        LEADS,
        "lead_number",
        ("notifications",),
        "A lead became a client.",
    ),
    EventType(
        "dm.orders.order.placed.v1",
        LIFECYCLE,
        _O,
        ("inventory", "orders", "notifications"),
        "A sales person placed an order.",
    ),
    EventType(
        "dm.orders.order.approval_requested.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "An order waits for a sales manager to agree.",
    ),
    EventType(
        "dm.orders.order.approval_given.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "A sales manager agreed to an order.",
    ),
    EventType(
        "dm.orders.order.approval_refused.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "A sales manager sent an order back.",
    ),
    EventType(
        "dm.orders.order.approval_withdrawn.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "Nobody needs to agree any more.",
    ),
    EventType(
        "dm.orders.order.cancellation_requested.v1",
        LIFECYCLE,
        _O,
        ("inventory", "orders", "notifications"),
        "Somebody asks the warehouse to give an order up.",
    ),
    EventType(
        "dm.orders.order.cancelled.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "The order is given up; what was held is free.",
    ),
    EventType(
        "dm.orders.order.rest_cancelled.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "What had not left of an order is given up; what left stays sold.",
    ),
    EventType(
        "dm.orders.order.cancellation_refused.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "The order goes on because all of its goods have left the warehouse.",
    ),
    EventType(
        "dm.inventory.reservation.made.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "Stock is held for an order, all of it or what is there.",
    ),
    EventType(
        "dm.inventory.reservation.released.v1",
        SHIPMENTS,
        _O,
        ("orders",),
        "The warehouse gave an order's stock free; answers a cancellation.",
    ),
    EventType(
        "dm.inventory.release.refused.v1",
        SHIPMENTS,
        _O,
        ("orders",),
        "The warehouse cannot give an order up; answers a cancellation.",
    ),
    EventType(
        "dm.inventory.shipment.created.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A parcel waits to be picked.",
    ),
    EventType(
        "dm.inventory.shipment.picked.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A parcel's goods are off the shelf.",
    ),
    EventType(
        "dm.inventory.shipment.reopened.v1",
        SHIPMENTS,
        _O,
        ("orders",),
        "The last step of a parcel was undone; nothing had left.",
    ),
    EventType("dm.inventory.shipment.packed.v1", SHIPMENTS, _O, ("orders",), "A parcel is closed."),
    EventType(
        "dm.inventory.shipment.dispatched.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A parcel left the dock with a carrier.",
    ),
    EventType(
        "dm.inventory.shipment.delivered.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A parcel reached the client.",
    ),
    EventType(
        "dm.inventory.product.ran_low.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "What is free of a product fell to its reorder point.",
    ),
    EventType(
        "dm.inventory.stock.adjusted.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "Somebody counted other than the books said, and said why.",
    ),
    EventType(
        "dm.inventory.stock.transferred.v1",
        SHIPMENTS,
        "sku",
        (),
        "Goods went from one location to another.",
    ),
    EventType(
        "dm.inventory.goods.received.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "Goods arrived and are on the shelf.",
    ),
    EventType(
        "dm.finance.expense.submitted.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "Somebody hands an expense in; it waits for an approver.",
    ),
    EventType(
        "dm.finance.expense.approvers_changed.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "Somebody went away or came back, so others are to decide on an expense that waits.",
    ),
    EventType(
        "dm.finance.expense.passed_on.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "Approved above the limit; accounting decides, too.",
    ),
    EventType(
        "dm.finance.expense.withdrawn.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "Its owner took an expense back before it was decided.",
    ),
    EventType(
        "dm.finance.expense.sent_back.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An approver asks the owner something first.",
    ),
    EventType(
        "dm.finance.expense.approved.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense is approved in full.",
    ),
    EventType(
        "dm.finance.expense.partly_approved.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense is approved for less than was asked.",
    ),
    EventType(
        "dm.finance.expense.refused.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense is refused; nothing is paid.",
    ),
    EventType(
        "dm.finance.expense.reimbursed.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense is in a run that payroll pays.",
    ),
    EventType(
        "dm.notifications.notification.raised.v1",
        NOTIFICATIONS,
        "recipient",
        ("notifications",),
        "One person is told one thing.",
    ),
    EventType(
        "dm.notifications.notification.withdrawn.v1",
        NOTIFICATIONS,
        "recipient",
        ("notifications",),
        "What one person was told no longer needs them.",
    ),
)
BY_TYPE = {event.type: event for event in EVENTS}
