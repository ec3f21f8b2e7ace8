"""Which records a page may watch: those whose page the person has the right to see."""

from webapp.shared.people.rights import Person

MOST = 100
RIGHT_OF = {
    "order": "orders.see",
    "orders": "orders.see",
    "shipment": "shipments.see",
    "shipments": "shipments.see",
    "product": "products.see",
    "products": "products.see",
    "client": "clients.see",
    "clients": "clients.see",
    "expense": "expenses.claim",
    "expenses": "expenses.claim",
    "lead": "leads.see",
    "leads": "leads.see",
    "lead_import": "leads.work",
    "broadcast": "inbox.see",
}


def may_watch(person: Person, record: str) -> bool:
    """Return whether this person may be notified of changes to `record`.

    Records are named like "order:DM-100042" or "orders:*".
    """
    kind, _, key = record.partition(":")
    return kind in RIGHT_OF and 0 < len(key) <= 64 and person.may(RIGHT_OF[kind])
