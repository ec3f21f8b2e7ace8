"""The list of leads with 100,000 leads next to the same list with 100: time of a page, and the ratio.

Run by `make bench`, or `python -m tests.benchmarks.leads_list`; a PostgreSQL of its own is started and filled.
"""

import logging
import time

import psycopg
from flask.testing import FlaskClient

from settings import settings
from tests.benchmarks.orders_list import _database, _ours

FEW, MANY, OPEN, ROUNDS = 100, 100_000, 20_000, 80
PAGES = {
    "first page": "/sales/leads",
    "mine, open, next step first": "/sales/leads?owner=mine&stage=open&sort=next",
    "a search, by mail": "/sales/leads?q=dora@42.example",
    "a search, by company": "/sales/leads?q=clinic+4241",
    "largest first": "/sales/leads?sort=value",
    "the board": "/sales/leads/board",
}
NAMES = """(ARRAY['Maple','Granite','Pine Ridge','Lackawanna','Electric City','Nay Aug','Blue','Keystone','Steam','Poor Richard',
  'Abington'])[n %% 11 + 1] || (ARRAY[' School ',' Dental ',' Law ',' Print ',' Bank ',' Motors ',' Clinic '])[n %% 7 + 1] || n"""
# the newest are open, the older closed: what an office has open does not grow with its years
FILL = f"""INSERT INTO sales.lead (number, company, contact_name, mail, phone, source, expected_value, currency, owner, stage,
  stage_since, next_kind, next_on, next_note, lost_reason, lost_note, lost_from, company_key, mail_key, phone_key, search_text,
  version, created_at, closed_at, client_number, correlation_id)
SELECT 'LD-' || n, company, first || ' ' || last, lower(first) || '@' || n || '.example', '', 'website', n %% 5000, 'USD',
  CASE WHEN n %% 4 = 0 THEN 'jim.halpert' ELSE 'dwight.schrute' END, stage,
  now() - n * interval '20 minutes', 'call', current_date + (n %% 60 - 20), '', CASE stage WHEN 'lost' THEN 'price' ELSE '' END,
  '', CASE stage WHEN 'lost' THEN 'new' ELSE '' END, lower(company), lower(first) || '@' || n || '.example', '',
  lower('LD-' || n || ' ' || company || ' ' || first || ' ' || last || ' ' || first || '@' || n || '.example'), 1,
  now() - n * interval '20 minutes', CASE WHEN stage IN ('lost', 'converted') THEN now() - n * interval '20 minutes' END,
  CASE stage WHEN 'converted' THEN 'CL-1' END, ''
FROM generate_series(%s::int, %s::int) AS n, LATERAL (SELECT
  CASE WHEN n <= {OPEN} THEN (ARRAY['new','contacted','qualified','proposal'])[n / 4 %% 4 + 1]
    ELSE (ARRAY['lost','converted','lost'])[n %% 3 + 1] END AS stage,
  {NAMES} AS company,
  (ARRAY['Ann','Bea','Cyrus','Dora','Emil','Frida','Gus','Hanna','Ivo','June','Karl','Lena','Moses'])[n %% 13 + 1] AS first,
  (ARRAY['Petrov','Quist','Rowe','Stone','Tan','Ueda','Voss','Webb','Xu','Young','Zeller'])[n %% 11 + 1] AS last) AS person"""
CLIENT = """INSERT INTO sales.client (number, name, contact_name, contact_mail, contact_phone, street, city, state, postcode,
  payment_terms_days, credit_limit, currency, owner, active, company_key, search_text, version, created_at)
VALUES ('CL-1', 'A client', 'X', 'x@example.com', '', '1 Main', 'Scranton', 'PA', '18503', 30, 50000, 'USD', 'jim.halpert', true,
  'a client', 'a client', 1, now()) ON CONFLICT DO NOTHING"""


def main() -> None:
    """Measures and prints; each page's ratio, and the worst."""
    with _database():
        client = _ours()
        logging.disable(logging.INFO)
        fill(1, FEW)
        few = {name: quickest_ms(client, url) for name, url in PAGES.items()}
        fill(FEW + 1, MANY)
        many = {name: quickest_ms(client, url) for name, url in PAGES.items()}
    for name in PAGES:
        print(f"{name}: {few[name]:.1f} ms with {FEW:,} leads, {many[name]:.1f} ms with {MANY:,}:"
              f" ratio {many[name] / few[name]:.2f}")
    print(f"leads list, first page: ratio {many['first page'] / few['first page']:.2f} (aim at most 1.5)")


def fill(first: int, last: int) -> None:
    """Leads by number, inserted at once: what is measured is reading them."""
    with psycopg.connect(settings().database_dsn("migrator"), autocommit=True) as connection:
        connection.execute(CLIENT)
        connection.execute(FILL, [first, last])
        connection.execute("VACUUM ANALYZE sales.lead")


def quickest_ms(client: FlaskClient, url: str) -> float:
    """Milliseconds of a page: the quickest of many, since what is slower tells of the machine's other work."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert client.get(url).status_code == 200
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


if __name__ == "__main__":
    main()
