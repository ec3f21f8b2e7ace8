"""The lists of expenses: one's own, and those to decide on or of others."""

from collections.abc import Callable

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.finance.commands import Verdict, decide_expense
from models.finance.policy import CATEGORIES
from models.finance.queries import EXPENSES, ExpenseFilter, Scope
from models.finance.spend import list_departments
from models.finance.tables import Expense
from models.finance.vocabulary import Status
from models.shared.records.commands import Door
from models.shared.transactions import reading
from webapp.finance.area import SORT_WORDS, blueprint
from webapp.finance.people import decider, reader
from webapp.shared.lists.lists import (
    Choice,
    Days,
    List,
    ListState,
    Tab,
    chosen_day,
)
from webapp.shared.lists.selection import selected, state_of_selection
from webapp.shared.pages.fragments import go_to
from webapp.shared.people.preferences import zone
from webapp.shared.people.rights import needs
from webapp.shared.requests.batches import run_for_each, told

FILTERS = (
    Choice("status", "Status", Status.labels(), several=True),
    Choice("category", "Category", CATEGORIES),
    Days("Spent", ("spent_since", "spent_until")),
    Days("Changed"),
)
TABS = (
    Tab("Mine", endpoint="finance.index"),
    Tab("To approve", endpoint="finance.approvals", count="decide"),
    Tab("Everyone else", {"view": "team"}, endpoint="finance.approvals"),
    Tab("To reimburse", endpoint="finance.runs", right="expenses.pay"),
    Tab("Spend", endpoint="finance.spend", right="expenses.report"),
)
COLUMNS: dict[str, str | Callable[[Expense], object]] = {
    "Number": "number",
    "Employee": "owner_name",
    "Department": "department",
    "Purpose": "purpose",
    "Status": lambda row: Status(row.status).label,
    "Requested": "total",
    "Approved": "approved_total",
    "Currency": "currency",
    "Approver": "approver_name",
    "Policy warnings": "marks",
    "Changed (UTC)": lambda row: row.changed_at.isoformat(),
    "Reimbursement run": lambda row: row.run_number or "",
}


def _list(
    endpoint: str, scope_of: Callable[[ListState], Scope], *more: Choice
) -> List[ExpenseFilter]:
    def wanted(state: ListState, session: Session) -> ExpenseFilter:
        return ExpenseFilter(
            reader=reader(session),
            scope=scope_of(state),
            q=state.q,
            statuses=state.filters.get("status", ()),
            department=next(iter(state.filters.get("department", ())), ""),
            category=next(iter(state.filters.get("category", ())), ""),
            spent_since=chosen_day(state, "spent_since"),
            spent_until=chosen_day(state, "spent_until"),
            since=chosen_day(state, "since"),
            until=chosen_day(state, "until"),
            zone=zone(),
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
        search="Number, employee, purpose",
        search_label="Search expenses",
        watches="expenses:*",
        sorts=SORT_WORDS,
        filters=(*FILTERS, *more),
        tabs=TABS,
        columns=COLUMNS,
    )


def _scope_of_others(state: ListState) -> Scope:
    views: dict[str, Scope] = {"team": "team", "all": "all"}
    return views.get(next(iter(state.filters.get("view", ())), ""), "decide")


def _departments() -> dict[str, str]:
    with reading("finance") as session:
        return {each: each for each in list_departments(session)}


OWN = _list("finance.index", lambda _state: "mine")
OF_OTHERS = _list(
    "finance.approvals",
    _scope_of_others,
    Choice("department", "Department", _departments),
    Choice("view", "", {"team": "Everyone else", "all": "Everyone"}, place="tabs"),
)


@blueprint.get("/")
@needs("expenses.claim")
def index() -> ResponseReturnValue:
    """Show the person's own expenses; the URL holds the list's state."""
    return OWN.show(scope="mine")


@blueprint.get("/approvals")
@needs("expenses.claim")
def approvals() -> ResponseReturnValue:
    """Show the expenses to decide on or, with `view`, more that one may see."""
    shown = OF_OTHERS.look()
    return OF_OTHERS.draw(shown, scope=_scope_of_others(shown.state))


@blueprint.get("/export.csv")
@needs("expenses.claim")
def export() -> Response:
    """Export the filtered list as CSV."""
    scope = request.args.get("scope")
    if scope not in ("decide", "team", "all"):
        return OWN.export()
    return OF_OTHERS.export(view=() if scope == "decide" else (scope,))


@blueprint.post("/selected/approve")
@needs("expenses.decide")
def approve_selected() -> ResponseReturnValue:
    """Approve the selected expenses in full, each by itself, as the person saw them."""
    versions, circumstance = selected(OF_OTHERS), decider()

    def approve(door: Door, number: str) -> None:
        verdict = Verdict(do="approve", version=versions[number] or None)
        door.run(decide_expense, number, verdict, **circumstance)

    back = go_to(state_of_selection(OF_OTHERS).url())
    return told(back, run_for_each(versions, approve), "expense", "{} approved.")
