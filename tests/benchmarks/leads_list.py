"""The list of leads with 100,000 leads next to the same list with 100: time of a page, and the ratio.

Run by `make bench`, or `python -m tests.benchmarks.leads_list`; a PostgreSQL of its own is started and filled.
"""

import psycopg

from settings import settings
from tests.benchmarks.side_by_side import measure, show, two_sides

FEW, MANY, OPEN = 100, 100_000, 20_000
PAGES = {
    "first page": "/sales/leads",
    "mine, open, next step first": "/sales/leads?owner=mine&stage=open&sort=next",
    "a search, by mail": "/sales/leads?q=dora@42.example",
    "a search, by company": "/sales/leads?q=clinic+4241",
    "largest first": "/sales/leads?sort=value",
    "the board": "/sales/leads/board",
}
NAMES = """(ARRAY['Maple','Granite','Pine Ridge','Lackawanna','Electric City','Nay Aug','Blue',
    'Keystone','Steam','Poor Richard',
  'Abington'])[n %% 11 + 1]
  || (ARRAY[' Abbott',' Byrne',' Cole',' Dunn',' Eads',' Foy',' Gil',' Hyde',' Ives',' Jay',' Kerr',
  ' Lowe',' Moss'])[n %% 13 + 1]
  || (ARRAY[' School ',' Dental ',' Law ',' Print ',' Bank ',' Motors ',' Clinic '])[n %% 7 + 1] || n"""
# the newest are open, the older closed: what an office has open does not grow with its years
FILL = f"""INSERT INTO sales.lead (number, company, contact_name, mail, phone, source,
    expected_value, currency, owner, stage,
  stage_since, next_kind, next_on, next_note, lost_reason, lost_note, lost_from, company_key,
  mail_key, phone_key, search_text,
  version, created_at, closed_at, client_number, correlation_id)
SELECT 'LD-' || n, company, first || ' ' || last, lower(first) || '@' || n || '.example', '',
    'website', n %% 5000, 'USD',
  CASE WHEN n %% 4 = 0 THEN 'jim.halpert' ELSE 'dwight.schrute' END, stage,
  now() - n * interval '20 minutes', 'call', current_date + (n %% 60 - 20), '', CASE stage WHEN
  'lost' THEN 'price' ELSE '' END,
  '', CASE stage WHEN 'lost' THEN 'new' ELSE '' END, lower(company), lower(first) || '@' || n || '.example', '',
  lower('LD-' || n || ' ' || company || ' ' || first || ' ' || last || ' ' || first || '@' || n || '.example'), 1,
  now() - n * interval '20 minutes', CASE WHEN stage IN ('lost', 'converted') THEN now() - n *
  interval '20 minutes' END,
  CASE stage WHEN 'converted' THEN 'CL-1' END, ''
FROM generate_series(%s::int, %s::int) AS n, LATERAL (SELECT
  CASE WHEN n <= {OPEN} THEN (ARRAY['new','contacted','qualified','proposal'])[n / 4 %% 4 + 1]
    ELSE (ARRAY['lost','converted','lost'])[n %% 3 + 1] END AS stage,
  {NAMES} AS company,
  (ARRAY['Ann','Bea','Cyrus','Dora','Emil','Frida','Gus','Hanna','Ivo','June','Karl','Lena',
  'Moses'])[n %% 13 + 1] AS first,
  (ARRAY['Petrov','Quist','Rowe','Stone','Tan','Ueda','Voss','Webb','Xu','Young','Zeller'])[n %% 11
  + 1] AS last) AS person"""
CLIENT = """INSERT INTO sales.client (number, name, contact_name, contact_mail, contact_phone,
    street, city, state, postcode,
  payment_terms_days, credit_limit, currency, owner, active, company_key, search_text, version, created_at)
VALUES ('CL-1', 'A client', 'X', 'x@example.com', '', '1 Main', 'Scranton', 'PA', '18503', 30,
    50000, 'USD', 'jim.halpert', true,
  'a client', 'a client', 1, now()) ON CONFLICT DO NOTHING"""


def main() -> None:
    """Measures and prints; each page's ratio."""
    with two_sides(lambda: fill(FEW), lambda: fill(MANY)) as sides:
        show(measure(sides, PAGES), FEW, MANY)


def fill(count: int) -> None:
    """So many leads, inserted at once: what is measured is reading them."""
    with psycopg.connect(settings().database_dsn("migrator"), autocommit=True) as connection:
        connection.execute(CLIENT)
        connection.execute(FILL, [1, count])
        connection.execute("VACUUM ANALYZE sales.lead")


if __name__ == "__main__":
    main()
