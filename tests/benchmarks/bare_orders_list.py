"""The bare peer of the orders list: Flask, a psycopg pool, Jinja; the same rows, counts and facts, nothing around."""

from flask import Flask, render_template
from jinja2 import DictLoader
from psycopg_pool import ConnectionPool

ROWS = """SELECT number, client_name, city, owner, owner_name, status, cases, reserved, short, shipped, placed_at, total
FROM orders."order" ORDER BY placed_at DESC, number DESC LIMIT 26"""
COUNTS = """SELECT c.count, c.worth, t.status, t.every, t.mine
FROM (SELECT count(*), coalesce(sum(total), 0) AS worth FROM (SELECT total FROM orders."order" LIMIT 10001) AS o) AS c
LEFT JOIN (SELECT status, count(*) AS every, count(*) FILTER (WHERE owner = 'jim.halpert') AS mine FROM orders."order"
  WHERE status IN ('placed', 'reserved', 'back_ordered', 'partly_shipped', 'shipped', 'cancelling') GROUP BY status)
  AS t ON true"""
PAGE = """<!doctype html><html lang="en"><head><title>Orders</title></head><body>
<nav><a href="/">Home</a> <a href="/wuphf/">WUPHF</a>
<a href="/orders/">Orders</a> <a href="/products/">Products</a></nav>
<h1>Orders {{ "{:,}".format(count) }}</h1>
<p><a href="/orders/">All</a> <a href="/orders/?owner=mine">Mine {{ mine }}</a>
{% for name in ("back_ordered", "reserved", "shipped") %}<a href="/orders/?status={{ name }}">{{ words[name] }}
 {{ tabs.get(name, 0) }}</a>{% endfor %}</p><form><input name="q"><select name="status">
{% for name, word in words.items() %}<option value="{{ name }}">{{ word }}</option>{% endfor %}</select></form>
<table><tbody>{% for row in rows %}<tr><td><a href="/orders/{{ row[0] }}">{{ row[0] }}</a></td>
<td>{{ row[1] }} {{ row[2] }}</td><td>{{ words[row[5]] }}</td>
<td>{{ row[9] }} shipped, {{ row[7] }} held, {{ row[8] }} short of {{ row[6] }}</td><td>{{ row[4] or row[3] }}</td>
<td><time datetime="{{ row[10].isoformat() }}">{{ row[10].strftime("%d %b %H:%M") }}</time></td>
<td>{{ "{:,.2f}".format(row[11]) }}</td><td><a href="/orders/{{ row[0] }}/order.pdf">Print</a>
<a href="/orders/new?repeat={{ row[0] }}">Repeat</a></td></tr>{% endfor %}</tbody></table>
<p>{{ rows|length }} of {{ "{:,}".format(count) }}, ${{ "{:,.2f}".format(worth) }} in this view</p></body></html>"""
WORDS = {
    "placed": "Placed",
    "reserved": "Reserved",
    "back_ordered": "Back-ordered",
    "partly_shipped": "Partly shipped",
    "shipped": "Shipped",
    "delivered": "Delivered",
    "cancelling": "Cancelling",
    "cancelled": "Cancelled",
}


def create_bare_app(dsn: str) -> Flask:
    """One page, `/orders/`: no sign-in, no rights, no navigation by role, no logs, no macros."""
    app, pool = Flask("bare"), ConnectionPool(dsn, min_size=1, max_size=4, open=True)
    app.jinja_loader = DictLoader({"orders.html": PAGE})

    @app.get("/orders/")
    def orders() -> str:
        with pool.connection() as connection:
            rows = connection.execute(ROWS).fetchall()
            counts = connection.execute(COUNTS).fetchall()
        return render_template(
            "orders.html",
            rows=rows[:25],
            count=counts[0][0],
            worth=counts[0][1],
            words=WORDS,
            tabs={row[2]: row[3] for row in counts},
            mine=sum(row[4] or 0 for row in counts),
        )

    app.extensions["pool"] = pool
    return app
