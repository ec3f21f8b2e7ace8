"""Which event notifies whom of what, and which event settles which requests.

To notify people, an area adds entries here, a shape in facts.py and text in words.py. A record type
that is new here also needs its page in webapp/wuphf/presentation.py, and actions that people can take in
place go into webapp/wuphf/row_actions.py. Nobody is notified of what they did themselves, unless it
answers them. A person reached by two entries gets the first.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from models.wuphf.events import Category, Priority, Subject
from models.wuphf.facts import (
    AdjustedFact,
    ConvertedFact,
    ExpenseFact,
    LowFact,
    NewClientFact,
    OrderFact,
    ReceiptFact,
    ReservationFact,
    ShipmentFact,
    StandingFact,
)


class Telling(NamedTuple):
    """One entry of the table. `parts` name the fact's fields that fill in the text of `kind`.

    The text is in words.py. `to` lists audiences: a field of the fact with one or more uids
    (`owner`, `approvers`), `manager` (the owner's, per the directory), or `group:NAME` of the
    directory. `answers`: notify the actor too, since the event answers what they did. `asks`: the
    recipient has something to do, and the notification is withdrawn when SETTLINGS says that it was
    done; with `once`, skip people who already have it. `mentions`: it names the recipient.
    """

    kind: str
    category: Category
    to: tuple[str, ...]
    subject: tuple[Subject, str]
    parts: tuple[str, ...]
    priority: Priority = "normal"
    answers: bool = False
    asks: bool = False
    once: bool = False
    mentions: bool = False
    when: Callable[[Any], bool] = lambda _fact: True


class Settling(NamedTuple):
    """An event that settles requests: notifications of `kinds` about the subject are withdrawn.

    They are withdrawn from everyone who has them. `says` follows the actor's name in the reason:
    "Angela Martin" + "approved it". With `but_for`, the people named by that field of the fact keep
    theirs, and `says` is the whole reason: nobody acted, the request has only moved to others.
    """

    kinds: tuple[str, ...]
    subject: tuple[Subject, str]
    says: str
    but_for: str = ""
    when: Callable[[Any], bool] = lambda _fact: True


ORDER: tuple[Subject, str] = ("order", "order_number")
CLIENT: tuple[Subject, str] = ("client", "client_number")
SHIPMENT: tuple[Subject, str] = ("shipment", "shipment_number")
EXPENSE: tuple[Subject, str] = ("expense", "expense_number")
CLAIM = ("expense_number", "purpose", "total")
HANDED_IN = (*CLAIM, "owner_name", "remark", "round")
BY_MANAGER, BY_ACCOUNTING = "expense_to_approve", "expense_to_check"

PRODUCT: tuple[Subject, str] = ("product", "sku")
MANAGERS, WAREHOUSE = "group:sales-managers", "group:warehouse"
NAMED = ("order_number", "client_name")
PARCEL = (*NAMED, "shipment_number", "quantity")

TELLINGS: Mapping[str, tuple[type[msgspec.Struct], tuple[Telling, ...]]] = {
    "dm.orders.order.placed.v1": (
        OrderFact,
        (Telling("order_placed", "orders", (MANAGERS,), ORDER, (*NAMED, "total")),),
    ),
    "dm.orders.order.approval_requested.v1": (
        OrderFact,
        (
            Telling(
                "approval_asked",
                "orders",
                (MANAGERS,),
                ORDER,
                (*NAMED, "total", "discount_percent", "reason", "version"),
                "high",
                asks=True,
            ),
        ),
    ),
    "dm.orders.order.approval_given.v1": (
        OrderFact,
        (Telling("approval_given", "orders", ("owner",), ORDER, (*NAMED, "total")),),
    ),
    "dm.orders.order.approval_refused.v1": (
        OrderFact,
        (Telling("approval_refused", "orders", ("owner",), ORDER, (*NAMED, "reason"), "high"),),
    ),
    "dm.orders.order.cancellation_requested.v1": (
        OrderFact,
        (Telling("cancellation_asked", "orders", (WAREHOUSE,), ORDER, (*NAMED, "reason"), "high"),),
    ),
    "dm.orders.order.cancelled.v1": (
        OrderFact,
        (
            Telling(
                "order_cancelled",
                "orders",
                ("owner", "requester"),
                ORDER,
                (*NAMED, "reason"),
                answers=True,
            ),
        ),
    ),
    "dm.orders.order.cancellation_refused.v1": (
        OrderFact,
        (
            Telling(
                "cancellation_refused",
                "orders",
                ("owner", "requester"),
                ORDER,
                (*NAMED, "reason"),
                answers=True,
            ),
        ),
    ),
    "dm.inventory.reservation.made.v1": (
        ReservationFact,
        (
            Telling(
                "order_reserved",
                "orders",
                ("owner",),
                ORDER,
                NAMED,
                answers=True,
                when=lambda fact: fact.complete and fact.cause == "placed",
            ),
            Telling(
                "order_short",
                "orders",
                ("owner", MANAGERS),
                ORDER,
                (*NAMED, "missing", "product"),
                "high",
                answers=True,
                when=lambda fact: not fact.complete and fact.cause == "placed",
            ),
            Telling(
                "order_served",
                "stock",
                ("owner",),
                ORDER,
                NAMED,
                answers=True,
                when=lambda fact: fact.complete and fact.cause != "placed",
            ),
            Telling(
                "order_partly_served",
                "stock",
                ("owner",),
                ORDER,
                (*NAMED, "missing", "product"),
                answers=True,
                when=lambda fact: not fact.complete and fact.cause != "placed",
            ),
        ),
    ),
    "dm.inventory.shipment.created.v1": (
        ShipmentFact,
        (
            Telling(
                "shipment_waiting",
                "shipments",
                (WAREHOUSE,),
                SHIPMENT,
                PARCEL,
                answers=True,
                asks=True,
            ),
        ),
    ),
    "dm.inventory.shipment.dispatched.v1": (
        ShipmentFact,
        (Telling("shipment_left", "shipments", ("owner",), SHIPMENT, (*PARCEL, "carrier")),),
    ),
    "dm.inventory.shipment.delivered.v1": (
        ShipmentFact,
        (Telling("shipment_delivered", "shipments", ("owner",), SHIPMENT, (*PARCEL, "signed_by")),),
    ),
    "dm.sales.client.created.v1": (
        NewClientFact,
        (
            Telling(
                "client_created",
                "clients",
                (
                    "group:sales",
                    "group:customer-service",
                    "group:reception",
                    "group:management",
                    "group:human-resources",
                    "group:it",
                ),
                CLIENT,
                ("client_number", "name"),
            ),
            Telling(
                "delivery_address",
                "clients",
                (WAREHOUSE,),
                CLIENT,
                ("client_number", "name", "place"),
                when=lambda fact: bool(fact.place),
            ),
        ),
    ),
    "dm.sales.lead.converted.v1": (
        ConvertedFact,
        (
            Telling(
                "lead_converted",
                "clients",
                ("manager",),
                CLIENT,
                ("client_number", "company", "total"),
            ),
        ),
    ),
    "dm.sales.client.deactivated.v1": (
        StandingFact,
        (
            Telling(
                "client_deactivated",
                "clients",
                ("owner", MANAGERS),
                CLIENT,
                ("client_number", "name", "reason"),
            ),
        ),
    ),
    "dm.sales.client.reactivated.v1": (
        StandingFact,
        (
            Telling(
                "client_reactivated",
                "clients",
                ("owner", MANAGERS),
                CLIENT,
                ("client_number", "name"),
            ),
        ),
    ),
    "dm.finance.expense.submitted.v1": (
        ExpenseFact,
        (
            Telling(
                BY_MANAGER,
                "expenses",
                ("approvers",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                when=lambda fact: fact.step == "manager",
            ),
            Telling(
                BY_ACCOUNTING,
                "expenses",
                ("approvers",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                when=lambda fact: fact.step == "accounting",
            ),
        ),
    ),
    "dm.finance.expense.approvers_changed.v1": (
        ExpenseFact,
        (
            Telling(
                BY_MANAGER,
                "expenses",
                ("added",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                once=True,
                when=lambda fact: fact.step == "manager",
            ),
            Telling(
                BY_ACCOUNTING,
                "expenses",
                ("added",),
                EXPENSE,
                HANDED_IN,
                "high",
                asks=True,
                once=True,
                when=lambda fact: fact.step == "accounting",
            ),
        ),
    ),
    "dm.finance.expense.passed_on.v1": (
        ExpenseFact,
        (
            Telling(
                BY_ACCOUNTING, "expenses", ("approvers",), EXPENSE, HANDED_IN, "high", asks=True
            ),
            Telling("expense_passed_on", "expenses", ("owner",), EXPENSE, CLAIM),
        ),
    ),
    "dm.finance.expense.sent_back.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_sent_back", "expenses", ("owner",), EXPENSE, (*CLAIM, "reason"), "high"
            ),
        ),
    ),
    "dm.finance.expense.approved.v1": (
        ExpenseFact,
        (Telling("expense_approved", "expenses", ("owner",), EXPENSE, CLAIM),),
    ),
    "dm.finance.expense.partly_approved.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_partly_approved",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total"),
            ),
        ),
    ),
    "dm.finance.expense.refused.v1": (
        ExpenseFact,
        (Telling("expense_refused", "expenses", ("owner",), EXPENSE, (*CLAIM, "reason"), "high"),),
    ),
    "dm.finance.expense.reimbursed.v1": (
        ExpenseFact,
        (
            Telling(
                "expense_paid",
                "expenses",
                ("owner",),
                EXPENSE,
                (*CLAIM, "approved_total", "run_number"),
            ),
        ),
    ),
    "dm.orders.order.rest_cancelled.v1": (
        OrderFact,
        (
            Telling(
                "rest_cancelled",
                "orders",
                ("owner", "requester"),
                ORDER,
                (*NAMED, "total", "reason"),
                answers=True,
            ),
        ),
    ),
    "dm.inventory.product.ran_low.v1": (
        LowFact,
        (
            Telling(
                "product_low",
                "stock",
                ("watchers",),
                PRODUCT,
                ("sku", "name", "available", "reorder_quantity"),
                "high",
                answers=True,
            ),
        ),
    ),
    "dm.inventory.stock.adjusted.v1": (
        AdjustedFact,
        (
            Telling(
                "stock_adjusted",
                "stock",
                ("group:accounting",),
                PRODUCT,
                ("sku", "name", "delta", "reason"),
            ),
        ),
    ),
    "dm.inventory.goods.received.v1": (
        ReceiptFact,
        (
            Telling(
                "goods_received",
                "stock",
                ("group:accounting", WAREHOUSE),
                ("product", "sku"),
                ("receipt_number", "sku", "name", "quantity"),
            ),
        ),
    ),
}

SETTLINGS: Mapping[str, tuple[type[msgspec.Struct], tuple[Settling, ...]]] = {
    "dm.orders.order.approval_given.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "agreed to it"),),
    ),
    "dm.orders.order.approval_refused.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "sent it back"),),
    ),
    "dm.orders.order.approval_withdrawn.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "took it back"),),
    ),
    "dm.inventory.shipment.picked.v1": (
        ShipmentFact,
        (Settling(("shipment_waiting",), SHIPMENT, "picked it"),),
    ),
    "dm.finance.expense.approvers_changed.v1": (
        ExpenseFact,
        (
            Settling(
                (BY_MANAGER, BY_ACCOUNTING),
                EXPENSE,
                "It is no longer yours to decide",
                but_for="approvers",
            ),
        ),
    ),
    "dm.finance.expense.passed_on.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER,), EXPENSE, "approved it"),),
    ),
    "dm.finance.expense.withdrawn.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "took it back"),),
    ),
    "dm.finance.expense.sent_back.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "asked back"),),
    ),
    "dm.finance.expense.approved.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "approved it"),),
    ),
    "dm.finance.expense.partly_approved.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "approved a part of it"),),
    ),
    "dm.finance.expense.refused.v1": (
        ExpenseFact,
        (Settling((BY_MANAGER, BY_ACCOUNTING), EXPENSE, "refused it"),),
    ),
}
KINDS = tuple(telling.kind for _, tellings in TELLINGS.values() for telling in tellings)
ASKED = frozenset(
    telling.kind for _, tellings in TELLINGS.values() for telling in tellings if telling.asks
)
