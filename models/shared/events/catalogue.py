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
TOKENS = "dm.profile.tokens"
TOPICS = (LEADS, LIFECYCLE, SHIPMENTS, EXPENSES, NOTIFICATIONS, TOKENS)

PUBLISHERS = {
    "profile": (TOKENS,),
    "sales": (LEADS,),
    "orders": (LIFECYCLE,),
    "inventory": (SHIPMENTS,),
    "finance": (EXPENSES,),
    "notifications": (NOTIFICATIONS,),
}
LISTENERS = {
    "orders": (LEADS, SHIPMENTS, LIFECYCLE),
    "inventory": (LIFECYCLE,),
    "notifications": (LEADS, LIFECYCLE, SHIPMENTS, EXPENSES, NOTIFICATIONS, TOKENS),
}

_O = "order_number"
EVENTS: tuple[EventType, ...] = (
    EventType(
        "dm.profile.access_token.created.v1",
        TOKENS,
        "token_id",
        ("notifications",),
        "A person created an access token for a program.",
    ),
    EventType(
        "dm.profile.access_token.revoked.v1",
        TOKENS,
        "token_id",
        ("notifications",),
        "An access token was revoked by its owner or an administrator.",
    ),
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
        "A client was deactivated and cannot order.",
    ),
    EventType(
        "dm.sales.client.reactivated.v1",
        LEADS,
        "client_number",
        ("orders", "notifications"),
        "A client was reactivated and can order again.",
    ),
    EventType(
        "dm.sales.lead.assigned.v1",
        LEADS,
        "lead_number",
        ("notifications",),
        "A lead has a new owner.",
    ),
    EventType(
        "dm.sales.lead.step_due.v1",
        LEADS,
        "lead_number",
        ("notifications",),
        "The next step of a lead is due.",
    ),
    EventType(
        "dm.sales.lead.step_settled.v1",
        LEADS,
        "lead_number",
        ("notifications",),
        "A due step of a lead was done, rescheduled, or dropped.",
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
        "Someone in sales placed an order.",
    ),
    EventType(
        "dm.orders.order.approval_requested.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "An order needs approval from a sales manager.",
    ),
    EventType(
        "dm.orders.order.approvers_changed.v1",
        LIFECYCLE,
        _O,
        ("notifications",),
        "The approvers of an order changed: a sales manager went out of office or came back.",
    ),
    EventType(
        "dm.orders.order.approval_given.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "A sales manager approved an order.",
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
        "An order no longer needs approval.",
    ),
    EventType(
        "dm.orders.order.cancellation_requested.v1",
        LIFECYCLE,
        _O,
        ("inventory", "orders", "notifications"),
        "Someone asked the warehouse to cancel an order.",
    ),
    EventType(
        "dm.orders.order.cancelled.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "An order was cancelled and its reserved stock released.",
    ),
    EventType(
        "dm.orders.order.rest_cancelled.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "The unshipped part of an order was cancelled; what shipped stays sold.",
    ),
    EventType(
        "dm.orders.order.cancellation_refused.v1",
        LIFECYCLE,
        _O,
        ("orders", "notifications"),
        "A cancellation was refused because the whole order had already shipped.",
    ),
    EventType(
        "dm.inventory.reservation.made.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "Stock was reserved for an order, in full or as far as available.",
    ),
    EventType(
        "dm.inventory.reservation.released.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "The warehouse released an order's stock, in answer to a cancellation.",
    ),
    EventType(
        "dm.inventory.release.refused.v1",
        SHIPMENTS,
        _O,
        ("orders",),
        "The warehouse cannot cancel an order, in answer to a cancellation.",
    ),
    EventType(
        "dm.inventory.shipment.created.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A shipment is ready to pick.",
    ),
    EventType(
        "dm.inventory.shipment.cancelled.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A shipment was cancelled with its order before it shipped.",
    ),
    EventType(
        "dm.inventory.shipment.picked.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A shipment was picked.",
    ),
    EventType(
        "dm.inventory.shipment.reopened.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "The last step of a shipment was undone before it shipped.",
    ),
    EventType(
        "dm.inventory.shipment.packed.v1", SHIPMENTS, _O, ("orders",), "A shipment was packed."
    ),
    EventType(
        "dm.inventory.shipment.dispatched.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A shipment left the dock with a carrier.",
    ),
    EventType(
        "dm.inventory.shipment.dispatch_corrected.v1",
        SHIPMENTS,
        _O,
        ("orders",),
        "The carrier or tracking number of a shipment was corrected.",
    ),
    EventType(
        "dm.inventory.shipment.delivered.v1",
        SHIPMENTS,
        _O,
        ("orders", "notifications"),
        "A shipment was delivered to the client.",
    ),
    EventType(
        "dm.inventory.product.ran_low.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "The available stock of a product fell to its reorder point.",
    ),
    EventType(
        "dm.inventory.product.restocked.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "The available stock of a product is above its reorder point again.",
    ),
    EventType(
        "dm.inventory.stock.adjusted.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "Someone adjusted a product's stock and gave a reason.",
    ),
    EventType(
        "dm.inventory.stock.transferred.v1",
        SHIPMENTS,
        "sku",
        (),
        "Stock was moved from one location to another.",
    ),
    EventType(
        "dm.inventory.goods.received.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "Goods were received into a location.",
    ),
    EventType(
        "dm.inventory.receipt.corrected.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "The quantity of a posted receipt's line was corrected, with a reason.",
    ),
    EventType(
        "dm.inventory.receipt.voided.v1",
        SHIPMENTS,
        "sku",
        ("notifications",),
        "A posted receipt was voided with a reason, and its goods left the stock.",
    ),
    EventType(
        "dm.finance.expense.submitted.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "Someone submitted an expense for approval.",
    ),
    EventType(
        "dm.finance.expense.approvers_changed.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "The approvers of a submitted expense changed: someone went out of office or came back.",
    ),
    EventType(
        "dm.finance.expense.passed_on.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense above the limit was approved and now needs approval from accounting.",
    ),
    EventType(
        "dm.finance.expense.withdrawn.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "The owner withdrew an expense before it was approved or refused.",
    ),
    EventType(
        "dm.finance.expense.sent_back.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An approver sent an expense back with a question.",
    ),
    EventType(
        "dm.finance.expense.approved.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense was approved in full.",
    ),
    EventType(
        "dm.finance.expense.partly_approved.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense was approved for less than was submitted.",
    ),
    EventType(
        "dm.finance.expense.refused.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense was refused; nothing is reimbursed.",
    ),
    EventType(
        "dm.finance.expense.reimbursed.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "An expense was included in a reimbursement run.",
    ),
    EventType(
        "dm.finance.expense.reimbursement_voided.v1",
        EXPENSES,
        "expense_number",
        ("notifications",),
        "The reimbursement run of an expense was voided; a later run pays it.",
    ),
    EventType(
        "dm.notifications.notification.raised.v1",
        NOTIFICATIONS,
        "recipient",
        ("notifications",),
        "One person was sent a notification.",
    ),
    EventType(
        "dm.notifications.notification.withdrawn.v1",
        NOTIFICATIONS,
        "recipient",
        ("notifications",),
        "A notification no longer needs its recipient.",
    ),
    EventType(
        "dm.notifications.webhook.created.v1",
        NOTIFICATIONS,
        "webhook_id",
        ("notifications",),
        "A person created a webhook.",
    ),
    EventType(
        "dm.notifications.webhook.disabled.v1",
        NOTIFICATIONS,
        "webhook_id",
        ("notifications",),
        "A webhook was disabled by a person, or because its receiver failed for long.",
    ),
    EventType(
        "dm.notifications.webhook.enabled.v1",
        NOTIFICATIONS,
        "webhook_id",
        ("notifications",),
        "A webhook that was disabled was enabled again.",
    ),
    EventType(
        "dm.notifications.webhook.deleted.v1",
        NOTIFICATIONS,
        "webhook_id",
        ("notifications",),
        "A webhook was deleted.",
    ),
)
BY_TYPE = {event.type: event for event in EVENTS}
