"""The lists of expenses: one's own, and those to decide on or of others."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.finance.policy import CATEGORIES
from models.finance.queries import EXPENSES, ExpenseFilter, Scope
from models.finance.rules import STATUSES
from webapp.finance.area import SORT_WORDS, STATUS, blueprint
from webapp.finance.people import reader
from webapp.shared.lists.lists import (
    Choice,
    Days,
    List,
    ListState,
    Tab,
    chosen_day,
)
from webapp.shared.people.rights import needs

FILTERS = (
    Choice("status", "Status", {status: STATUS[status][0] for status in STATUSES}, several=True),
    Choice("category", "Category", CATEGORIES),
    Days("Changed"),
)
TABS = (
    Tab("Mine", endpoint="finance.index"),
    Tab("To decide", endpoint="finance.approvals", count="decide"),
    Tab("Others’", {"view": "team"}, endpoint="finance.approvals"),
    Tab("To pay", endpoint="finance.runs", right="expenses.pay"),
    Tab("Spend", endpoint="finance.spend", right="expenses.report"),
)
COLUMNS: dict[str, str | Callable[[Any], Any]] = {
    "Number": "number",
    "Person": "owner_name",
    "Department": "department",
    "For": "purpose",
    "Status": "status",
    "Total": "total",
    "Approved": "approved_total",
    "Currency": "currency",
    "Approver": "approver_name",
    "Remarks": "marks",
    "Changed (UTC)": lambda row: row.changed_at.isoformat(),
    "Run": lambda row: row.run_number or "",
}


def _list(endpoint: str, scope_of: Callable[[ListState], Scope], *more: Choice) -> List:
    def wanted(state: ListState, session: Session) -> ExpenseFilter:
        return ExpenseFilter(
            reader=reader(session),
            scope=scope_of(state),
            q=state.q,
            statuses=state.filters.get("status", ()),
            category=next(iter(state.filters.get("category", ())), ""),
            since=chosen_day(state, "since"),
            until=chosen_day(state, "until"),
        )

    return List(
        name="expenses",
        title="Expenses",
        endpoint=endpoint,
        export_endpoint="finance.export",
        export_with=lambda state: {"scope": scope_of(state)},
        service="finance",
        template="finance/list.html",
        source=EXPENSES,
        wanted=wanted,
        search="Number, person, purpose",
        search_label="Search expenses",
        sorts=SORT_WORDS,
        filters=(*FILTERS, *more),
        tabs=TABS,
        columns=COLUMNS,
    )


def _scope_of_others(state: ListState) -> Scope:
    return "team" if state.filters.get("view") else "decide"


OWN = _list("finance.index", lambda _state: "mine")
OF_OTHERS = _list(
    "finance.approvals",
    _scope_of_others,
    Choice("view", "", {"team": "Others’"}, place="tabs"),
)


@blueprint.get("/")
@needs("expenses.claim")
def index() -> ResponseReturnValue:
    """One's own expenses; the address holds the list's state."""
    return OWN.show(scope="mine")


@blueprint.get("/approvals")
@needs("expenses.claim")
def approvals() -> ResponseReturnValue:
    """What waits for one's decision, and with `view=team` all that one may see of others."""
    shown = OF_OTHERS.look()
    return OF_OTHERS.draw(shown, scope=_scope_of_others(shown.state))


@blueprint.get("/export.csv")
@needs("expenses.claim")
def export() -> Response:
    """All that the filter leaves, as CSV."""
    scope = request.args.get("scope")
    if scope not in ("decide", "team"):
        return OWN.export()
    return OF_OTHERS.export(view=("team",) if scope == "team" else ())
