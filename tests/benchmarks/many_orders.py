"""`python -m tests.benchmarks.many_orders [COUNT]`: pages over 1,000,000 orders next to the same pages over 1,000.

A PostgreSQL of its own, filled by plain SQL with orders, lines, timelines and journal; what is timed is the whole
request in one process, from the route to the HTML. Orders lie five minutes apart, so that a million are ten years.
"""

import sys
from datetime import UTC, datetime, timedelta

import psycopg

from settings import settings
from tests.benchmarks.leads_list import NAMES
from tests.benchmarks.side_by_side import measure, show, two_sides

FEW, MANY, PORTION = 1_000, 1_000_000, 50_000
PAGES = {
    "newest page": "/orders/",
    "largest first": "/orders/?sort=total",
    "mine, open": "/orders/?owner=mine&status=open",
    "waiting on stock": "/orders/?status=back_ordered",
    "a day": "/orders/?since={day}&until={day}",
    "search, a number": "/orders/?q=dm-100500",
    "search, a product of one order": "/orders/?q=parchment",
    "search, a client": "/orders/?q=electric+city+cole+dental",
    "search, a word in all of them": "/orders/?q=paper",
    "palette": "/orders/search?q=dm-100500",
    "one order": "/orders/DM-100500",
    "its timeline": "/orders/DM-100500/timeline",
    "a client's orders": "/orders/of-client/CL-17",
    "home, what waits": "/orders/home",
}
CLIENTS = f"""INSERT INTO orders.client (number, name, contact_name, contact_mail, contact_phone,
    street, city, state, postcode,
    payment_terms_days, credit_limit, currency, owner, active)
SELECT 'CL-' || n, {NAMES}, 'X', 'x@example.com', '', '1 Main', 'Scranton', 'PA', '18503', 30, 50000, 'USD',
    'jim.halpert', true FROM generate_series(1, 2000) n""".replace("%%", "%")
# of the newest 600 most are open, of the older ones all are closed: what an office has open does
# not grow with its years
ORDERS = """INSERT INTO orders."order" (number, client_number, client_name, owner, owner_name,
    purchase_order, street, city,
    state, postcode, currency, total, status, cancellation, cancellation_by, cancellation_reason,
    discount_percent, note,
    approval, approval_reasons, decided_by, decided_note, duplicate_of, cases, reserved, short,
    shipped, search_text, version,
    placed_at, correlation_id)
SELECT 'DM-' || 100000 + n, client.number, client.name,
    CASE WHEN n %% 20 = 7 THEN 'jim.halpert' ELSE 'person.' || (n %% 20) END, 'Person', '',
    '1 Main', 'Scranton', 'PA', '18503',
    'USD', (n::bigint * 7919) %% 100000 / 10.0, CASE WHEN n > 600 THEN (ARRAY['delivered',
    'cancelled'])[1 + (n %% 25 = 0)::int]
    ELSE (ARRAY['reserved', 'back_ordered', 'delivered', 'shipped', 'reserved', 'placed'])[1 + n %%
    6] END, 'none', '', '', 0, '',
    'none', '[]', '', '', '', 10, 0, 0, 10,
    lower('dm-' || 100000 + n || ' ' || client.name || ' cp-' || n %% 300 || '-ltr copy paper ' ||
    (ARRAY['ivory','bright white','recycled','letter','legal','ledger'])[1 + n %% 6] ||
    CASE n WHEN 500 THEN ' parchment' ELSE '' END), 1,
    now() - n * interval '5 minutes', 'c' || n FROM generate_series(%(first)s::int, %(last)s::int) n
JOIN orders.client ON client.number = 'CL-' || (1 + n %% CASE WHEN n > 1000 THEN 2000 ELSE 20 END)"""
LINES = """INSERT INTO orders.order_line (order_number, line, sku, name, unit_price, ordered,
    reserved, short, shipped, delivered,
    given_up)
SELECT 'DM-' || 100000 + n, line, 'SKU-' || ((n + line) %% 300), 'Paper', 10, 5, 0, 0, 5, 5, 0
FROM generate_series(%(first)s::int, %(last)s::int) n, generate_series(1, 2) line"""
STEPS = """WITH step AS (SELECT 'DM-' || 100000 + n AS number, kind.topic, kind.type, n,
    ('00000000-0000-7000-8000-' || lpad(to_hex(n::bigint * 2 + kind.hours), 12, '0'))::uuid AS id,
    now() - n * interval '5 minutes' + kind.hours * interval '30 hours' AS at
    FROM generate_series(%(first)s::int, %(last)s::int) n, (VALUES ('dm.orders.lifecycle',
    'dm.orders.order.placed.v1', 0),
    ('dm.inventory.shipments', 'dm.inventory.shipment.delivered.v1', 1)) AS kind (topic, type, hours)),
journaled AS (INSERT INTO orders.journal (topic, key, sequence, event_id, type, envelope, partition,
    "offset", correlation_id,
    occurred_at, applied_at)
SELECT topic, number, 1, id, type, convert_to(json_build_object('id', id, 'type', type, 'source',
    'order-service', 'subject',
    number, 'time', at, 'sequence', 1, 'correlationid', 'c' || n, 'actor', 'jim.halpert',
    'partitionkey', number, 'data',
    json_build_object('order_number', number))::text, 'UTF8'), 0, n, 'c' || n, at, at FROM step)
INSERT INTO orders.timeline (order_number, topic, sequence, event_id, type, at, actor, facts)
SELECT number, topic, 1, id, type, at, 'jim.halpert', '{"lines": 2, "cases": 10}' FROM step"""


def main(many: int) -> None:
    """Measures with few and with many, and prints each page's ratio."""
    with two_sides(lambda: fill(FEW), lambda: fill(many)) as sides:
        show(
            measure(sides, {name: url.format(**_a_day()) for name, url in PAGES.items()}), FEW, many
        )


def fill(count: int) -> None:
    """So many orders with all that belongs to them, and fresh statistics."""
    with psycopg.connect(settings().database_dsn("migrator"), autocommit=True) as connection:
        connection.execute(CLIENTS)
        cursor = psycopg.ClientCursor(connection)
        for start in range(1, count + 1, PORTION):
            for statement in (ORDERS, LINES, STEPS):
                cursor.execute(statement, {"first": start, "last": min(start + PORTION - 1, count)})
        connection.execute(
            "INSERT INTO orders.searched_word VALUES ('')"
        )  # as after `consumers backfill search`
        connection.execute(
            "VACUUM ANALYZE orders.searched_client, orders.searched_word, orders.client, "
            'orders."order", orders.order_line, orders.timeline, orders.journal'
        )


def _a_day() -> dict[str, str]:
    """A day that both sizes have whole."""
    return {"day": (datetime.now(UTC) - timedelta(days=2)).date().isoformat()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
