"""The list of orders: its tabs, filters, sorts, columns of the export, and how its rows are drawn."""

import re
from functools import lru_cache
from typing import Any

import msgspec
from flask import Response, current_app
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from models.orders.queries import ORDERS, OrderFilter, count_orders_and_tabs
from models.orders.rules import OPEN
from models.orders.vocabulary import Status
from models.shared.database.rows import AnyRow
from models.shared.records.lists import Count, Page
from webapp.orders.area import WORDS, blueprint
from webapp.orders.rights import decides_for_some
from webapp.orders.words import SORT_WORDS
from webapp.shared.lists.columns import Column, ColumnChoice
from webapp.shared.lists.lists import (
    Choice,
    Days,
    Figures,
    List,
    ListState,
    ListView,
    Tab,
    chosen_day,
)
from webapp.shared.lists.owners import owner_filter, owners_in
from webapp.shared.pages.presentation import since
from webapp.shared.people.preferences import memory, zone
from webapp.shared.people.rights import can, needs, person


def _is_client_number(value: str) -> bool:
    return re.fullmatch(r"CL-\d{1,9}", value, re.ASCII) is not None


def wanted_of(state: ListState, _session: Session | None = None) -> OrderFilter:
    """The domain's filter of what the address asks."""
    statuses = state.filters.get("status", ())
    opened = OPEN if "open" in statuses else ()
    return OrderFilter(
        q=state.q,
        statuses=tuple(
            dict.fromkeys((*opened, *(status for status in statuses if status != "open")))
        ),
        since=chosen_day(state, "since"),
        until=chosen_day(state, "until"),
        zone=zone(),
        owners=owners_in(state),
        client_number=next(iter(state.filters.get("client", ())), ""),
    )


def figures(session: Session, _state: ListState, wanted: OrderFilter, page: Page) -> Figures:
    """All counts in one statement."""
    rows, worth, tabs = count_orders_and_tabs(session, wanted, person().uid, page)
    return Figures(Count(rows, worth), tabs)


ORDERS_LIST = List(
    name="orders",
    title="Orders",
    endpoint="orders.index",
    export_endpoint="orders.export",
    service="orders",
    template="orders/list.html",
    source=ORDERS,
    wanted=wanted_of,
    figures=figures,
    search="Number, client, product",
    search_label="Search orders",
    watches="orders:*",
    sorts=SORT_WORDS,
    filters=(
        Choice(
            "status",
            "Status",
            {"open": "Open", **Status.labels()},
            several=True,
        ),
        owner_filter(("sales", "sales-managers")),
        Choice("client", "Client", {}, place="tabs", accepts=_is_client_number),
        Days("Placed"),
    ),
    tabs=(
        Tab("All"),
        Tab("My open orders", {"owner": "mine", "status": "open"}, "mine"),
        Tab("Needs approval", {"status": "awaiting_approval"}, "awaiting_approval"),
        Tab("Back-ordered", {"status": "back_ordered"}, "back_ordered"),
        Tab("Reserved", {"status": "reserved"}, "reserved"),
        Tab("Shipped", {"status": "shipped"}, "shipped"),
        Tab(
            "My drafts",
            count="drafts",
            endpoint="orders.drafts",
            right="orders.place",
            hides_empty=True,
        ),
    ),
    table=(
        Column("number", "Number", fixed=True),
        Column("client", "Client", "client"),
        Column("city", "City", extra=True),
        Column("status", "Status"),
        Column("shipped", "Cases shipped", "drop-first"),
        Column("cases", "Cases", "num", extra=True),
        Column("short", "Back-ordered", "num", extra=True),
        Column("owner", "Owner", "drop-next"),
        Column(
            "placed",
            "Placed",
            "when",
            sorts=(("newest", "descending"), ("oldest", "ascending")),
        ),
        Column("discount", "Discount, %", "num", extra=True),
        Column("total", "Total, USD", "num mid", sorts=(("total", "descending"),)),
    ),
    columns={
        "Number": "number",
        "Client": "client_name",
        "City": "city",
        "Status": lambda row: Status(row.status).label,
        "Owner": lambda row: row.owner_name or row.owner,
        "Placed (UTC)": lambda row: row.placed_at.isoformat(),
        "Cases": "cases",
        "Reserved": "reserved",
        "Short": "short",
        "Shipped": "shipped",
        "Discount, %": "discount_percent",
        "Total": "total",
        "Currency": "currency",
    },
)


@blueprint.get("/")
@needs("orders.see")
def index() -> ResponseReturnValue:
    """The list; the address holds its state."""
    shown = ORDERS_LIST.look()
    drawn = _draw(shown.page.rows, shown.columns)
    return ORDERS_LIST.draw(shown, drawn=drawn, may_approve=_may_approve(shown))


@blueprint.get("/export.csv")
@needs("orders.see")
def export() -> Response:
    """All that the filter leaves, as CSV."""
    return ORDERS_LIST.export()


def _may_approve(shown: ListView) -> bool:
    """Whether this person decides on some order of the page."""
    waiting = {row.owner for row in shown.page.rows if row.status == "awaiting_approval"}
    return bool(waiting) and can("orders.approve") and decides_for_some(waiting)


class Drawn(msgspec.Struct, frozen=True):
    """Rendered orders, as table rows and as cards for phones."""

    lines: Markup
    cards: Markup


def _draw(rows: list[AnyRow], columns: ColumnChoice) -> Drawn:
    rights, looks = (can("orders.place"), can("clients.see")), (zone(), memory().faces())
    drawn = [_draw_row(row, columns, since(row.placed_at), looks, *rights) for row in rows]
    lines, cards = ("".join(each[n] for each in drawn) for n in (0, 1))
    return Drawn(Markup(lines), Markup(cards))  # noqa: S704  both are escaped


@lru_cache(maxsize=4096)
def _draw_row(
    row: AnyRow,
    columns: ColumnChoice,
    _ago: str,
    _looks: object,
    may_place: bool,
    _sees_clients: bool,
) -> tuple[str, str]:
    """Render one order as (table row, card).

    Cached per row, columns, age text, time zone, avatars and rights, since most of a list is unchanged
    between requests.
    """
    macros: Any = current_app.jinja_env.get_template("orders/_row.html").make_module(
        {"words": WORDS}
    )
    return str(macros.line(row, may_place, columns)), str(macros.card(row))
