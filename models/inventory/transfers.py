"""Transfers between locations; a product's total on hand, reserved and available is unchanged."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inventory.events import StockTransferred
from models.inventory.location_tables import StockAtLocation
from models.inventory.rules import check_quantity
from models.inventory.stock import carry, lock_shelves, usable_location
from models.inventory.stock_by_location import free_at
from models.inventory.tables import TRANSFER_NUMBER, Product, Stock
from models.shared.counts import counted
from models.shared.database.context import current_actor
from models.shared.errors import Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.records.history import write_history
from models.shared.transactions import transaction


def transfer_stock(
    session: Session, sku: str, source: str, target: str, quantity: int, reason: str = ""
) -> str:
    """Move cases of a product between two locations and return the transfer's number.

    Books a pair of ledger entries (StockTransferred). Raises NotFound, Invalid on `quantity` (more
    than is free at the source), `source`, `target` or `reason`.
    """
    check_quantity(quantity)
    if len(reason) > 500:
        raise Invalid({"reason": "Enter at most 500 characters."})
    if not lock_shelves(session, [sku]):
        raise NotFound("product", sku)
    errors = {
        name: "Choose a location."
        for name, code in (("source", source), ("target", target))
        if not code.strip()
    }
    if errors:
        raise Invalid(errors)
    source, target = (
        usable_location(session, source.strip(), "source"),
        usable_location(session, target.strip(), "target"),
    )
    if source == target:
        raise Invalid({"target": "Choose a location other than the one you transfer from."})
    if (free := free_at(session, sku).get(source, 0)) < quantity:
        raise Invalid(
            {"quantity": f"You can transfer at most {counted(free, 'case')} from {source}."}
        )
    number = f"TR-{session.scalar(TRANSFER_NUMBER.next_value())}"
    carry(session, sku, source, target, quantity, number, reason.strip())
    write_history(
        session,
        "product",
        sku,
        "transferred",
        quantity=quantity,
        source=source,
        target=target,
        transfer=number,
    )
    record(
        session,
        StockTransferred(
            transfer_number=number,
            sku=sku,
            name=session.get_one(Product, sku).name,
            quantity=quantity,
            source=source,
            target=target,
            reason=reason.strip(),
            transferred_by=current_actor(session),
        ),
    )
    return number


def place_portion(most: int = 200) -> int:
    """Assign stock without a location to default locations, `most` products per transaction.

    Returns how many products were assigned. Nothing depends on this: until then such stock counts
    as being at the default location, and commands that need it assign it themselves.
    """
    lying = func.coalesce(
        select(func.sum(StockAtLocation.on_hand))
        .where(StockAtLocation.sku == Stock.sku)
        .scalar_subquery(),
        0,
    )
    with transaction("inventory", actor="service:inventory") as session:
        skus = list(
            session.scalars(
                select(Stock.sku).where(Stock.on_hand != lying).order_by(Stock.sku).limit(most)
            )
        )
        lock_shelves(session, skus)
    return len(skus)
