"""What other pages include from the orders area: the card on the home page, results for the palette."""

from datetime import date, timedelta
from decimal import Decimal

from flask import request
from flask.typing import ResponseReturnValue

from models.orders.queries import OFFICE, OrderFilter, list_orders, list_waiting_orders, sum_booked_by_day
from models.shared import clock
from models.shared.database import reading
from webapp.orders.area import blueprint
from webapp.shared.fragments import render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.get("/home")
@needs("orders.see")
def home_card() -> ResponseReturnValue:
    """My orders that wait, and what was booked this month by working day."""
    today = clock.now().astimezone(OFFICE).date()
    with reading("orders") as session:
        waiting, count = list_waiting_orders(session, person().uid)
        booked = sum_booked_by_day(session, today.replace(day=1), today)
    return render_page_or_block("orders/_home.html", "card", waiting=waiting, count=count, today=today,
                                days=_running(booked, today), part=request.args.get("part", ""))


@blueprint.get("/search")
@needs("orders.see")
def search() -> ResponseReturnValue:
    """A few orders for the palette."""
    q = request.args.get("q", "").replace("\0", "").strip()[:100]
    with reading("orders") as session:
        rows = list_orders(session, OrderFilter(q=q), size=6).rows if q else []
    return render_page_or_block("orders/_search.html", "results", rows=rows, q=q)


def _running(booked: dict[date, Decimal], today: date) -> list[tuple[date, Decimal, Decimal]]:
    """Each working day of the month until today: what was booked on it, and in the month so far."""
    rows, so_far = [], Decimal(0)
    for n in range(today.day):
        day = today.replace(day=1) + timedelta(days=n)
        so_far += booked.get(day, Decimal(0))
        if day.weekday() < 5 or day in booked:
            rows.append((day, booked.get(day, Decimal(0)), so_far))
    return rows
