"""Notifications about orders."""

import msgspec

from models.wuphf.notifications.shape import (
    MANAGERS,
    OFFICE,
    ORDER,
    WAREHOUSE,
    HeardBy,
    Settling,
    Settlings,
    Telling,
    Tellings,
    Words,
)

NAMED = ("order_number", "client_name")


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about an order."""

    order_number: str
    client_name: str
    owner: str
    total: str = ""
    requested_by: str = ""
    reason: str = ""
    discount_percent: str = ""
    version: int = 1
    approvers: list[str] = []
    added: list[str] = []
    on_behalf_of: str = ""


TELLINGS: Tellings = {
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
                ("approvers", MANAGERS),
                ORDER,
                (*NAMED, "total", "discount_percent", "reason", "version"),
                "high",
                asks=True,
                decides=True,
            ),
        ),
    ),
    "dm.orders.order.approvers_changed.v1": (
        OrderFact,
        (
            Telling(
                "approval_asked",
                "orders",
                ("added",),
                ORDER,
                (*NAMED, "total", "discount_percent", "reason", "version"),
                "high",
                asks=True,
                decides=True,
                once=True,
            ),
        ),
    ),
    "dm.orders.order.approval_given.v1": (
        OrderFact,
        (
            Telling(
                "approval_given", "orders", ("owner",), ORDER, (*NAMED, "total", "on_behalf_of")
            ),
        ),
    ),
    "dm.orders.order.approval_refused.v1": (
        OrderFact,
        (
            Telling(
                "approval_refused",
                "orders",
                ("owner",),
                ORDER,
                (*NAMED, "reason", "on_behalf_of"),
                "high",
                warns=True,
            ),
        ),
    ),
    "dm.orders.order.cancellation_requested.v1": (
        OrderFact,
        (
            Telling(
                "cancellation_asked",
                "orders",
                (WAREHOUSE,),
                ORDER,
                (*NAMED, "reason"),
                "high",
                warns=True,
            ),
        ),
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
}

SETTLINGS: Settlings = {
    "dm.orders.order.placed.v1": (
        OrderFact,
        (Settling(("approval_refused",), ORDER, "placed it"),),
    ),
    "dm.orders.order.approval_requested.v1": (
        OrderFact,
        (Settling(("approval_refused",), ORDER, "asked for approval again"),),
    ),
    "dm.orders.order.approvers_changed.v1": (
        OrderFact,
        (
            Settling(
                ("approval_asked",), ORDER, "It no longer needs your decision", but_for="approvers"
            ),
        ),
    ),
    "dm.orders.order.approval_given.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "approved it"),),
    ),
    "dm.orders.order.approval_refused.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "sent it back"),),
    ),
    "dm.orders.order.approval_withdrawn.v1": (
        OrderFact,
        (Settling(("approval_asked",), ORDER, "withdrew it"),),
    ),
    "dm.orders.order.cancelled.v1": (
        OrderFact,
        (
            Settling(
                ("cancellation_asked", "approval_refused"),
                ORDER,
                "The order was cancelled",
                by_itself=True,
            ),
        ),
    ),
    "dm.orders.order.rest_cancelled.v1": (
        OrderFact,
        (Settling(("cancellation_asked",), ORDER, "The rest was cancelled", by_itself=True),),
    ),
    "dm.orders.order.cancellation_refused.v1": (
        OrderFact,
        (Settling(("cancellation_asked",), ORDER, "It already shipped", by_itself=True),),
    ),
}

HEARD_BY: HeardBy = {"dm.orders.": OFFICE | {"warehouse"}}
WORDS = {
    "order_placed": Words(
        "file-invoice",
        "acc",
        "<b>{actor}</b> sold <b>{total}</b> to <b>{client_name}</b>",
        "{subject} · applause is optional, the paper is not",
        "{} orders were placed",
    ),
    "approval_asked": Words(
        "hourglass",
        "wait",
        "<b>{actor}</b> asked for <b>{discount_percent}%</b> off {subject}",
        "{client_name} · {total} after the discount · “{reason}”",
    ),
    "approval_given": Words(
        "circle-check",
        "good",
        "<b>{actor}</b> approved {subject}{for_whom}",
        "{client_name} · {total}",
    ),
    "approval_refused": Words(
        "arrow-back-up",
        "bad",
        "<b>{actor}</b> sent back {subject}{for_whom}",
        "{client_name} · “{reason}”",
    ),
    "rest_cancelled": Words(
        "circle-x",
        "wait",
        "The rest of {subject} was cancelled",
        "{client_name} · {total} already shipped · “{reason}”",
    ),
    "cancellation_asked": Words(
        "hand-stop", "bad", "<b>{actor}</b> asked to cancel {subject}", "{client_name} · “{reason}”"
    ),
    "order_cancelled": Words(
        "circle-x",
        "bad",
        "{subject} was cancelled",
        "{client_name} · “{reason}” · its stock is available again",
    ),
    "cancellation_refused": Words(
        "truck",
        "wait",
        "{subject} was not cancelled: it already shipped",
        "{client_name} · you cannot unsend a truck",
    ),
}
