"""The text, icon and color of each kind of notification, in one table.

Names and numbers come from the event's parts and are escaped here; they are never markup.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from markupsafe import Markup

from models.wuphf.queries import Notice

Tone = str  # the badge's class: "", good, wait, bad, info or acc


class Words(NamedTuple):
    """The text of a kind. `title` and `detail` have placeholders.

    Placeholders are the parts, `actor`, and `subject` (the business number). `many` is the title of
    several from one day ("{} orders were placed"); kinds without it are never grouped.
    """

    icon: str
    tone: Tone
    title: str
    detail: str
    many: str = ""


WORDS: dict[str, Words] = {
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
        "<b>{actor}</b> asks for <b>{discount_percent} %</b> off {subject}",
        "{client_name} · {total} after it · “{reason}”",
    ),
    "approval_given": Words(
        "circle-check",
        "good",
        "<b>{actor}</b> agreed to {subject}",
        "{client_name} · {total}, and on its way to the shelf",
    ),
    "approval_refused": Words(
        "arrow-back-up", "bad", "<b>{actor}</b> sent {subject} back", "{client_name} · “{reason}”"
    ),
    "rest_cancelled": Words(
        "circle-x",
        "wait",
        "The rest of {subject} is cancelled",
        "{client_name} · what left stays sold, {total} · “{reason}”",
    ),
    "product_low": Words(
        "alert-triangle",
        "wait",
        "Only <b>{available_cases}</b> of {name} left",
        "{subject} · time to order {reorder_quantity}",
    ),
    "stock_adjusted": Words(
        "pencil",
        "info",
        "<b>{actor}</b> counted {name} anew: <b>{delta}</b>",
        "{subject} · “{reason}”",
    ),
    "order_reserved": Words(
        "circle-check",
        "good",
        "{subject}: everything is on the shelf and has your name on it",
        "{client_name} · the warehouse packs it next",
        "{} orders are reserved in full",
    ),
    "order_short": Words(
        "alert-triangle",
        "wait",
        "{subject} is short of <b>{missing_cases}</b>",
        "{client_name} · first of all {product}; the rest is held",
    ),
    "order_served": Words(
        "packages",
        "good",
        "{subject}: what was missing came in",
        "{client_name} · nothing is owed to them any more",
        "{} orders got what was missing",
    ),
    "order_partly_served": Words(
        "packages",
        "info",
        "{subject}: some of what was missing came in",
        "{client_name} · still short of {missing}, first of all {product}",
        "{} orders got some of what was missing",
    ),
    "shipment_waiting": Words(
        "box",
        "wait",
        "{subject} waits to be picked",
        "{client_name} · {quantity_cases} for {order_number}",
        "{} parcels wait to be picked",
    ),
    "shipment_left": Words(
        "truck",
        "info",
        "{subject} left the dock",
        "{client_name} · {quantity_cases} of {order_number} with {carrier}",
        "{} parcels left the dock",
    ),
    "shipment_delivered": Words(
        "circle-check",
        "good",
        "{subject} was delivered",
        "{client_name} · {order_number}, signed for by {signed_by}",
        "{} parcels were delivered",
    ),
    "cancellation_asked": Words(
        "hand-stop", "bad", "<b>{actor}</b> asks to stop {subject}", "{client_name} · “{reason}”"
    ),
    "order_cancelled": Words(
        "circle-x",
        "bad",
        "{subject} is cancelled",
        "{client_name} · “{reason}”; its stock is free again",
    ),
    "cancellation_refused": Words(
        "truck",
        "wait",
        "{subject} goes on: its goods already left",
        "{client_name} · you cannot unsend a truck",
    ),
    "expense_to_approve": Words(
        "receipt",
        "wait",
        "<b>{owner_name}</b> sent an expense of <b>{total}</b>",
        "{subject} · {purpose}{remark}",
    ),
    "expense_to_check": Words(
        "receipt",
        "wait",
        "<b>{owner_name}</b>’s expense of <b>{total}</b> wants accounting’s word",
        "{subject} · {purpose}{remark}",
    ),
    "expense_passed_on": Words(
        "hourglass",
        "info",
        "<b>{actor}</b> approved {subject}",
        "{purpose} · so much money wants accounting’s nod, too",
    ),
    "expense_sent_back": Words(
        "message-question", "wait", "<b>{actor}</b> asks about {subject}", "{purpose} · “{reason}”"
    ),
    "expense_approved": Words(
        "circle-check", "good", "<b>{actor}</b> approved {subject}", "{purpose} · {total}"
    ),
    "expense_partly_approved": Words(
        "circle-half-2",
        "wait",
        "<b>{actor}</b> approved {approved_total} of {subject}",
        "{purpose} · {total} was asked",
    ),
    "expense_refused": Words(
        "circle-x", "bad", "<b>{actor}</b> refused {subject}", "{purpose} · “{reason}”"
    ),
    "expense_paid": Words(
        "cash",
        "good",
        "{subject} is on its way to your account",
        "{purpose} · {approved_total} with run {run_number}",
    ),
    "client_created": Words(
        "building-store",
        "info",
        "<b>{name}</b> is now a client",
        "{actor} brought them in · {subject}",
        "{} new clients",
    ),
    "lead_converted": Words(
        "target-arrow",
        "good",
        "<b>{actor}</b> turned <b>{company}</b> into a client",
        "{subject} · expected to be worth {total}",
    ),
    "delivery_address": Words(
        "truck", "info", "A new address to deliver to: <b>{name}</b>", "{place} · {subject}"
    ),
    "client_deactivated": Words(
        "ban",
        "wait",
        "Nothing more is sold to <b>{name}</b>",
        "{subject} · “{reason}”, says {actor}",
    ),
    "client_reactivated": Words(
        "building-store",
        "good",
        "<b>{name}</b> may order again",
        "{subject} · {actor} let them back in",
    ),
    "goods_received": Words(
        "packages",
        "info",
        "<b>{quantity}</b> of {name} came in",
        "{receipt_number} · counted by {actor}",
        "{} receipts of goods",
    ),
    "broadcast": Words("speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups}"),
    "broadcast_asked": Words(
        "speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups} · please acknowledge"
    ),
}
UNKNOWN = Words("bell", "", "News about {subject}", "")


def title_of(notice: Notice) -> Markup:
    """Return the title: what happened, in one line. An unknown kind still names its subject."""
    return Markup(words_of(notice.kind).title).format_map(_values(notice))  # noqa: S704  text from our own table


def detail_of(notice: Notice) -> Markup:
    """Return the line below the title."""
    return Markup(words_of(notice.kind).detail).format_map(_values(notice))  # noqa: S704


def words_of(kind: str) -> Words:
    """Return the text of a kind, or a generic one for an unknown kind."""
    return WORDS.get(kind, UNKNOWN)


class _Parts(dict[str, Any]):
    """Placeholders of a sentence; one that the event does not have shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _values(notice: Notice) -> _Parts:
    number = Markup('<span class="no">{}</span>').format(notice.subject_key)
    values = _Parts({name: value or "–" for name, value in notice.parts.items()})
    values.update(subject=number, actor=notice.actor_name or notice.actor)
    if notice.subject_type != "order" and "order_number" in notice.parts:
        values["order_number"] = Markup('<span class="no">{}</span>').format(
            notice.parts["order_number"]
        )
    for money in {"total", "approved_total"} & notice.parts.keys():
        values[money] = _dollars(notice.parts[money])
    for count in {"available", "missing", "quantity"} & notice.parts.keys():
        values[f"{count}_cases"] = (
            "1 case" if notice.parts[count] == "1" else f"{notice.parts[count]} cases"
        )
    values["remark"] = f" · {notice.parts['remark']}" if notice.parts.get("remark") else ""
    return values


def _dollars(amount: str) -> str:
    try:
        return f"${Decimal(amount):,.2f}"
    except InvalidOperation:
        return amount
