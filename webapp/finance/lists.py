"""Lists of expenses, one's own and those to decide on: search, filters, pages, CSV export."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.finance.policy import CATEGORIES
from models.finance.queries import (
    COUNTED,
    SORTS,
    ExpenseFilter,
    Scope,
    count_expenses,
    each_expense,
    keys_of,
    list_expenses,
)
from models.finance.rules import STATUSES
from models.shared.database import reading
from webapp.finance.area import blueprint
from webapp.finance.people import reader
from webapp.shared.fragments import render_page_or_block
from webapp.shared.listing import Listing, csv_response, encode_cursor, listing_from_request
from webapp.shared.rights import needs

HEADER = (
    "Number",
    "Person",
    "Department",
    "For",
    "Status",
    "Total",
    "Approved",
    "Currency",
    "Approver",
    "Remarks",
    "Changed (UTC)",
    "Run",
)


@blueprint.get("/")
@needs("expenses.claim")
def index() -> ResponseReturnValue:
    """Show the person's own expenses; the URL holds the list's state."""
    return _show("mine")


@blueprint.get("/approvals")
@needs("expenses.claim")
def approvals() -> ResponseReturnValue:
    """Show what awaits the person's decision, or with `view=team` all others that they may see."""
    return _show("team" if request.args.get("view") == "team" else "decide")


@blueprint.get("/export.csv")
@needs("expenses.claim")
def export() -> Response:
    """Export all expenses that match the filter, as CSV."""
    asked, scope = _asked(), request.args.get("scope", "mine")
    with reading("finance") as session:
        rows = each_expense(
            session,
            scope if scope in ("decide", "team") else "mine",  # type: ignore[arg-type]
            reader(session),
            _wanted(asked),
            asked.sort,
        )
    return csv_response("expenses.csv", HEADER, map(_cells, rows))


def _show(scope: Scope) -> ResponseReturnValue:
    asked = _asked()
    wanted = _wanted(asked)
    with reading("finance") as session:
        looks = reader(session)
        page = _page(session, scope, looks, asked, wanted)
        count, worth = count_expenses(session, scope, looks, wanted)
        waiting, _ = count_expenses(session, "decide", looks, ExpenseFilter())
    cursors = (
        {
            "first": encode_cursor(keys_of(page.rows[0], asked.sort)),
            "last": encode_cursor(keys_of(page.rows[-1], asked.sort)),
        }
        if page.rows
        else {}
    )
    return render_page_or_block(
        "finance/list.html",
        "list",
        asked=asked,
        page=page,
        count=count,
        worth=worth,
        exact=count <= COUNTED,
        scope=scope,
        waiting=waiting,
        cursors=cursors,
        since=wanted.since,
        until=wanted.until,
        statuses=STATUSES,
        sorts=SORTS,
    )


def _asked() -> Listing:
    asked = listing_from_request(
        sorts=tuple(SORTS),
        filters={"status": STATUSES, "category": tuple(CATEGORIES), "view": ("team",)},
    )
    days = {name: (request.args[name],) for name in ("since", "until") if _day(name)}
    return replace(asked, filters={**asked.filters, **days})


def _wanted(asked: Listing) -> ExpenseFilter:
    return ExpenseFilter(
        q=asked.q,
        statuses=asked.filters.get("status", ()),
        category=(*asked.filters.get("category", ()), "")[0],
        since=_day("since"),
        until=_day("until"),
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _page(session: Any, scope: Scope, looks: Any, asked: Listing, wanted: ExpenseFilter) -> Any:
    try:
        return list_expenses(
            session,
            scope,
            looks,
            wanted,
            asked.sort,
            after=asked.after,
            before=asked.before,
            size=asked.size,
        )
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.number,
        row.owner_name,
        row.department,
        row.purpose,
        row.status,
        row.total,
        row.approved_total,
        row.currency,
        row.approver_name,
        row.marks,
        row.changed_at.isoformat(),
        row.run_number or "",
    )
