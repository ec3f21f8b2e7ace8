"""Display texts for an order's status and timeline entries."""

from typing import Any, NamedTuple

from models.orders.history import Entry

STATUS = {  # status: (label, icon, tone, muted in a list?)
    "awaiting_approval": ("Waits for approval", "hourglass", "wait", False),
    "sent_back": ("Sent back", "arrow-back-up", "bad", False),
    "placed": ("Placed", "send", "info", True),
    "reserved": ("Reserved", "bookmark", "info", True),
    "back_ordered": ("Back-ordered", "clock-pause", "wait", False),
    "partly_shipped": ("Partly shipped", "truck-delivery", "info", True),
    "shipped": ("Shipped", "truck", "good", True),
    "delivered": ("Delivered", "check", "good", True),
    "cancelling": ("Cancelling", "hourglass", "wait", False),
    "cancelled": ("Cancelled", "ban", "", True),
}
SORT_WORDS = {"newest": "Newest first", "oldest": "Oldest first", "total": "Largest first"}


class Said(NamedTuple):
    """A timeline entry as displayed."""

    words: str
    icon: str
    tone: str


def say(entry: Entry) -> Said:
    """Return the sentence, icon and tone of a timeline entry."""
    facts, parcel = entry.facts, entry.facts.get("shipment_number", "Parcel")
    cases = _cases(facts.get("cases", 0))
    said = {
        "order.placed": Said(f"Order placed, {cases}", "send", "acc"),
        "order.approval_requested": Said(
            f"Asked a sales manager: {_asked(facts)}", "hourglass", "wait"
        ),
        "order.approval_given": Said("A sales manager agreed", "check", "good"),
        "order.approval_refused": Said("Sent back by a sales manager", "arrow-back-up", "bad"),
        "order.approval_withdrawn": Said("Request taken back", "arrow-back-up", ""),
        "order.cancellation_requested": Said(
            "Cancellation asked of the warehouse", "hourglass", "wait"
        ),
        "order.cancelled": Said("Order cancelled", "ban", ""),
        "order.rest_cancelled": Said(f"The rest is cancelled, {cases} stay sold", "ban", "wait"),
        "order.cancellation_refused": Said(
            "Cancellation refused, the order goes on", "alert-triangle", "bad"
        ),
        "reservation.made": _reserved(entry),
        "reservation.released": Said("Stock given free", "arrow-back-up", ""),
        "release.refused": Said("The warehouse could not give it up", "alert-triangle", "bad"),
        "shipment.created": Said(f"{parcel} waits to be picked, {cases}", "package", "info"),
        "shipment.picked": Said(f"{parcel} picked", "package", "info"),
        "shipment.packed": Said(f"{parcel} packed", "package", "info"),
        "shipment.reopened": Said(f"{parcel}: the last step was undone", "arrow-back-up", ""),
        "shipment.dispatched": Said(f"{parcel} left the dock, {cases}", "truck", "good"),
        "shipment.delivered": Said(f"{parcel} delivered, {cases}", "check", "good"),
    }
    return said[short_type(entry.type)]


def short_type(type_: str) -> str:
    """Shorten an event type: `dm.inventory.shipment.packed.v1` gives `shipment.packed`."""
    return ".".join(type_.split(".")[2:-1])


def detail(entry: Entry) -> str:
    """Return the text below the sentence: the reason, the carrier, or who signed."""
    facts = entry.facts
    carrier = (
        f"{facts['carrier']} {facts.get('tracking', '')}".strip() if facts.get("carrier") else ""
    )
    signed = f"signed by {facts['signed_by']}" if facts.get("signed_by") else ""
    return facts.get("reason") or carrier or signed


def actor_name(actor: str) -> str:
    """Return a person's name derived from the uid, or a service's name "by itself"."""
    if actor.startswith("service:"):
        return {"inventory": "Warehouse, by itself", "orders": "Orders, by itself"}.get(
            actor[8:], f"{actor[8:].title()}, by itself"
        )
    return actor.replace(".", " ").title()


def _reserved(entry: Entry) -> Said:
    held, short = entry.facts.get("reserved", 0), entry.facts.get("short", 0)
    if not short:
        return Said(f"{_cases(held)} reserved", "bookmark", "info")
    missing = entry.facts.get("missing", [])
    what = missing[0] if len(missing) == 1 else f"in {len(missing)} products"
    said = (
        f"{_cases(held)} reserved, {short:,} short"
        if held
        else f"Nothing reserved, {_cases(short)} short"
    )
    return Said(f"{said}: {what}", "clock-pause", "wait")


def _asked(facts: dict[str, Any]) -> str:
    said = {
        "discount": f"{float(facts.get('discount_percent', 0)):g} % off",
        "credit": "above the credit limit",
    }
    return ", ".join(said.get(reason, reason) for reason in facts.get("reasons", []))


def _cases(count: int) -> str:
    return f"{count:,} case{'' if count == 1 else 's'}"
