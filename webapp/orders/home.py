"""Fragments that other pages include: the home page cards and the palette's order results."""

from datetime import date, timedelta
from decimal import Decimal

from flask import request
from flask.typing import ResponseReturnValue

from models.orders.queries import (
    OFFICE,
    OrderFilter,
    list_orders,
    list_to_decide,
    list_waiting_orders,
    sum_booked_by_day,
)
from models.shared import clock
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.bookings_chart import booked_chart
from webapp.orders.rights import is_sales_manager
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import can, needs, person


@blueprint.get("/home")
@needs("orders.see")
def home_card() -> ResponseReturnValue:
    """Show the orders that wait for this person's decision, and their own that wait."""
    with reading("orders") as session:
        waiting, count = list_waiting_orders(session, person().uid)
        decide = (
            list_to_decide(session, person().uid, is_manager=is_sales_manager())
            if can("orders.approve")
            else []
        )
    return render_page_or_block(
        "orders/_home.html", "card", waiting=waiting, count=count, decide=decide
    )


@blueprint.get("/home/booked")
@needs("orders.see")
def booked_card() -> ResponseReturnValue:
    """Show what was booked this month so far, compared with last month."""
    today = clock.now().astimezone(OFFICE).date()
    before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    with reading("orders") as session:
        booked = sum_booked_by_day(session, before, today)
    days, last = (
        _running(booked, today.replace(day=1), today),
        _running(booked, before, today.replace(day=1) - timedelta(days=1)),
    )
    return render_page_or_block(
        "orders/_booked.html",
        "card",
        today=today,
        before=before,
        days=days,
        chart=booked_chart(days, last, today.day),
    )


@blueprint.get("/search")
@needs("orders.see")
def search() -> ResponseReturnValue:
    """Return up to six matching orders for the palette."""
    q = request.args.get("q", "").strip()[:100]
    with reading("orders") as session:
        rows = list_orders(session, OrderFilter(q=q), size=6).rows if q else []
    return render_page_or_block("orders/_search.html", "results", rows=rows, q=q)


def _running(
    booked: dict[date, Decimal], first: date, until: date
) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, booked that day, booked since `first`) from `first` to `until`.

    Covers working days, and weekend days with bookings.
    """
    rows, so_far = [], Decimal(0)
    for n in range((until - first).days + 1):
        day = first + timedelta(days=n)
        so_far += booked.get(day, Decimal(0))
        if day.weekday() < 5 or day in booked:
            rows.append((day, booked.get(day, Decimal(0)), so_far))
    return rows
