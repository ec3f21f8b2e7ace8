"""The page where a sales manager, or who stands in, approves an order or sends it back."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.orders.approval import decide_order
from models.orders.queries import get_order
from models.shared.errors import DomainError
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.rights import is_sales_manager, may_decide_on
from webapp.shared.answers.refusals import on_form
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, takes_lines
from webapp.shared.requests.commands import run


@blueprint.get("/<number>/decide")
@needs("orders.approve")
def ask_decision(number: str) -> ResponseReturnValue:
    """Show the decision form; redirect to the order if this person has nothing to decide.

    That is the case once it is decided, and for one's own order.
    """
    with reading("orders") as session:
        is_open = may_decide_on(session, get_order(session, number))
    return _form(number) if is_open else go_to(url_for("orders.detail", number=number))


@blueprint.post("/<number>/decide")
@needs("orders.approve")
@takes_lines("reason")
def decide(number: str) -> ResponseReturnValue:
    """Approve the order, or send it back with a reason."""
    reason, version = request.form.get("reason", ""), whole(request.form.get("version", "")) or 0
    try:
        decision = request.form.get("decision", "")
        run(decide_order, number, decision, reason, version, is_manager=is_sales_manager())
    except DomainError as error:
        return _form(number, reason=reason, **on_form(error))
    return go_to(url_for("orders.detail", number=number))


def _form(number: str, status: int = 200, **typed: object) -> ResponseReturnValue:
    with reading("orders") as session:
        order = get_order(session, number)
    values = {"errors": {}, "reason": "", "refused": None, **typed}
    return render_page_or_block("orders/approval.html", "form", status, order=order, **values)
