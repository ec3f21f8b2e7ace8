"""The bare peer of the orders list: Flask, a psycopg pool, Jinja, the same rows by the same kind of query."""

from flask import Flask, render_template
from jinja2 import DictLoader
from psycopg_pool import ConnectionPool

QUERY = """SELECT number, client_name, city, owner, owner_name, status, cases, reserved, short, shipped, placed_at, total
FROM orders."order" ORDER BY placed_at DESC, number DESC LIMIT 26"""
PAGE = """<!doctype html><html lang="en"><head><title>Orders</title></head><body><h1>Orders</h1><table><tbody>
{% for row in rows %}<tr><td><a href="/orders/{{ row[0] }}">{{ row[0] }}</a></td><td>{{ row[1] }} {{ row[2] }}</td>
<td>{{ row[5] }}</td><td>{{ row[9] }} of {{ row[6] }}</td><td>{{ row[4] }}</td><td>{{ row[10] }}</td>
<td>{{ "{:,.2f}".format(row[11]) }}</td></tr>{% endfor %}</tbody></table></body></html>"""


def create_bare_app(dsn: str) -> Flask:
    """One page, `/orders/`, and nothing around it."""
    app, pool = Flask("bare"), ConnectionPool(dsn, min_size=1, max_size=4, open=True)
    app.jinja_loader = DictLoader({"orders.html": PAGE})

    @app.get("/orders/")
    def orders() -> str:
        with pool.connection() as connection:
            rows = connection.execute(QUERY).fetchall()
        return render_template("orders.html", rows=rows[:25])

    app.extensions["pool"] = pool
    return app
