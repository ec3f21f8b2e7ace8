"""Correct stock by a reasoned adjustment in the ledger."""

from sqlalchemy.orm import Session

from models.inventory.events import StockAdjusted
from models.inventory.rules import MOST_CASES, check_reason, take_from
from models.inventory.stock import (
    home_of,
    lock_shelves,
    lock_stock,
    move,
    serve_waiting,
    usable_location,
)
from models.inventory.stock_by_location import free_at
from models.inventory.tables import Product
from models.shared.counts import counted
from models.shared.database.context import current_actor
from models.shared.errors import Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.records.history import write_history


def adjust_stock(session: Session, sku: str, delta: int, reason: str, location: str = "") -> None:
    """Correct the stock of a product at `location` by `delta` cases, with a reason (StockAdjusted).

    Without a location, cases are added at the product's default location and removed from the one
    they would be picked from. Added cases serve waiting orders. Raises NotFound, Invalid (no
    reason, no cases, unknown location, or more removed than is available).
    """
    check_reason(reason)
    if not delta or abs(delta) > MOST_CASES:
        raise Invalid({"delta": f"Enter a change of up to {MOST_CASES:,} cases, such as 12 or −3."})
    stock = lock_shelves(session, [sku]).get(sku)
    if stock is None:
        raise NotFound("product", sku)
    if stock.available + delta < 0:
        raise Invalid(
            {
                "delta": f"You can remove at most {counted(stock.available, 'case')}. "
                "The rest is reserved for orders."
            }
        )
    place = usable_location(session, location.strip() or _likely(session, sku, delta))
    if (free := free_at(session, sku).get(place, 0)) + delta < 0:
        raise Invalid(
            {
                "delta": f"You can remove at most {counted(free, 'case')} at {place}. "
                "Choose another location for the rest."
            }
        )
    book_adjustment(session, sku, place, delta, reason.strip(), sku)
    if delta > 0:
        serve_waiting(session, sku, "receipt")


def book_adjustment(
    session: Session, sku: str, place: str, delta: int, reason: str, reference: str
) -> None:
    """Book `delta` cases at `place` in the ledger and history, and publish StockAdjusted.

    `reference` is the SKU, or the number of the stock-take that found the difference.
    """
    move(
        session,
        sku,
        "adjustment",
        on_hand=delta,
        location=place,
        reference=reference,
        reason=reason,
    )
    product, stock = session.get_one(Product, sku), lock_stock(session, [sku])[sku]
    write_history(session, "product", sku, "adjusted", delta=delta, reason=reason, location=place)
    record(
        session,
        StockAdjusted(
            sku=sku,
            name=product.name,
            delta=delta,
            on_hand=stock.on_hand,
            reason=reason,
            adjusted_by=current_actor(session),
            location=place,
            stock_take_number=reference if reference != sku else "",
        ),
    )


def _likely(session: Session, sku: str, delta: int) -> str:
    home = home_of(session, sku)
    return next(iter(take_from(free_at(session, sku), home, -delta)), home) if delta < 0 else home
