"""Whether the services' records are what people were told, what their events explain, and agree with each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import psycopg

from consumers.operations.checks import find_faults as find_trade_faults
from models.shared.listeners.interface import rebuild
from models.shared.transactions import transaction
from models.wuphf.consistency import find_faults as find_inbox_faults
from tests.chaos.anomalies import Anomaly, found_by
from tests.chaos.deeds import Deed

# What a deed leaves behind: its mark, and the number that the person was told.
EFFECTS = {
    "order": """SELECT purchase_order, number FROM orders."order" """,
    "order by REST": """SELECT purchase_order, number FROM orders."order" """,
    "expense": "SELECT purpose, number FROM finance.expense WHERE status <> 'draft'",
    "goods": "SELECT note, number FROM inventory.receipt",
    "goods by REST": "SELECT note, number FROM inventory.receipt",
    "lead": "SELECT replace(name, 'School ', ''), number FROM sales.client",
}
BOOKS = """SELECT d.order_number, d.line, l.shipped, d.shipped, l.reserved, d.allocated - d.shipped
    FROM inventory.demand_line d JOIN orders.order_line l ON (l.order_number, l.line) = (d.order_number, d.line)
    WHERE l.shipped <> d.shipped OR l.reserved <> d.allocated - d.shipped"""
UNHEARD = """SELECT o.number, o.status FROM orders."order" o LEFT JOIN inventory.demand d ON d.order_number = o.number
    WHERE (d.order_number IS NULL AND o.status NOT IN ('awaiting_approval', 'sent_back', 'cancelled'))
    OR o.status = 'placed' OR o.cancellation NOT IN ('none', 'done') OR (d.called_off AND o.status = 'reserved')"""
NEGATIVE = "SELECT sku, on_hand, reserved FROM inventory.stock WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand"
RECEIVED = """SELECT s.sku, coalesce(sum(e.delta_on_hand), 0), (SELECT coalesce(sum(quantity), 0)
    FROM inventory.receipt_line r
    WHERE r.sku = s.sku) FROM inventory.stock s LEFT JOIN inventory.ledger e ON e.sku = s.sku AND e.kind = 'receipt'
    GROUP BY s.sku HAVING coalesce(sum(e.delta_on_hand), 0) <> (SELECT coalesce(sum(quantity), 0)
    FROM inventory.receipt_line r
    WHERE r.sku = s.sku)"""
HANDED_IN = """SELECT e.number, count(o.id) FROM finance.expense e LEFT JOIN finance.outbox o ON o.key = e.number
    AND o.type = 'dm.finance.expense.submitted.v1' WHERE e.status <> 'draft' GROUP BY 1 HAVING count(o.id) <> 1"""
CONVERTED = """SELECT l.number, l.client_number, count(o.id) FROM sales.lead l LEFT JOIN
    sales.outbox o ON o.key = l.number
    AND o.type = 'dm.sales.lead.converted.v1' WHERE l.stage = 'converted' GROUP BY 1, 2 HAVING count(o.id) <> 1"""
UNPROJECTED = """SELECT c.number FROM sales.client c LEFT JOIN orders.client p ON p.number = c.number
    WHERE p.number IS NULL OR p.name <> c.name"""
SAID = "convert_from(envelope, 'UTF8')::jsonb -> 'data'"
EVENT_SUMS = f"""SELECT number, total, subtotal - round(subtotal * percent / 100, 2) FROM (
    SELECT key AS number, ({SAID} ->> 'total')::numeric AS total,
    ({SAID} ->> 'discount_percent')::numeric AS percent,
    (SELECT sum((line ->> 'quantity')::int * (line ->> 'unit_price')::numeric)
    FROM jsonb_array_elements({SAID} -> 'lines') line) AS subtotal
    FROM orders.outbox WHERE type = 'dm.orders.order.placed.v1') said
    WHERE total <> subtotal - round(subtotal * percent / 100, 2)"""
SUBMITTED = f"""SELECT e.number, e.total, o.total FROM finance.expense e JOIN (SELECT key,
    ({SAID} ->> 'total')::numeric AS total, ({SAID} ->> 'round')::int AS round FROM finance.outbox
    WHERE type = 'dm.finance.expense.submitted.v1') o ON (o.key, o.round) = (e.number, e.round)
    WHERE o.total <> e.total AND e.status NOT IN ('draft', 'sent_back')"""
PAID = f"""SELECT e.number, e.approved_total, o.total FROM finance.expense e JOIN (SELECT key,
    ({SAID} ->> 'approved_total')::numeric AS total, {SAID} ->> 'run_number' AS run FROM finance.outbox
    WHERE type = 'dm.finance.expense.reimbursed.v1') o ON (o.key, o.run) = (e.number, e.run_number)
    WHERE o.total <> e.approved_total"""
TIMELINE = """SELECT order_number, topic, count(*), max(sequence) FROM orders.timeline GROUP BY 1, 2
    HAVING count(*) <> max(sequence)"""
RAISED = """SELECT (convert_from(envelope, 'UTF8')::jsonb -> 'data' ->> 'notification_id')::uuid AS
    id, key AS recipient,
    (convert_from(envelope, 'UTF8')::jsonb -> 'data' ->> 'source_event')::uuid AS source FROM notifications.outbox
    WHERE type = 'dm.notifications.notification.{}.v1'"""
TWICE = """SELECT recipient, kind, subject_key, count(*) FROM notifications.notification
    GROUP BY recipient, kind, subject_key, source_event HAVING count(*) > 1"""
UNSTORED = f"""SELECT r.recipient, r.id FROM ({RAISED.format("raised")}) r
    LEFT JOIN notifications.notification n ON n.id = r.id LEFT JOIN ({RAISED.format("withdrawn")}) w ON w.id = r.id
    WHERE n.id IS NULL AND w.id IS NULL"""
UNRAISED = f"""SELECT n.recipient, n.id FROM notifications.notification n LEFT JOIN ({RAISED.format("raised")}) r
    ON r.id = n.id WHERE r.id IS NULL"""


def check_deeds(connection: psycopg.Connection, history: Iterable[Deed]) -> list[Anomaly]:
    """What people were told against what is there: once if confirmed, not at all if refused."""
    there: dict[str, defaultdict[str, list[str]]] = {}
    for kind, query in EFFECTS.items():
        there[kind] = defaultdict(list)
        for mark, number in connection.execute(query):  # type: ignore[arg-type]
            there[kind][mark].append(number)
    return [
        anomaly
        for deed in history
        if deed.kind in EFFECTS
        for anomaly in _check_deed(deed, there[deed.kind][deed.mark])
    ]


def _check_deed(deed: Deed, numbers: list[str]) -> list[Anomaly]:
    who = f"{deed.kind} {deed.mark} of {deed.by}"
    if len(numbers) > 1:
        return [Anomaly("duplicate", f"{who} has {len(numbers)} effects: {', '.join(numbers)}")]
    if deed.outcome == "done" and (
        not numbers or (deed.number and numbers[0] and numbers[0] != deed.number)
    ):
        return [
            Anomaly(
                "lost write",
                f"{who} was confirmed as {deed.number}; there is {numbers or 'nothing'}",
            )
        ]
    if deed.outcome == "refused" and numbers:
        return [
            Anomaly("aborted read", f"{who} was refused ({deed.why}) and {numbers[0]} is there")
        ]
    return []


def check_records(connection: psycopg.Connection) -> list[Anomaly]:
    """Each service's records by its own checks, and where two services speak of one thing, that they agree."""
    asked = (
        (
            "wrong total",
            "order {0}, line {1}: orders says {2} shipped and {4} reserved, the warehouse {3} and {5}",
            BOOKS,
        ),
        ("unseen", "order {0} is {1}, which the warehouse does not explain", UNHEARD),
        ("wrong total", "{0}: {1} on hand, {2} reserved", NEGATIVE),
        ("wrong total", "{0}: the ledger received {1} cases, the receipts say {2}", RECEIVED),
        ("duplicate", "expense {0} was handed in by {1} events", HANDED_IN),
        ("duplicate", "lead {0} became {1} by {2} events", CONVERTED),
        ("wrong total", "the event of {0} says {1}, its own lines sum up to {2}", EVENT_SUMS),
        ("wrong total", "expense {0} is over {1}, its event says {2}", SUBMITTED),
        ("wrong total", "expense {0} is paid {1}, its event says {2}", PAID),
        ("unseen", "orders does not know client {0}", UNPROJECTED),
        ("non-monotonic", "the timeline of {0} has {2} entries of {1}, the last is {3}", TIMELINE),
        ("duplicate", "{0} was told {1} of {2} {3} times", TWICE),
        ("lost write", "{0} was to be told {1}, and has it not", UNSTORED),
        ("aborted read", "{0} has notice {1}, which nobody raised", UNRAISED),
    )
    found = [
        anomaly
        for kind, words, query in asked
        for anomaly in found_by(connection, kind, words, query)
    ]
    found += [Anomaly("wrong total", fault) for fault in find_trade_faults()]
    with transaction("notifications", actor="service:notifications") as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return found + [Anomaly("wrong total", fault) for fault in find_inbox_faults(session)]


def check_rebuild(connection: psycopg.Connection) -> list[Anomaly]:
    """The timeline, made anew from the journal, is the same."""

    def rows() -> Counter[str]:
        return Counter(
            row[0] for row in connection.execute("SELECT t::text FROM orders.timeline t")
        )

    before = rows()
    rebuild("orders", "timeline")
    after = rows()
    return [
        Anomaly("lost write", f"the rebuilt timeline lacks {row}") for row in before - after
    ] + [Anomaly("aborted read", f"only the rebuilt timeline has {row}") for row in after - before]
