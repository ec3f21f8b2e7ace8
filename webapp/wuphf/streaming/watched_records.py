"""Which records a page may watch: those whose page would open to the person, by the page's rule."""

from webapp.shared.people.own_records import may_open
from webapp.shared.people.rights import Person

MOST = 100
RIGHT_OF = {
    "order": "orders.see",
    "orders": "orders.see",
    "shipment": "shipments.see",
    "shipments": "shipments.see",
    "product": "products.see",
    "products": "products.see",
    "receipts": "products.see",
    "locations": "stock.count",
    "stock_take": "stock.count",
    "stock_takes": "stock.count",
    "drafts": "orders.place",
    "client": "clients.see",
    "clients": "clients.see",
    "expense": "expenses.claim",
    "expenses": "expenses.claim",
    "lead": "leads.see",
    "leads": "leads.see",
    "lead_import": "leads.work",
    "broadcast": "inbox.see",
    "webhook": "webhooks.own",
}


def may_watch(person: Person, record: str) -> bool:
    """Return whether this person may be notified of changes to `record`, as of now.

    Records are named like "order:DM-100042" or "orders:*". Reads the database for a kind of which
    a person sees only some (see webapp/shared/people/own_records.py).
    """
    kind, _, key = record.partition(":")
    if kind not in RIGHT_OF or not 0 < len(key) <= 64 or not person.may(RIGHT_OF[kind]):
        return False
    return may_open(person, kind, key)
