"""The page where a sales manager approves an order or sends it back."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.orders.approval import decide_order
from models.orders.queries import get_order
from models.orders.rules import may_decide
from models.shared.errors import DomainError
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.shared.answers.refusals import on_form
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run


@blueprint.get("/<number>/decide")
@needs("orders.approve")
def ask_decision(number: str) -> ResponseReturnValue:
    """Show the decision form; redirect to the order if this person has nothing to decide.

    That is the case once it is decided, and for one's own order.
    """
    with reading("orders") as session:
        order = get_order(session, number)
    is_open = may_decide(person().uid, order.owner, order.status)
    return _form(number) if is_open else go_to(url_for("orders.detail", number=number))


@blueprint.post("/<number>/decide")
@needs("orders.approve")
def decide(number: str) -> ResponseReturnValue:
    """Approve the order, or send it back with a reason."""
    reason, version = request.form.get("reason", ""), whole(request.form.get("version", "")) or 0
    try:
        run(decide_order, number, request.form.get("decision", ""), reason, version)
    except DomainError as error:
        return _form(number, reason=reason, **on_form(error))
    return go_to(url_for("orders.detail", number=number))


def _form(number: str, status: int = 200, **typed: Any) -> ResponseReturnValue:
    with reading("orders") as session:
        order = get_order(session, number)
    values = {"errors": {}, "reason": "", "refused": None, **typed}
    return render_page_or_block("orders/approval.html", "form", status, order=order, **values)
