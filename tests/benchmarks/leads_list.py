"""The list of leads with 100,000 leads next to the same list with 100: median time of a page, and the ratio.

Run by `make bench`, or `python -m tests.benchmarks.leads_list`; a PostgreSQL of its own is started and filled.
"""

import logging
import statistics
import time

import psycopg
from flask.testing import FlaskClient

from settings import settings
from tests.benchmarks.orders_list import _database, _ours

FEW, MANY, ROUNDS = 100, 100_000, 25
PAGES = {
    "first page": "/sales/leads",
    "mine, open, next step first": "/sales/leads?owner=mine&stage=open&sort=next",
    "a search": "/sales/leads?q=ann@42.example",
    "largest first": "/sales/leads?sort=value",
    "the board": "/sales/leads/board",
}
FILL = """INSERT INTO sales.lead (number, company, contact_name, mail, phone, source, expected_value, currency, owner, stage,
  stage_since, next_kind, next_on, next_note, lost_reason, lost_note, lost_from, company_key, mail_key, phone_key, search_text,
  version, created_at, correlation_id)
SELECT 'LD-' || n, 'Company ' || n, 'Ann Petrov', 'ann@' || n || '.example', '', 'website', n %% 5000, 'USD',
  CASE WHEN n %% 4 = 0 THEN 'jim.halpert' ELSE 'dwight.schrute' END,
  (ARRAY['new','contacted','qualified','proposal'])[n %% 4 + 1],
  now() - n * interval '1 minute', 'call', current_date + (n %% 60 - 20), '', '', '', '', 'company ' || n,
  'ann@' || n || '.example', '',
  lower('LD-' || n || ' Company ' || n || ' Ann Petrov ann@' || n || '.example'), 1, now() - n * interval '1 minute', ''
FROM generate_series(%s::int, %s::int) AS n"""


def main() -> None:
    """Measures and prints; each page's ratio, and the worst."""
    with _database():
        client = _ours()
        logging.disable(logging.INFO)
        fill(1, FEW)
        few = {name: median_ms(client, url) for name, url in PAGES.items()}
        fill(FEW + 1, MANY)
        many = {name: median_ms(client, url) for name, url in PAGES.items()}
    for name in PAGES:
        print(f"{name}: {few[name]:.1f} ms with {FEW:,} leads, {many[name]:.1f} ms with {MANY:,}:"
              f" ratio {many[name] / few[name]:.2f}")
    print(f"leads list, first page: ratio {many['first page'] / few['first page']:.2f} (aim at most 1.5)")


def fill(first: int, last: int) -> None:
    """Leads by number, inserted at once: what is measured is reading them."""
    with psycopg.connect(settings().database_dsn("migrator"), autocommit=True) as connection:
        connection.execute(FILL, [first, last])
        connection.execute("VACUUM ANALYZE sales.lead")


def median_ms(client: FlaskClient, url: str) -> float:
    """Milliseconds of a page, the first three left out."""
    times = []
    for _ in range(ROUNDS + 3):
        began = time.perf_counter()
        assert client.get(url).status_code == 200
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[3:])


if __name__ == "__main__":
    main()
