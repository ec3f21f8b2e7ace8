"""The order form: filling it in, saving drafts along the way, submitting it."""

import msgspec
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.orders.clients import get_known_client, search_clients
from models.orders.commands import place_order, revise_order
from models.orders.drafts import AlreadyPlaced, check_not_placed, get_draft
from models.orders.queries import get_order
from models.orders.rules import may_edit
from models.shared.errors import DomainError, Invalid, KeyReused, Stale
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.form_fields import (
    Desk,
    TypedOrder,
    form_of_draft,
    form_of_order,
    form_to_change,
    fresh_desk,
    read_desk,
    read_order_form,
)
from webapp.orders.products import offers_of, search_offers
from webapp.orders.quote import AWAY, keep_draft, show_form
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.services.client import ServiceDown


@blueprint.get("/new")
@needs("orders.place")
def new() -> ResponseReturnValue:
    """Show an empty form, a repeated order (`?repeat=DM-100042`), or a draft (`?draft=…`)."""
    if draft := request.args.get("draft", ""):
        return _show_draft(draft)
    repeated = request.args.get("repeat", "")
    if not repeated:
        return show_form(
            TypedOrder(client_number=request.args.get("client", "")[:40]), fresh_desk()
        )
    with reading("orders") as session:
        order = get_order(session, repeated)
        typed = form_of_order(order, get_known_client(session, order.client_number))
    return show_form(typed, fresh_desk())


@blueprint.post("/new")
@needs("orders.place")
def place() -> ResponseReturnValue:
    """Place the order, once no matter how often the form is sent; show errors next to fields."""
    return _send(read_desk(request.form))


@blueprint.get("/<number>/edit")
@needs("orders.place")
def edit(number: str) -> ResponseReturnValue:
    """Show the form for an order not placed yet; redirect to the order if it cannot be edited.

    That is the case once it is placed, and for someone else's order.
    """
    with reading("orders") as session:
        order = get_order(session, number)
        if not may_edit(person().uid, order.owner, order.status):
            return go_to(url_for("orders.detail", number=number))
        typed = form_to_change(order, get_known_client(session, order.client_number))
    return show_form(typed, fresh_desk(order=number, order_version=order.version))


@blueprint.post("/<number>/edit")
@needs("orders.place")
def revise(number: str) -> ResponseReturnValue:
    """Change an order that is not placed yet, and submit it again."""
    return _send(msgspec.structs.replace(read_desk(request.form), order=number))


@blueprint.post("/quote")
@needs("orders.place")
def quote() -> ResponseReturnValue:
    """Return the lines with current prices, availability, total and hints, and save the draft."""
    typed, desk = read_order_form(request.form), read_desk(request.form)
    typed = typed.with_lines_changed() if typed.wants_other_lines else typed
    desk, kept = keep_draft(typed, desk)
    return show_form(typed, desk, errors=typed.hints, block="lines", kept=kept)


@blueprint.get("/products")
@needs("orders.place")
def products() -> ResponseReturnValue:
    """Return products with price and availability as options for a line's list."""
    q = next(
        (text for name, text in request.args.items() if name == "q" or name.endswith("-sku")), ""
    )
    try:
        found, away = search_offers(q.strip()[:100]), False
    except ServiceDown:
        found, away = [], True
    return render_page_or_block("orders/_options.html", "products", products=found, away=away)


@blueprint.get("/clients")
@needs("orders.place")
def clients() -> ResponseReturnValue:
    """Return clients as options for the form's list."""
    q = request.args.get("client_number") or request.args.get("q", "")
    with reading("orders") as session:
        found = search_clients(session, q[:100])
    return render_page_or_block("orders/_options.html", "clients", clients=found)


def _send(desk: Desk) -> Response:
    typed = read_order_form(request.form)
    if typed.wants_other_lines:
        return show_form(typed.with_lines_changed(), desk)
    if typed.wants_prices:
        return show_form(typed, desk)
    typed = typed.compact()
    try:
        number = _place(typed, desk)
    except Invalid as error:
        return show_form(typed, desk, errors=error.errors | typed.unclear, status=422)
    except Stale as error:
        return show_form(typed, desk, stale=error, status=409)
    except AlreadyPlaced as error:
        return show_form(typed, desk, placed=error.details["order"], status=409)
    except KeyReused as error:
        placed = _placed_as(desk)
        notice = "" if placed else error.message
        return show_form(typed, desk, notice=notice, placed=placed, status=409 if placed else 422)
    except ServiceDown:
        return show_form(typed, desk, notice=AWAY, status=503)
    return go_to(url_for("orders.detail", number=number))


def _placed_as(desk: Desk) -> str:
    """Return the number of the order that this form became; empty if it became none."""
    try:
        run_each_time(check_not_placed, desk.draft)
    except AlreadyPlaced as error:
        return str(error.details["order"])
    return ""


def _place(typed: TypedOrder, desk: Desk) -> str:
    """Run the command and return the order's number; placing also discards the draft."""
    offers = offers_of(line.sku for line in typed.lines)
    new_order = typed.as_new_order(offers, person().name, desk.warned_of)
    if not desk.order:
        return run(place_order, new_order, desk.draft)
    run(revise_order, desk.order, new_order, desk.order_version)
    return desk.order


def _show_draft(id_: str) -> Response:
    draft = run_each_time(get_draft, id_)
    try:
        typed = form_of_draft(draft.typed)
    except msgspec.ValidationError as error:
        raise DomainError(
            "old_draft",
            "This draft was saved by an older version of the form and can no longer be opened.",
        ) from error
    return show_form(typed, fresh_desk(draft=draft.id, version=draft.version), kept=draft.saved_at)
