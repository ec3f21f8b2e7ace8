"""Display texts for an order's status and timeline entries."""

from typing import NamedTuple

from models.orders.history import Entry, Facts
from models.orders.tables import Order
from models.shared.counts import counted
from models.shared.texts import isolate
from webapp.shared.people.names import person_name

REFERENCES = {"purchase_order": "Purchase order"}  # what the client calls an order, by field
SORT_WORDS = {"newest": "Newest first", "oldest": "Oldest first", "total": "Largest first"}


class Said(NamedTuple):
    """A timeline entry as displayed."""

    words: str
    icon: str
    tone: str


def references_of(order: Order) -> list[tuple[str, str]]:
    """Return (label, text) of each reference that the client gave with an order."""
    given = [(label, getattr(order, field)) for field, label in REFERENCES.items()]
    return [(label, text) for label, text in given if text]


def say(entry: Entry) -> Said:
    """Return the sentence, icon and tone of a timeline entry."""
    facts, shipment = entry.facts, entry.facts.get("shipment_number", "Shipment")
    cases = counted(facts.get("cases", 0), "case")
    said = {
        "order.placed": Said(f"Order placed, {cases}", "send", "acc"),
        "order.approval_requested": Said(
            f"Approval requested: {_asked(facts)}", "hourglass", "wait"
        ),
        "order.approval_given": Said(f"Approved{_for(facts)}", "check", "good"),
        "order.approval_refused": Said(f"Sent back{_for(facts)}", "arrow-back-up", "bad"),
        "order.approval_withdrawn": Said("Approval request withdrawn", "arrow-back-up", ""),
        "order.cancellation_requested": Said("Cancellation requested", "hourglass", "wait"),
        "order.cancelled": Said("Order cancelled", "ban", ""),
        "order.rest_cancelled": Said(f"Rest cancelled, {cases} already shipped", "ban", "wait"),
        "order.cancellation_refused": Said(
            "Cancellation refused; the order continues", "alert-triangle", "bad"
        ),
        "reservation.made": _reserved(entry),
        "reservation.released": Said("Stock released", "arrow-back-up", ""),
        "release.refused": Said(
            "The warehouse could not release the stock", "alert-triangle", "bad"
        ),
        "shipment.created": Said(f"{shipment} ready to pick, {cases}", "package", "info"),
        "shipment.picked": Said(f"{shipment} picked", "package", "info"),
        "shipment.packed": Said(f"{shipment} packed", "package", "info"),
        "shipment.cancelled": Said(f"{shipment} cancelled, {cases} released", "ban", ""),
        "shipment.reopened": Said(f"{shipment}: last step undone", "arrow-back-up", ""),
        "shipment.dispatched": Said(f"{shipment} shipped, {cases}", "truck", "good"),
        "shipment.dispatch_corrected": Said(f"{shipment}: carrier corrected", "pencil", ""),
        "shipment.delivered": Said(f"{shipment} delivered, {cases}", "check", "good"),
    }
    return said[short_type(entry.type)]


def short_type(type_: str) -> str:
    """Shorten an event type: `dm.inventory.shipment.packed.v1` gives `shipment.packed`."""
    return ".".join(type_.split(".")[2:-1])


def detail(entry: Entry) -> str:
    """Return the text below the sentence: the reason, the carrier, or who signed."""
    facts = entry.facts
    carrier = (
        f"{isolate(facts['carrier'])} {facts.get('tracking', '')}".strip()
        if facts.get("carrier")
        else ""
    )
    signed = f"signed by {facts['signed_by']}" if facts.get("signed_by") else ""
    return facts.get("reason") or carrier or signed


def actor_name(actor: str) -> str:
    """Return a person's name, or a service's name with "(automatic)"."""
    if actor.startswith("service:"):
        service = {"inventory": "Warehouse"}.get(actor[8:], actor[8:].title())
        return f"{service} (automatic)"
    return person_name(actor)


def _reserved(entry: Entry) -> Said:
    held, short = entry.facts.get("reserved", 0), entry.facts.get("short", 0)
    if not short:
        return Said(f"{counted(held, 'case')} reserved", "bookmark", "info")
    missing = entry.facts.get("missing", [])
    what = missing[0] if len(missing) == 1 else counted(len(missing), "product")
    said = (
        f"{counted(held, 'case')} reserved, {short:,} short"
        if held
        else f"Nothing reserved, {counted(short, 'case')} short"
    )
    return Said(f"{said}: {what}", "clock-pause", "wait")


def _for(facts: Facts) -> str:
    """Say for whom a delegate decided."""
    absent = facts.get("on_behalf_of", "")
    return f" on behalf of {actor_name(absent)}, who is out of office" if absent else ""


def _asked(facts: Facts) -> str:
    said = {
        "discount": f"{float(facts.get('discount_percent', 0)):g}% off",
        "credit": "over the credit limit",
    }
    return ", ".join(said.get(reason, reason) for reason in facts.get("reasons", []))
