"""One expense: its page, and the decision on it."""

import re
from typing import Literal

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.finance.commands import Do, Verdict, decide_expense
from models.finance.people import names_in_words, people_by_uid
from models.finance.policy import Finding
from models.finance.queries import get_expense, list_decisions
from models.finance.rules import DECIDABLE, EDITABLE, STEPS, may_decide
from models.finance.spend import budgets_left
from models.finance.validation import remarks_on
from models.shared.errors import DomainError, Invalid
from models.shared.records.history import list_history
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.expense_form import read_amount, unclear_amounts
from webapp.finance.people import decider, reader
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import can, needs, person, takes_lines
from webapp.shared.requests.commands import run

PAGE = "finance/detail.html"

DEEDS: dict[str, Do] = {  # what a button asks for
    "approve": "approve",
    "part": "approve",
    "refuse": "refuse",
    "send_back": "send_back",
}


@blueprint.get("/<number>")
@needs("expenses.claim")
def detail(number: str) -> ResponseReturnValue:
    """Show the expense's page to its owner and to others who may see it."""
    return render_page_or_block(PAGE, "main", 200, **shown(number))


@blueprint.get("/<number>/state")
@needs("expenses.claim")
def state(number: str) -> ResponseReturnValue:
    """Return the inner part of the page, for open pages that watch the expense."""
    return render_block(PAGE, "inside", **shown(number))


@blueprint.post("/<number>/decide")
@needs("expenses.decide")
@takes_lines("reason")
def decide(number: str) -> ResponseReturnValue:
    """Approve (all, or an amount per line), refuse or send back.

    Posted from the page, from the list of approvals or from the notification.
    """
    try:
        run(decide_expense, number, read_verdict(), **decider())
    except Invalid as error:
        return render_page_or_block(
            PAGE, "main", 422, **{**shown(number), **_typed(), "errors": error.errors}
        )
    except DomainError as error:
        if error.status in (403, 404):
            raise
        return render_page_or_block(
            PAGE, "main", error.status, **{**shown(number), **_typed(), "notice": error.message}
        )
    return go_to(_where_it_was_decided(number))


def _typed() -> dict[str, object]:
    """Return what was typed into the decision, for showing it again."""
    return {"decision_typed": request.form.to_dict()}


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
    if do not in DEEDS:
        raise Invalid({"do": "Choose whether to approve, refuse or send back the expense."})
    typed = {
        int(found[1]): text
        for name, text in form.items()
        if (found := re.fullmatch(r"amount-(\d{1,6})", name, re.ASCII))
    }
    amounts = {line: read_amount(text) for line, text in typed.items()} if do == "part" else {}
    if None in amounts.values():
        named = {f"amount-{line}": text for line, text in typed.items()}
        raise Invalid(unclear_amounts(named, may_be_blank=False))
    steps: dict[str, Literal["manager", "accounting"]]
    steps = {"manager": "manager", "accounting": "accounting"}
    return Verdict(
        do=DEEDS[do],
        reason=form.get("reason", ""),
        amounts={line: each for line, each in amounts.items() if each is not None}
        if do == "part"
        else None,
        version=whole(form.get("version")),
        round=whole(form.get("round")),
        step=steps.get(form.get("step", "")),
    )


def shown(number: str) -> dict[str, object]:
    """Return everything that the page of an expense shows to this person."""
    with reading("finance") as session:
        looks = reader(session)
        expense = get_expense(session, number, looks)
        decisions, history = (
            list_decisions(session, number),
            list_history(session, "expense", number),
        )
        remarks, people = remarks_on(session, expense), people_by_uid(session)
        decides = can("expenses.decide") and may_decide(expense, looks)
        budgets = budgets_left(session, expense) if decides else []
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
        "waits_for": names_in_words(
            people[uid].name for uid in expense.asked or [] if uid in people
        ),
        "names": {uid: each.name for uid, each in people.items()},
        "DECIDABLE": DECIDABLE,
        "errors": {},
        "notice": "",
        "may_decide": decides,
        "budgets": budgets,
        "may_edit": mine and expense.status in EDITABLE,
        "may_withdraw": mine and "withdraw" in STEPS[expense.status],
    }
