"""Stock-takes: count products, review the differences, book them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.inventory.adjustments import book_adjustment
from models.inventory.location_tables import (
    STOCK_TAKE_NUMBER,
    StockAtLocation,
    StockTake,
    StockTakeLine,
)
from models.inventory.rules import MOST_CASES
from models.inventory.stock import (
    home_of,
    lock_shelves,
    serve_waiting,
    usable_location,
)
from models.inventory.stock_by_location import at_locations, free_at
from models.inventory.tables import Product
from models.shared import clock
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.records.history import write_history

MOST_COUNTED = 500


def start_stock_take(session: Session, words: str, skus: list[str], location: str = "") -> str:
    """Start a stock-take and return its number.

    With `location`, it covers the given products there, or if none are given every product that
    lies there or has it as default location. Without one, each product is counted at the only
    location it lies at. Raises Invalid (no description; no product or an unknown one; unknown
    location; or no location for a product that lies at several).
    """
    place = usable_location(session, location.strip()) if location.strip() else ""
    skus = skus or (_skus_at(session, place) if place else [])
    known = set(session.scalars(select(Product.sku).where(Product.sku.in_(skus))))
    errors = (
        {}
        if words.strip() and len(words) <= 200
        else {"words": "Say what is counted, in at most 200 letters."}
    )
    if not known or len(skus) > MOST_COUNTED or set(skus) - known:
        errors["skus"] = f"Choose one to {MOST_COUNTED} products that there are."
    if errors:
        raise Invalid(errors)
    number = f"ST-{session.scalar(STOCK_TAKE_NUMBER.next_value())}"
    places = {sku: place or _only_place(session, sku) for sku in sorted(known)}
    lines = [
        StockTakeLine(sku=sku, location=at, counted=None, booked=None, counted_by="")
        for sku, at in places.items()
    ]
    session.add(
        StockTake(
            number=number,
            words=words.strip(),
            status="open",
            started_by=session.info["actor"],
            started_at=clock.now(),
            ended_by="",
            ended_at=None,
            version=1,
            lines=lines,
        )
    )
    write_history(session, "stock_take", number, "started", products=len(known), location=place)
    return number


def count_stock(session: Session, number: str, counted: dict[str, int | None], version: int) -> int:
    """Record counted cases by SKU with the booked stock at this moment; return how many are new.

    None means not counted. Raises NotFound, Stale (someone else counted in the meantime),
    DomainError `ended`, Invalid (not a valid number of cases, or a product not in this stock-take).
    """
    take = _lock_take(session, number, version)
    lock_shelves(session, counted)
    lines = {line.sku: line for line in take.lines}
    errors = {
        f"counted-{sku}": f"A number of cases from 0 to {MOST_CASES:,}."
        for sku, cases in counted.items()
        if sku not in lines or (cases is not None and not 0 <= cases <= MOST_CASES)
    }
    if errors:
        raise Invalid(errors)
    new = {sku: cases for sku, cases in counted.items() if lines[sku].counted != cases}
    for sku, cases in new.items():
        line = lines[sku]
        line.counted, line.counted_by = cases, session.info["actor"]
        line.booked = _booked(session, line) if cases is not None else None
    take.version += 1
    write_history(
        session,
        "stock_take",
        number,
        "counted",
        products=sum(cases is not None for cases in counted.values()),
    )
    return len(new)


def record_count(
    session: Session,
    number: str,
    counted: dict[str, int | None],
    version: int,
    end: str = "",
    *,
    only_seen: bool = False,
) -> bool:
    """Save the count and, depending on `end`, `confirm` or `discard` the stock-take.

    With `only_seen`, new counts are saved but not confirmed in the same call, since nobody has seen
    their differences yet. Returns False in that case. Raises what the commands it calls raise.
    """
    new = count_stock(session, number, counted, version) if end != "discard" and counted else 0
    if end == "confirm" and not (new and only_seen):
        confirm_stock_take(session, number, version + bool(counted))
    elif end == "discard":
        discard_stock_take(session, number, version)
    return not (end == "confirm" and new and only_seen)


def confirm_stock_take(session: Session, number: str, version: int) -> int:
    """Book every difference as an adjustment in the ledger; return how many there were.

    Stock that moved since the count is unaffected, because the difference is booked, not the count.
    Raises NotFound, Stale, DomainError: `ended`, `nothing_counted`, `held_for_orders` (more is
    missing than is available) or `moved_since` (more is missing than is still free at the
    location).
    """
    take = _lock_take(session, number, version)
    found = [line for line in take.lines if line.difference]
    if all(line.counted is None for line in take.lines):
        raise DomainError("nothing_counted", f"Nothing was counted in {number} yet.")
    _check_free(session, found)
    for line in found:
        book_adjustment(
            session,
            line.sku,
            _place_of(session, line),
            line.difference,
            f"Stock-take {number}: {take.words}",
            number,
        )
        if line.difference > 0:
            serve_waiting(session, line.sku, "receipt")
    _end(session, take, "confirmed", differences={line.sku: line.difference for line in found})
    return len(found)


def discard_stock_take(session: Session, number: str, version: int) -> None:
    """End a stock-take without booking anything. Raises NotFound, Stale, DomainError `ended`."""
    _end(session, _lock_take(session, number, version), "discarded")


def get_stock_take(session: Session, number: str) -> StockTake:
    """Return a stock-take with its lines; raises NotFound."""
    query = (
        select(StockTake).where(StockTake.number == number).options(selectinload(StockTake.lines))
    )
    take = session.scalars(query).one_or_none()
    if take is None:
        raise NotFound("stock-take", number)
    return take


def list_stock_takes(session: Session, most: int = 50) -> list[StockTake]:
    """Return the latest stock-takes with their lines, newest first."""
    query = select(StockTake).options(selectinload(StockTake.lines))
    return list(
        session.scalars(
            query.order_by(StockTake.started_at.desc(), StockTake.number.desc()).limit(most)
        )
    )


def _lock_take(session: Session, number: str, version: int) -> StockTake:
    take = session.scalars(
        select(StockTake)
        .where(StockTake.number == number)
        .options(selectinload(StockTake.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if take is None:
        raise NotFound("stock-take", number)
    if take.version != version:
        raise Stale(
            f"Somebody else counted in {number} meanwhile.", {"version": (version, take.version)}
        )
    if take.status != "open":
        raise DomainError("ended", f"Stock-take {number} is {take.status}.")
    return take


def _check_free(session: Session, found: list[StockTakeLine]) -> None:
    """Raise DomainError if a difference would take reserved cases, or more than is free there."""
    stock = lock_shelves(session, (line.sku for line in found))
    if short := [line.sku for line in found if stock[line.sku].available + line.difference < 0]:
        raise DomainError(
            "held_for_orders",
            f"More of {', '.join(short)} is held for orders than was found. "
            "Give an order up or count again.",
        )
    gone = [
        line.sku
        for line in found
        if free_at(session, line.sku).get(_place_of(session, line), 0) + line.difference < 0
    ]
    if gone:
        raise DomainError(
            "moved_since",
            f"{', '.join(gone)} was moved or taken for a parcel since it was counted. Count again.",
        )


def _place_of(session: Session, line: StockTakeLine) -> str:
    return line.location or home_of(session, line.sku)


def _booked(session: Session, line: StockTakeLine) -> int:
    return at_locations(session, line.sku).get(_place_of(session, line), (0, 0))[0]


def _skus_at(session: Session, place: str) -> list[str]:
    lying = select(StockAtLocation.sku).where(
        StockAtLocation.location == place, StockAtLocation.on_hand > 0
    )
    return list(
        session.scalars(
            lying.union(select(Product.sku).where(Product.location == place)).order_by("sku")
        )
    )


def _only_place(session: Session, sku: str) -> str:
    """Return the only location where a product lies, or its default location if it lies nowhere.

    Raises Invalid if it lies at several.
    """
    places = [*at_locations(session, sku)] or [home_of(session, sku)]
    if len(places) > 1:
        raise Invalid(
            {"location": f"{sku} lies at {', '.join(places)}: say which of them is counted."}
        )
    return places[0]


def _end(session: Session, take: StockTake, status: str, **facts: Any) -> None:
    take.status, take.ended_by, take.ended_at, take.version = (
        status,
        session.info["actor"],
        clock.now(),
        take.version + 1,
    )
    write_history(session, "stock_take", take.number, status, **facts)
