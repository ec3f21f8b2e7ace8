"""What the order form shows around the input: prices, stock, totals, credit, duplicates, draft."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from flask import Response, request

from models.orders.approval import sum_credit_used
from models.orders.clients import get_known_client, search_clients
from models.orders.construction import find_like
from models.orders.drafts import save_draft
from models.orders.new_order import NewLine
from models.orders.rules import discount_of
from models.orders.tables import Client
from models.shared import clock
from models.shared.errors import DomainError, NotFound, Stale
from models.shared.settings.company import value
from models.shared.transactions import reading
from webapp.orders.form_fields import Desk, TypedOrder, percentage
from webapp.orders.products import Offer, offers_of, search_offers
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import is_partial, render_page_or_block, toast
from webapp.shared.requests.commands import run_each_time
from webapp.shared.services.client import ServiceDown

AWAY = (
    "Prices cannot be read right now, since the warehouse's system does not answer. "
    "What you typed is kept; try again."
)
Kept = datetime | DomainError | None


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What the order costs, and what to warn about before it is placed."""

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
    status: int = 200,
    block: str = "form",
    kept: Kept = None,
) -> Response:
    """Render the form as typed, with prices if inventory answers.

    If inventory is down, the form shows a notice instead of an error page.
    """
    offers, products, is_away = _look_up(typed)
    notice, rows = notice or (AWAY if is_away else ""), _priced(typed, offers)
    with reading("orders") as session:
        known = [] if is_partial() else search_clients(session)
        client = _client(session, typed.client_number)
        worth = _worth(session, typed, desk, client, rows)
    answer = render_page_or_block(
        "orders/new.html",
        block,
        status,
        typed=typed,
        desk=desk,
        errors=errors or {},
        notice=notice,
        client=client,
        client_choices=[(each.number, f"{each.name}, {each.city}") for each in known],
        product_choices=[(offer.sku, offer.in_words) for offer in products],
        rows=rows,
        worth=worth,
        stale=stale,
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


def _client(session: Any, number: str) -> Client | None:
    try:
        return get_known_client(session, number)
    except NotFound:
        return None


def _worth(
    session: Any, typed: TypedOrder, desk: Desk, client: Client | None, rows: list[dict[str, Any]]
) -> Worth:
    subtotal = sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0))
    percent, limit = (
        percentage(typed.discount) or Decimal(0),
        value(session, "discount_limit_percent"),
    )
    discount = discount_of(subtotal, percent) if 0 <= percent <= 100 else Decimal(0)
    lines = [NewLine(sku=line.sku, quantity=whole(line.quantity)) for line in typed.filled_lines]
    used = sum_credit_used(session, client.number, but=desk.order) if client else Decimal(0)
    over = used + subtotal - discount - client.credit_limit if client else Decimal(0)
    return Worth(
        subtotal=subtotal,
        discount=discount,
        limit=limit,
        is_over_limit=percent > limit,
        used=used,
        over_credit=max(over, Decimal(0)),
        alike=find_like(session, client.number, lines, desk.order) if client and lines else "",
    )


def _priced(typed: TypedOrder, offers: Mapping[str, Offer]) -> list[dict[str, Any]]:
    rows = []
    for line in typed.lines:
        offer, quantity = offers.get(line.sku), whole(line.quantity)
        amount = offer.unit_price * quantity if offer and quantity and quantity > 0 else None
        rows.append({"line": line, "offer": offer, "quantity": quantity, "amount": amount})
    return rows
