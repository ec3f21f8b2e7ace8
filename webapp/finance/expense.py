"""One expense: its page, the decision on it, and the print view."""

import re
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.finance.commands import Verdict, decide_expense
from models.finance.people import people_by_uid
from models.finance.policy import Finding
from models.finance.queries import get_expense, list_decisions
from models.finance.rules import DECIDABLE, EDITABLE, STEPS, may_decide
from models.finance.validation import remarks_on
from models.shared.errors import DomainError, Invalid
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.expense_form import read_amount
from webapp.finance.people import decider, reader
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import can, needs, person
from webapp.shared.requests.commands import run

PAGE = "finance/detail.html"


@blueprint.get("/<number>")
@needs("expenses.claim")
def detail(number: str) -> ResponseReturnValue:
    """Show the expense's page to its owner and to others who may see it."""
    return render_page_or_block(PAGE, "main", **shown(number))


@blueprint.get("/<number>/state")
@needs("expenses.claim")
def state(number: str) -> ResponseReturnValue:
    """Return the inner part of the page, for open pages that watch the expense."""
    return render_block(PAGE, "inside", **shown(number))


@blueprint.get("/<number>/print")
@needs("expenses.claim")
def print_view(number: str) -> ResponseReturnValue:
    """Show the expense report for printing."""
    return render_page_or_block("finance/print.html", "main", **shown(number))


@blueprint.post("/<number>/decide")
@needs("expenses.decide")
def decide(number: str) -> ResponseReturnValue:
    """Approve (all, or an amount per line), refuse or send back.

    Posted from the page, from the list of approvals or from the notification.
    """
    try:
        run(decide_expense, number, read_verdict(), **decider())
    except Invalid as error:
        return render_page_or_block(PAGE, "main", 422, **{**shown(number), "errors": error.errors})
    except DomainError as error:
        if error.status in (403, 404):
            raise
        return render_page_or_block(
            PAGE, "main", error.status, **{**shown(number), "notice": error.message}
        )
    return go_to(_where_it_was_decided(number))


def _where_it_was_decided(number: str) -> str:
    match request.form.get("back"):
        case "list":
            return url_for("finance.approvals")
        case "home":
            return url_for("gateway.home")
    return url_for("finance.detail", number=number)


def read_verdict() -> Verdict:
    """Parse the posted decision. Raises Invalid for an unknown decision or invalid amounts."""
    form, do = request.form, request.form.get("do", "")
    if do not in ("approve", "part", "refuse", "send_back"):
        raise Invalid({"do": "Approve, refuse or send back."})
    typed = {
        int(found[1]): text
        for name, text in form.items()
        if (found := re.fullmatch(r"amount-(\d{1,6})", name, re.ASCII))
    }
    amounts = {line: read_amount(text) for line, text in typed.items()} if do == "part" else None
    if amounts is not None and (
        wrong := [line for line, amount in amounts.items() if amount is None]
    ):
        raise Invalid({f"amount-{line}": "An amount such as 12.50." for line in wrong})
    step: Any = form.get("step") if form.get("step") in ("manager", "accounting") else None
    return Verdict(
        do="approve" if do == "part" else do,  # type: ignore[arg-type]
        reason=form.get("reason", ""),
        amounts=amounts,  # type: ignore[arg-type]
        version=whole(form.get("version")),
        round=whole(form.get("round")),
        step=step,
    )


def shown(number: str) -> dict[str, Any]:
    """Return everything that the page of an expense shows to this person."""
    with reading("finance") as session:
        looks = reader(session)
        expense = get_expense(session, number, looks)
        decisions, history = (
            list_decisions(session, number),
            list_history(session, "expense", number),
        )
        remarks, people = remarks_on(session, expense), people_by_uid(session)
    mine, kept = expense.owner == person().uid, decisions[-1].findings if decisions else []
    said = (
        remarks if expense.status in (*EDITABLE, *DECIDABLE) else [Finding(**each) for each in kept]
    )
    return {
        "expense": expense,
        "decisions": decisions,
        "history": history,
        "remarks": said,
        "mine": mine,
        "names": {uid: each.name for uid, each in people.items()},
        "errors": {},
        "notice": "",
        "may_decide": can("expenses.decide") and may_decide(expense, looks),
        "may_edit": mine and expense.status in EDITABLE,
        "may_withdraw": mine and "withdraw" in STEPS[expense.status],
    }
