"""The order page, its live fragments, cancellation, and rebuilding the timeline."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.orders.approval import sum_credit_used
from models.orders.clients import get_known_client
from models.orders.commands import request_cancellation
from models.orders.history import get_timeline
from models.orders.queries import get_order
from models.orders.rules import may_cancel, may_edit
from models.orders.tables import Order
from models.shared.errors import Invalid, Stale
from models.shared.listeners.interface import rebuild
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.rights import may_cancel_any, may_decide_on
from webapp.orders.route import stations
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import can, needs, person, takes_lines
from webapp.shared.requests.commands import run

PAGE = "orders/detail.html"


@blueprint.get("/<number>")
@needs("orders.see")
def detail(number: str) -> ResponseReturnValue:
    """Show the order's page."""
    return render_page_or_block(PAGE, "main", 200, **_shown(number))


@blueprint.get("/<number>/state")
@needs("orders.see")
def state(number: str) -> ResponseReturnValue:
    """Return the order's header and progress, with lines and facts as out-of-band fragments.

    Pages that watch the order fetch this when it changes.
    """
    shown = {**_shown(number), "beside": True}
    return "".join(render_block(PAGE, block, **shown) for block in ("state", "lines", "facts"))


@blueprint.get("/<number>/timeline")
@needs("orders.see")
def timeline(number: str) -> ResponseReturnValue:
    """Return the timeline as a fragment."""
    return render_block(PAGE, "timeline", **_shown(number))


@blueprint.get("/<number>/cancel")
@needs("orders.cancel")
def ask_cancellation(number: str) -> ResponseReturnValue:
    """Show the cancellation form; redirect to the order if this person can no longer cancel it."""
    with reading("orders") as session:
        is_open = _may_cancel(get_order(session, number))
    return _cancel_form(number) if is_open else go_to(url_for("orders.detail", number=number))


@blueprint.post("/<number>/cancel")
@needs("orders.cancel")
@takes_lines("reason")
def cancel(number: str) -> ResponseReturnValue:
    """Ask the warehouse to cancel the order."""
    reason, version = request.form.get("reason", ""), whole(request.form.get("version", "")) or 0
    try:
        run(request_cancellation, number, reason, version, may_cancel_any=may_cancel_any())
    except Invalid as error:
        return _cancel_form(number, reason=reason, errors=error.errors, status=422)
    except Stale as error:
        return _cancel_form(number, reason=reason, stale=error, status=409)
    return go_to(url_for("orders.detail", number=number))


@blueprint.post("/timeline/rebuild")
@needs("readmodels.rebuild")
def rebuild_timeline() -> ResponseReturnValue:
    """Rebuild every order's timeline from the journal."""
    rebuild("orders", "timeline")
    return go_to(
        request.form.get("back", "")
        if _is_ours(request.form.get("back", ""))
        else url_for("orders.index")
    )


def _shown(number: str) -> dict[str, object]:
    with reading("orders") as session:
        order = get_order(session, number)
        entries = get_timeline(session, number)
        client, used = (
            get_known_client(session, order.client_number),
            sum_credit_used(session, order.client_number),
        )
        decides = may_decide_on(session, order)
    return {
        "order": order,
        "timeline": entries[::-1],
        "client": client,
        "credit_used": used,
        "stations": stations(order, entries),
        "may_cancel": _may_cancel(order),
        "may_edit": can("orders.place") and may_edit(person().uid, order.owner, order.status),
        "may_decide": decides,
    }


def _may_cancel(order: Order) -> bool:
    return can("orders.cancel") and may_cancel(
        person().uid, may_cancel_any(), order.owner, order.status
    )


def _cancel_form(number: str, status: int = 200, **typed: object) -> ResponseReturnValue:
    with reading("orders") as session:
        order = get_order(session, number)
    return render_page_or_block(
        "orders/cancellation.html",
        "form",
        status,
        order=order,
        **{"errors": {}, "reason": "", "stale": None, **typed},
    )


def _is_ours(path: str) -> bool:
    return path.startswith("/orders/") and "\\" not in path
