"""`python -m tests.benchmarks.many_orders`: lists, text search and a detail page with 1,000,000 orders against 1,000.

Makes a PostgreSQL of its own, fills it by plain SQL, and asks the product's queries; prints the ratio of medians.
"""

import statistics
import sys
import time
from collections.abc import Callable

import psycopg
from sqlalchemy.orm import Session

from models.orders.history import get_timeline
from models.orders.queries import OrderFilter, count_orders, get_order, keys_of, list_orders
from models.shared.database import engine, reading

ROUNDS, AIM = 40, 1.5
FILL = """
INSERT INTO orders.client (number, name, contact_name, contact_mail, contact_phone, street, city, state, postcode,
    payment_terms_days, credit_limit, currency, owner, active)
SELECT 'CL-' || n, 'School ' || n, 'X', 'x@example.com', '', '1 Main', 'Scranton', 'PA', '18503', 30, 50000, 'USD',
    'jim.halpert', true FROM generate_series(1, 500) n ON CONFLICT DO NOTHING;
INSERT INTO orders."order" (number, client_number, client_name, owner, owner_name, purchase_order, street, city, state, postcode,
    currency, total, status, cancellation, cancellation_by, cancellation_reason, discount_percent, note, approval,
    approval_reasons, decided_by, decided_note, duplicate_of, cases, reserved, short, shipped, search_text, version, placed_at,
    correlation_id)
SELECT 'DM-' || n, 'CL-' || (1 + n %% 500), 'School ' || (1 + n %% 500), 'person.' || (n %% 20), 'Person', '', '1 Main',
    'Scranton', 'PA', '18503', 'USD', (n * 7919) %% 100000 / 10.0,
    (ARRAY['delivered', 'delivered', 'delivered', 'shipped', 'reserved', 'back_ordered'])[1 + n %% 6], 'none', '', '', 0, '',
    'none', '[]', '', '', '', 5, 0, 0, 5, lower('dm-' || n || ' school ' || (1 + n %% 500) || ' sku-' || md5(n::text)), 1,
    now() - n * interval '30 seconds', 'x' FROM generate_series(%(first)s, %(last)s) n;
INSERT INTO orders.order_line (order_number, line, sku, name, unit_price, ordered, reserved, short, shipped, delivered, given_up)
SELECT 'DM-' || n, 1, 'SKU-' || (n %% 300), 'Paper', 10, 5, 0, 0, 5, 5, 0 FROM generate_series(%(first)s, %(last)s) n;
"""


def questions(rare: str, number: str) -> dict[str, Callable]:
    """What people ask of a list, by name."""
    every = OrderFilter()

    def second_page(session: Session) -> None:
        list_orders(session, every, after=keys_of(list_orders(session, every).rows[-1], "newest"))

    return {
        "newest page": lambda session: list_orders(session, OrderFilter()),
        "two pages by keyset": second_page,
        "largest first": lambda session: list_orders(session, OrderFilter(), "total"),
        "one status": lambda session: list_orders(session, OrderFilter(statuses=("back_ordered",))),
        "one owner": lambda session: list_orders(session, OrderFilter(owner="person.7")),
        "text search, rare": lambda session: list_orders(session, OrderFilter(q=rare)),
        "text search, a number": lambda session: list_orders(session, OrderFilter(q=number.lower())),
        "one order": lambda session: get_order(session, number),
        "its timeline": lambda session: get_timeline(session, number),
        "count, at most 10,001": lambda session: count_orders(session, OrderFilter()),
    }


def measure(asked: dict[str, Callable]) -> dict[str, float]:
    """Median milliseconds of each question, warm."""
    medians = {}
    for name, ask in asked.items():
        times = []
        for _ in range(ROUNDS):
            with reading("orders") as session:
                session.connection()
                began = time.perf_counter()
                ask(session)
                times.append((time.perf_counter() - began) * 1000)
        medians[name] = statistics.median(times[5:])
    return medians


def fill(address: str, first: int, last: int) -> None:
    """Orders of these numbers, and fresh statistics."""
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        for start in range(first, last + 1, 100_000):
            cursor.execute(FILL, {"first": start, "last": min(start + 99_999, last)})
        connection.execute("VACUUM ANALYZE orders.\"order\", orders.order_line")


def run(address: str, many: int = 1_000_000) -> None:
    """Measures with 1,000 orders, then with `many`, and prints both."""
    fill(address, 1, 1000)
    few = measure(questions("sku-" + "c4ca4238a0", "DM-500"))  # md5 of 1
    fill(address, 1001, many)
    lots = measure(questions("sku-" + "c4ca4238a0", "DM-500"))
    print(f"{'median ms':24}{'1,000':>10}{many:>12,}{'ratio':>8}")
    for name in few:
        print(f"{name:24}{few[name]:10.2f}{lots[name]:12.2f}{lots[name] / few[name]:8.2f}")
    compared = [name for name in few if not name.startswith("count")]
    print(f"median ratio without the count: {statistics.median(lots[name] / few[name] for name in compared):.2f} (aim {AIM})")


def main() -> None:
    """On a PostgreSQL of its own; the number of orders may be given."""
    import os
    import shutil
    import subprocess
    import tempfile
    from pathlib import Path

    from settings import settings
    from tests.conftest import migrated_cluster, running_postgres

    folder = Path(tempfile.mkdtemp(prefix="dm-many-"))
    folder.chmod(0o755)
    try:
        subprocess.run(["cp", "-a", migrated_cluster(), folder / "data"], check=True)
        with running_postgres(folder / "data") as server:
            os.environ["DM_DATABASE_URL"] = f"postgresql://{server.rsplit('@', 1)[1]}/dundermifflin"
            settings.cache_clear()
            run(f"{server}/dundermifflin", int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
            engine("orders").dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
