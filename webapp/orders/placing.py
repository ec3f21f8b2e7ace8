"""The order form: filling it, what it would cost, sending it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.orders.clients import get_known_client, search_clients
from models.orders.commands import place_order
from models.orders.queries import get_order
from models.orders.tables import Client
from models.shared.database import reading, transaction
from models.shared.errors import Invalid, KeyReused, NotFound
from models.shared.idempotency import once
from webapp.orders.area import blueprint
from webapp.orders.forms import TypedOrder, form_of_order, read_order_form, whole_number
from webapp.orders.products import Offer, offers_of, search_offers
from webapp.shared.forms import form_key
from webapp.shared.fragments import go_to, is_partial, render_page_or_block, toast
from webapp.shared.rights import needs, person
from webapp.shared.service_client import ServiceDown

AWAY = (
    "Prices cannot be read right now, since the warehouse's system does not answer. "
    "What you typed is kept; try again."
)


@blueprint.get("/new")
@needs("orders.place")
def new() -> ResponseReturnValue:
    """The empty form, or one that repeats an order (`?repeat=DM-100042`)."""
    repeated = request.args.get("repeat", "")
    if not repeated:
        return show_form(TypedOrder(client_number=request.args.get("client", "")[:40]))
    with reading("orders") as session:
        order = get_order(session, repeated)
        typed = form_of_order(order, get_known_client(session, order.client_number))
    return show_form(typed)


@blueprint.post("/new")
@needs("orders.place")
def place() -> ResponseReturnValue:
    """Places the order, once however often it is sent. Errors come back beside the fields."""
    typed = read_order_form(request.form)
    if typed.wants_other_lines:
        return show_form(typed.with_lines_changed())
    typed = typed.compact()
    try:
        number = _place(typed, form_key())
    except Invalid as error:
        return show_form(typed, errors=error.errors, status=422)
    except KeyReused as error:
        return show_form(typed, notice=error.message, status=422)
    except ServiceDown:
        return show_form(typed, notice=AWAY, status=503)
    return go_to(url_for("orders.detail", number=number))


@blueprint.post("/quote")
@needs("orders.place")
def quote() -> ResponseReturnValue:
    """The lines with today's prices, what is available, and the total: a fragment of the form."""
    typed = read_order_form(request.form)
    return show_form(typed.with_lines_changed() if typed.wants_other_lines else typed, block="lines")


@blueprint.get("/products")
@needs("orders.place")
def products() -> ResponseReturnValue:
    """Products to choose from with price and availability, as options of a line's list."""
    q = next((text for name, text in request.args.items() if name == "q" or name.endswith("-sku")), "")
    try:
        found, away = search_offers(q.replace("\0", "").strip()[:100]), False
    except ServiceDown:
        found, away = [], True
    return render_page_or_block("orders/_options.html", "products", products=found, away=away)


@blueprint.get("/clients")
@needs("orders.place")
def clients() -> ResponseReturnValue:
    """Clients to choose from, as options of the form's list."""
    q = request.args.get("client_number") or request.args.get("q", "")
    with reading("orders") as session:
        found = search_clients(session, q.replace("\0", "")[:100])
    return render_page_or_block("orders/_options.html", "clients", clients=found)


def show_form(
    typed: TypedOrder,
    *,
    errors: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
    block: str = "form",
) -> Response:
    """The form as typed, with prices where inventory answers. An outage is said, never an error page."""
    offers, products, is_away = _look_up(typed)
    notice = notice or (AWAY if is_away else "")
    with reading("orders") as session:
        known = [] if is_partial() else search_clients(session)
        client = _client(session, typed.client_number)
    answer = render_page_or_block(
        "orders/new.html", block, status, typed=typed, errors=errors or {}, notice=notice, client=client,
        client_choices=[(each.number, f"{each.name}, {each.city}") for each in known],
        product_choices=[(offer.sku, offer.in_words) for offer in products],
        is_new=request.form.get("action") == "add", rows=_priced(typed, offers), total=_total(typed, offers),
    )  # fmt: skip
    return toast(answer, notice, "bad") if notice and is_partial() else answer


def _look_up(typed: TypedOrder) -> tuple[dict[str, Offer], list[Offer], bool]:
    """The offers of the lines, for a whole page some products to choose from, and whether inventory is away."""
    try:
        offers = offers_of(line.sku for line in typed.lines)
        return offers, [] if is_partial() else search_offers(""), False
    except ServiceDown:
        return {}, [], True


def _place(typed: TypedOrder, key: str) -> str:
    offers = offers_of(line.sku for line in typed.lines)
    new_order = typed.as_new_order(offers, person().name)
    with transaction("orders", actor=person().uid) as session:
        asked = msgspec.to_builtins(typed)
        return str(once(session, key, "place_order", asked, lambda: place_order(session, new_order)))


def _client(session: Any, number: str) -> Client | None:
    try:
        return get_known_client(session, number)
    except NotFound:
        return None


def _priced(typed: TypedOrder, offers: Mapping[str, Offer]) -> list[dict[str, Any]]:
    rows = []
    for line in typed.lines:
        offer, quantity = offers.get(line.sku), whole_number(line.quantity)
        rows.append(
            {
                "line": line,
                "offer": offer,
                "quantity": quantity,
                "amount": offer.unit_price * quantity if offer and quantity and quantity > 0 else None,
            }
        )
    return rows


def _total(typed: TypedOrder, offers: Mapping[str, Offer]) -> Any:
    return sum(row["amount"] for row in _priced(typed, offers) if row["amount"] is not None)
