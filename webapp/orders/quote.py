"""What the order form shows around the input: prices, stock, totals, credit, duplicates, draft."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

import msgspec
from flask import Response, request
from sqlalchemy.orm import Session

from models.orders.approval import sum_credit_used
from models.orders.clients import get_known_client, search_clients
from models.orders.construction import find_like
from models.orders.drafts import save_draft
from models.orders.new_order import NewLine
from models.orders.queries import get_order
from models.orders.rules import discount_of
from models.orders.tables import Client
from models.shared import clock
from models.shared.errors import DomainError, NotFound, Stale
from models.shared.settings.company import value
from models.shared.texts import isolate
from models.shared.transactions import reading
from webapp.orders.form_fields import (
    Desk,
    TypedLine,
    TypedOrder,
    cases,
    percentage,
)
from webapp.orders.products import Offer, offers_of, search_offers
from webapp.shared.pages.fragments import is_partial, render_page_or_block, toast
from webapp.shared.pages.presentation import name_of
from webapp.shared.requests.commands import run_each_time
from webapp.shared.services.client import ServiceDown

AWAY = (
    "Prices are unavailable because the warehouse system is not responding. "
    "What you typed is still here; try again in a moment."
)
Kept = datetime | DomainError | None


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What the order costs, and what to warn about before it is placed.

    `lines` and `cases` count what is filled in so far.
    """

    lines: int
    cases: int
    subtotal: Decimal
    discount: Decimal
    limit: Decimal
    is_over_limit: bool
    used: Decimal
    over_credit: Decimal
    alike: str

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount

    @property
    def needs_approval(self) -> bool:
        return self.is_over_limit or self.over_credit > 0


def show_form(
    typed: TypedOrder,
    desk: Desk,
    *,
    errors: Mapping[str, str] | None = None,
    notice: str = "",
    stale: Stale | None = None,
    placed: object = "",
    status: int = 200,
    block: str = "form",
    kept: Kept = None,
) -> Response:
    """Render the form as typed, with prices if inventory answers.

    If inventory is down, the form shows a notice instead of an error page. `placed` is the order
    that this form became before.
    """
    offers, products, is_away = _look_up(typed)
    notice, rows = notice or (AWAY if is_away else ""), _priced(typed, offers)
    with reading("orders") as session:
        known = [] if is_partial() else search_clients(session)
        client = _client(session, typed.client_number)
        worth = _worth(session, typed, desk, client, rows)
        sent_back = _sent_back(session, desk)
    answer = render_page_or_block(
        "orders/new.html",
        block,
        status,
        typed=typed,
        desk=desk,
        errors=errors or {},
        notice=notice,
        client=client,
        client_choices=[(each.number, f"{isolate(each.name)}, {each.city}") for each in known],
        product_choices=[(offer.sku, offer.in_words) for offer in products],
        rows=rows,
        worth=worth,
        sent_back=sent_back,
        stale=stale,
        placed=placed,
        is_new=request.form.get("action") == "add",
        kept=kept if isinstance(kept, datetime) else None,
        not_kept=kept if isinstance(kept, DomainError) else None,
        beside=block == "lines",
    )
    return toast(answer, notice, "bad") if notice and is_partial() else answer


def keep_draft(typed: TypedOrder, desk: Desk) -> tuple[Desk, Kept]:
    """Save the form as a draft; return the new desk and when it was saved, or why it was not.

    A failed save never blocks the form. Nothing is saved for an existing order or an empty form.
    """
    if desk.order or not typed.has_something:
        return desk, None
    try:
        version = run_each_time(save_draft, desk.draft, typed.kept(), desk.editor, desk.version)
    except DomainError as error:
        return desk, error
    return msgspec.structs.replace(desk, version=version), clock.now()


def _look_up(typed: TypedOrder) -> tuple[dict[str, Offer], list[Offer], bool]:
    """Return the lines' offers, some products to choose from, and whether inventory is down.

    The products are looked up for a full page only.
    """
    try:
        offers = offers_of(line.sku for line in typed.lines)
        return offers, [] if is_partial() else search_offers(""), False
    except ServiceDown:
        return {}, [], True


class PricedLine(TypedDict):
    """A line of the form with what it costs; None where the product or the quantity is unknown."""

    line: TypedLine
    offer: Offer | None
    quantity: int | None
    amount: Decimal | None


def _sent_back(session: Session, desk: Desk) -> tuple[str, str] | None:
    """Return who sent the order back and why, if that is how it stands."""
    try:
        order = get_order(session, desk.order) if desk.order else None
    except NotFound:
        return None
    if order is None or order.status != "sent_back":
        return None
    return name_of(order.decided_by), order.decided_note


def _client(session: Session, number: str) -> Client | None:
    try:
        return get_known_client(session, number)
    except NotFound:
        return None


def _worth(
    session: Session, typed: TypedOrder, desk: Desk, client: Client | None, rows: list[PricedLine]
) -> Worth:
    subtotal = sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0))
    percent, limit = (
        percentage(typed.discount) or Decimal(0),
        value(session, "discount_limit_percent"),
    )
    discount = discount_of(subtotal, percent) if 0 <= percent <= 100 else Decimal(0)
    lines = [NewLine(sku=line.sku, quantity=cases(line.quantity)) for line in typed.filled_lines]
    used = sum_credit_used(session, client.number, but=desk.order) if client else Decimal(0)
    over = used + subtotal - discount - client.credit_limit if client else Decimal(0)
    return Worth(
        lines=len(lines),
        cases=sum(max(row["quantity"] or 0, 0) for row in rows),
        subtotal=subtotal,
        discount=discount,
        limit=limit,
        is_over_limit=percent > limit,
        used=used,
        over_credit=max(over, Decimal(0)),
        alike=find_like(session, client.number, lines, desk.order) if client and lines else "",
    )


def _priced(typed: TypedOrder, offers: Mapping[str, Offer]) -> list[PricedLine]:
    rows: list[PricedLine] = []
    for line in typed.lines:
        offer, quantity = offers.get(line.sku), cases(line.quantity)
        amount = offer.unit_price * quantity if offer and quantity and quantity > 0 else None
        rows.append({"line": line, "offer": offer, "quantity": quantity, "amount": amount})
    return rows
