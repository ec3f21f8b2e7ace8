"""What people change about products and their stock: price and place, adjustments, stock-takes, who watches."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, selectinload

from models.inventory.events import StockAdjusted
from models.inventory.rules import MOST_CASES, NewProduct, check_product, check_reason
from models.inventory.stock import lock_stock, move, serve_waiting
from models.inventory.tables import STOCK_TAKE_NUMBER, Product, StockTake, StockTakeLine, Watcher
from models.shared import clock
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.history import write_history
from models.shared.live import signal_record
from models.shared.outbox import record

MOST_COUNTED = 500


class ProductChange(msgspec.Struct, frozen=True, kw_only=True):
    """How a product is to be from now on; prices in US dollars a case, quantities in cases."""

    name: str
    unit_price: Decimal
    location: str
    reorder_point: int
    reorder_quantity: int


def change_product(session: Session, sku: str, change: ProductChange, version: int) -> None:
    """Changes what a product costs, where it lies and when it is reordered; history keeps what it was.

    Orders that are placed keep their price. Raises NotFound, Stale (with what changed), Invalid.
    """
    product = session.scalars(select(Product).where(Product.sku == sku).with_for_update()).one_or_none()
    if product is None:
        raise NotFound("product", sku)
    given = msgspec.structs.asdict(change)
    check_product(NewProduct(sku=sku, **given))
    changes = {name: (str(getattr(product, name)), str(new)) for name, new in given.items() if getattr(product, name) != new}
    if product.version != version:
        raise Stale(f"Product {sku} changed since you opened it.", {name: (new, was) for name, (was, new) in changes.items()})
    if not changes:
        return
    for name, new in given.items():
        setattr(product, name, new)
    product.search_text, product.version = f"{sku} {change.name}".lower(), product.version + 1
    write_history(session, "product", sku, "changed", **changes)
    _signal_product(session, sku)


def adjust_stock(session: Session, sku: str, delta: int, reason: str) -> None:
    """Brings the books to what lies there: `delta` cases more or less, for a reason (StockAdjusted).

    What is more serves who waits. Raises NotFound, Invalid (no reason; nothing; more taken than is free).
    """
    check_reason(reason)
    if not delta or abs(delta) > MOST_CASES:
        raise Invalid({"delta": f"Give a number of cases, up to {MOST_CASES:,} more or less."})
    stock = lock_stock(session, [sku]).get(sku)
    if stock is None:
        raise NotFound("product", sku)
    if stock.available + delta < 0:
        raise Invalid({"delta": f"Only {stock.available:,} cases are free; the others are held for orders."})
    _adjust(session, sku, delta, reason.strip(), sku)


def start_stock_take(session: Session, words: str, skus: list[str]) -> str:
    """Begins a counting of these products; its number. Raises Invalid (no words, no product, an unknown one)."""
    known = set(session.scalars(select(Product.sku).where(Product.sku.in_(skus))))
    errors = {} if words.strip() and len(words) <= 200 else {"words": "Say what is counted, in at most 200 letters."}
    if not known or len(skus) > MOST_COUNTED or set(skus) - known:
        errors["skus"] = f"Choose one to {MOST_COUNTED} products that there are."
    if errors:
        raise Invalid(errors)
    number = f"ST-{session.scalar(STOCK_TAKE_NUMBER.next_value())}"
    lines = [StockTakeLine(sku=sku, counted=None, booked=None, counted_by="") for sku in sorted(known)]
    session.add(StockTake(number=number, words=words.strip(), status="open", started_by=session.info["actor"],
                          started_at=clock.now(), ended_by="", ended_at=None, version=1, lines=lines))
    write_history(session, "stock_take", number, "started", products=len(lines))
    return number


def count_stock(session: Session, number: str, counted: dict[str, int | None], version: int) -> None:
    """Writes down what lies on the shelves (None: not counted), with what the books say at this moment.

    Raises NotFound, Stale (somebody else counted meanwhile), DomainError (it has ended), Invalid (no such number).
    """
    take = _lock_take(session, number, version)
    stock = lock_stock(session, counted)
    lines = {line.sku: line for line in take.lines}
    errors = {f"counted-{sku}": f"A number of cases from 0 to {MOST_CASES:,}." for sku, cases in counted.items()
              if sku not in lines or (cases is not None and not 0 <= cases <= MOST_CASES)}
    if errors:
        raise Invalid(errors)
    for sku, cases in counted.items():
        if lines[sku].counted != cases:
            lines[sku].counted, lines[sku].counted_by = cases, session.info["actor"]
            lines[sku].booked = stock[sku].on_hand if cases is not None else None
    take.version += 1
    write_history(session, "stock_take", number, "counted", products=sum(cases is not None for cases in counted.values()))


def confirm_stock_take(session: Session, number: str, version: int) -> int:
    """Books the differences, each as an adjustment in the ledger; how many there were.

    What moved since the counting stays moved: the difference is taken over, not the count. Raises NotFound, Stale,
    DomainError (it has ended; nothing was counted; more is missing than is free of a product).
    """
    take = _lock_take(session, number, version)
    differences = {line.sku: line.difference for line in take.lines if line.difference}
    if all(line.counted is None for line in take.lines):
        raise DomainError("nothing_counted", f"Nothing was counted in {number} yet.")
    stock = lock_stock(session, differences)
    short = [sku for sku, delta in differences.items() if stock[sku].available + delta < 0]
    if short:
        raise DomainError("held_for_orders", f"More of {', '.join(short)} is held for orders than was found. "
                          "Give an order up or count again.")  # fmt: skip
    for sku, delta in sorted(differences.items()):
        _adjust(session, sku, delta, f"Stock-take {number}: {take.words}", number)
    _end(session, take, "confirmed", differences=differences)
    return len(differences)


def discard_stock_take(session: Session, number: str, version: int) -> None:
    """Ends a counting without booking anything. Raises NotFound, Stale, DomainError (it has ended)."""
    _end(session, _lock_take(session, number, version), "discarded")


def watch_product(session: Session, sku: str, watches: bool) -> None:
    """The actor is told when the product runs low, or no longer. Raises NotFound."""
    if session.get(Product, sku) is None:
        raise NotFound("product", sku)
    mine = {"sku": sku, "uid": session.info["actor"]}
    if watches:
        session.execute(upsert(Watcher).values(mine).on_conflict_do_nothing())
    else:
        session.execute(delete(Watcher).where(Watcher.sku == sku, Watcher.uid == mine["uid"]))


def count_watchers(session: Session, sku: str, uid: str) -> tuple[int, bool]:
    """How many watch a product, and whether this person does."""
    mine = func.coalesce(func.bool_or(Watcher.uid == uid), False)
    return session.execute(select(func.count(), mine).where(Watcher.sku == sku)).one()._tuple()


def get_stock_take(session: Session, number: str) -> StockTake:
    """A counting with its lines; raises NotFound."""
    query = select(StockTake).where(StockTake.number == number).options(selectinload(StockTake.lines))
    take = session.scalars(query).one_or_none()
    if take is None:
        raise NotFound("stock-take", number)
    return take


def list_stock_takes(session: Session, most: int = 50) -> list[StockTake]:
    """The last countings, newest first."""
    query = select(StockTake).options(selectinload(StockTake.lines))
    return list(session.scalars(query.order_by(StockTake.started_at.desc(), StockTake.number.desc()).limit(most)))


def _lock_take(session: Session, number: str, version: int) -> StockTake:
    take = session.scalars(select(StockTake).where(StockTake.number == number).options(selectinload(StockTake.lines))
                           .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if take is None:
        raise NotFound("stock-take", number)
    if take.version != version:
        raise Stale(f"Somebody else counted in {number} meanwhile.", {"version": (version, take.version)})
    if take.status != "open":
        raise DomainError("ended", f"Stock-take {number} is {take.status}.")
    return take


def _end(session: Session, take: StockTake, status: str, **facts: Any) -> None:
    take.status, take.ended_by, take.ended_at, take.version = status, session.info["actor"], clock.now(), take.version + 1
    write_history(session, "stock_take", take.number, status, **facts)


def _adjust(session: Session, sku: str, delta: int, reason: str, reference: str) -> None:
    move(session, sku, "adjustment", on_hand=delta, reference=reference, reason=reason)
    product, stock = session.get_one(Product, sku), lock_stock(session, [sku])[sku]
    write_history(session, "product", sku, "adjusted", delta=delta, reason=reason)
    record(session, StockAdjusted(sku=sku, name=product.name, delta=delta, on_hand=stock.on_hand, reason=reason,
                                  adjusted_by=session.info["actor"]))
    if delta > 0:
        serve_waiting(session, sku, "receipt")


def _signal_product(session: Session, sku: str) -> None:
    signal_record(session, "product", sku)
    signal_record(session, "products", "*")
