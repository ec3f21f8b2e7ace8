"""What other pages include from the finance area: cards on the home page, results for the palette."""

from flask import request
from flask.typing import ResponseReturnValue

from models.finance.people import manages_somebody, office_today
from models.finance.queries import ExpenseFilter, Scope, count_expenses, list_expenses, sum_spent_by
from models.shared.database import reading
from webapp.finance.area import blueprint
from webapp.finance.people import reader
from webapp.shared.fragments import render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.get("/home")
@needs("expenses.claim")
def home_card() -> ResponseReturnValue:
    """What waits for one's decision, oldest first; with nothing there, a word to those who are
    asked to decide at all.
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
    """What one spent this month, and where one's open expenses stand."""
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
    """A few expenses for the palette: one's own, then others' that one may see."""
    q = request.args.get("q", "").strip()[:100]
    rows = []
    with reading("finance") as session:
        looks = reader(session)
        scopes: tuple[Scope, ...] = ("mine", "team") if q else ()
        for scope in scopes:
            wanted = ExpenseFilter(reader=looks, scope=scope, q=q)
            rows += list_expenses(session, wanted, size=4).rows
    return render_page_or_block("finance/_search.html", "results", rows=rows)
