"""Fragments that other pages load from finance: home page cards and command palette results."""

from flask import request
from flask.typing import ResponseReturnValue

from models.finance.people import manages_somebody, office_today
from models.finance.queries import ExpenseFilter, Scope, count_expenses, list_expenses, sum_spent_by
from models.finance.reimbursement import search_runs
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.people import reader
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import can, needs, person


@blueprint.get("/home")
@needs("expenses.claim")
def home_card() -> ResponseReturnValue:
    """Show the expenses that await the person's decision, oldest first.

    With none waiting, it shows a note to those who do decide on expenses.
    """
    with reading("finance") as session:
        looks = reader(session)
        wanted = ExpenseFilter(reader=looks, scope="decide")
        rows = list_expenses(session, wanted, "oldest", size=5).rows
        count = count_expenses(session, wanted).rows
        decides = looks.in_accounting or manages_somebody(session, person().uid)
    return render_page_or_block(
        "finance/_home.html", "decide", rows=rows, count=count, decides=decides
    )


@blueprint.get("/home/spent")
@needs("expenses.claim")
def spent_card() -> ResponseReturnValue:
    """Show what the person spent this month and the status of their open expenses."""
    month = office_today().replace(day=1)
    with reading("finance") as session:
        wanted = ExpenseFilter(
            reader=reader(session),
            statuses=(
                "draft",
                "sent_back",
                "submitted",
                "with_accounting",
                "approved",
                "partly_approved",
            ),
        )
        rows = list_expenses(session, wanted, size=3).rows
        spent = sum_spent_by(session, person().uid, month)
    return render_page_or_block("finance/_spent.html", "spent", rows=rows, spent=spent, month=month)


@blueprint.get("/search")
@needs("expenses.claim")
def search() -> ResponseReturnValue:
    """Return a few expenses for the command palette: the person's own, then others they may see.

    Reimbursement runs are found by number, by those who may reimburse.
    """
    q = request.args.get("q", "").strip()[:100]
    rows = []
    with reading("finance") as session:
        looks = reader(session)
        scopes: tuple[Scope, ...] = ("mine", "team") if q else ()
        for scope in scopes:
            wanted = ExpenseFilter(reader=looks, scope=scope, q=q)
            rows += list_expenses(session, wanted, size=4).rows
        runs = search_runs(session, q) if q and can("expenses.pay") else []
    return render_page_or_block("finance/_search.html", "results", rows=rows, runs=runs)
