"""The order list: search, filters, tabs, pages and CSV export."""

from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from models.orders.queries import (
    COUNTED,
    SORTS,
    OrderFilter,
    count_orders_and_tabs,
    each_order,
    keys_of,
    list_orders,
)
from models.orders.rules import OPEN, STATUSES
from models.shared.database import reading
from webapp.orders.area import WORDS, blueprint
from webapp.shared.fragments import render_block, render_page_or_block
from webapp.shared.listing import (
    Listing,
    csv_response,
    decode_cursor,
    encode_cursor,
    listing_from_request,
)
from webapp.shared.preferences import memory, zone
from webapp.shared.presentation import since
from webapp.shared.rights import can, needs, person

HEADER = (
    "Number",
    "Client",
    "City",
    "Status",
    "Owner",
    "Placed (UTC)",
    "Cases",
    "Reserved",
    "Short",
    "Shipped",
    "Discount, %",
    "Total",
    "Currency",
)


@blueprint.get("/")
@needs("orders.see")
def index() -> ResponseReturnValue:
    """Show the list; the URL holds its whole state."""
    asked = _asked()
    wanted = _wanted(asked)
    with reading("orders") as session:
        page = _page(session, asked, wanted)
        count, worth, tabs = count_orders_and_tabs(session, wanted, person().uid, page)
    return render_page_or_block(
        "orders/list.html",
        "list",
        asked=asked,
        page=page,
        drawn=_draw(page.rows),
        views=_views(asked),
        count=count,
        worth=worth,
        tabs=tabs,
        exact=count <= COUNTED,
        cursors=_cursors(page.rows, asked.sort),
        since=wanted.since,
        until=wanted.until,
        statuses=STATUSES,
        sorts=SORTS,
    )


@blueprint.get("/newer")
@needs("orders.see")
def newer() -> ResponseReturnValue:
    """Show the "N new" line: how many orders of this view were placed since the page was made."""
    asked = _asked()
    first = decode_cursor(request.args.get("first", ""))
    with reading("orders") as session:
        page = (
            list_orders(session, _wanted(asked), "newest", before=first, size=99) if first else None
        )
    return render_block(
        "orders/list.html",
        "newer",
        asked=asked,
        news=len(page.rows) if page else 0,
        cursors={"first": request.args.get("first", "")},
    )


@blueprint.get("/export.csv")
@needs("orders.see")
def export() -> Response:
    """Export the orders that match the filter as CSV, at most 50,000."""
    asked = _asked()
    with reading("orders") as session:
        rows = each_order(session, _wanted(asked), asked.sort)
    return csv_response("orders.csv", HEADER, map(cells, rows))


def cells(row: Any) -> tuple[Any, ...]:
    """Return an order's CSV row, in the order of HEADER."""
    return (
        row.number,
        row.client_name,
        row.city,
        row.status,
        row.owner_name or row.owner,
        row.placed_at.isoformat(),
        row.cases,
        row.reserved,
        row.short,
        row.shipped,
        row.discount_percent,
        row.total,
        row.currency,
    )


def _asked() -> Listing:
    asked = listing_from_request(
        sorts=tuple(SORTS), filters={"status": (*STATUSES, "open"), "owner": ("mine",)}
    )
    days = {name: (request.args[name],) for name in ("since", "until") if _day(name)}
    return Listing(
        **{
            **{name: getattr(asked, name) for name in asked.__dataclass_fields__},
            "filters": {**asked.filters, **days},
        }
    )


def _wanted(asked: Listing) -> OrderFilter:
    statuses = asked.filters.get("status", ())
    return OrderFilter(
        q=asked.q,
        statuses=OPEN if "open" in statuses else statuses,
        since=_day("since"),
        until=_day("until"),
        owner=person().uid if asked.filters.get("owner") else "",
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _page(session, asked: Listing, wanted: OrderFilter):
    try:
        return list_orders(
            session, wanted, asked.sort, after=asked.after, before=asked.before, size=asked.size
        )
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error


def _cursors(rows: list, sort: str) -> dict[str, str]:
    if not rows:
        return {}
    return {
        "first": encode_cursor(keys_of(rows[0], sort)),
        "last": encode_cursor(keys_of(rows[-1], sort)),
    }


class Drawn(msgspec.Struct, frozen=True):
    """Rendered orders, as table rows and as cards for phones."""

    lines: Markup
    cards: Markup


def _draw(rows: list) -> Drawn:
    may_place, looks = can("orders.place"), (zone(), memory().faces())
    drawn = [_draw_row(row, since(row.placed_at), looks, may_place) for row in rows]
    lines, cards = ("".join(each[n] for each in drawn) for n in (0, 1))
    return Drawn(Markup(lines), Markup(cards))  # noqa: S704  both are escaped


@lru_cache(maxsize=4096)
def _draw_row(row: Any, _ago: str, _looks: Any, may_place: bool) -> tuple[str, str]:
    """Render one order as (table row, card).

    Cached per row, age text, time zone and avatars, since most of a list is unchanged between
    requests.
    """
    macros: Any = current_app.jinja_env.get_template("orders/_row.html").make_module(
        {"words": WORDS}
    )
    return str(macros.line(row, may_place)), str(macros.card(row))


class View(msgspec.Struct, frozen=True):
    """A tab above the list: label, URL filters, and the name of the count it shows."""

    words: str
    filters: dict[str, str]
    count: str = ""


VIEWS = (
    View("All", {}),
    View("Mine, open", {"owner": "mine", "status": "open"}, "mine"),
    View("Waits for approval", {"status": "awaiting_approval"}, "awaiting_approval"),
    View("Waiting on stock", {"status": "back_ordered"}, "back_ordered"),
    View("Ready to ship", {"status": "reserved"}, "reserved"),
    View("On the way", {"status": "shipped"}, "shipped"),
)


def _views(asked: Listing) -> list[tuple[View, bool]]:
    current = {name: values[0] for name, values in asked.filters.items() if len(values) == 1}
    return [(view, current == view.filters and not asked.q) for view in VIEWS]
