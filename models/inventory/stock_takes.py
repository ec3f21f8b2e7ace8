"""Stock-takes: count products, review the differences, book them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import distinct, func, select, update
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
from models.shared import clock, counts
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.records.history import write_history
from models.shared.search import words_of
from models.shared.texts import isolate

MOST_COUNTED = 2_000


class TakeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A stock-take in a list: how many lines it has, how many are counted and how many differ."""

    number: str
    words: str
    status: str
    started_by: str
    started_at: datetime
    locations: int
    lines: int
    counted: int
    differences: int


def start_stock_take(
    session: Session,
    words: str,
    skus: Sequence[str],
    location: str = "",
    locations: Sequence[str] = (),
    everywhere: bool = False,
) -> str:
    """Start a stock-take of these locations, or `everywhere`, and return its number.

    It covers every product that lies at one of them or has it as default location, or only `skus`
    if any are given. With `skus` alone, each is counted wherever it lies. Raises Invalid (no
    description; unknown product; unknown or retired location; nothing to count, or over 2,000
    lines).
    """
    errors = {}
    if not words.strip() or len(words) > 200:
        errors["words"] = "Enter a description of at most 200 characters."
    places = _usable(session, [location, *locations], errors)
    lines = sorted(_lines_to_count(session, list(skus), places, everywhere, errors))
    if errors:
        raise Invalid(errors)
    number = f"ST-{session.scalar(STOCK_TAKE_NUMBER.next_value())}"
    session.add(
        StockTake(
            number=number,
            words=words.strip(),
            status="open",
            started_by=current_actor(session),
            started_at=clock.now(),
            ended_by="",
            ended_at=None,
            version=1,
            lines=[
                StockTakeLine(sku=sku, location=at, counted=None, booked=None, counted_by="")
                for at, sku in lines
            ],
        )
    )
    write_history(
        session,
        "stock_take",
        number,
        "started",
        products=len({sku for _, sku in lines}),
        location=", ".join(sorted({at for at, _ in lines})[:20]),
    )
    _signal(session, number)
    return number


def keys_of(lines: Sequence[StockTakeLine]) -> list[str]:
    """Return how `count_stock` names each line: its SKU, or SKU@LOCATION if it is at several."""
    several = Counter(line.sku for line in lines)
    return [line.sku if several[line.sku] == 1 else f"{line.sku}@{line.location}" for line in lines]


def count_stock(
    session: Session,
    number: str,
    counted: Mapping[str, int | None],
    version: int,
    seen: Mapping[str, int | None] | None = None,
) -> int:
    """Record counted cases with the booked stock at this moment; return how many are new.

    `counted` is by SKU, or by SKU@LOCATION where a product is counted at several; None means not
    counted. With `seen`, the counts that the person saw, others may have counted meanwhile: only
    what differs from it is recorded. Raises NotFound, Stale (without `seen`, if anyone changed the
    stock-take since `version`; with it, if someone changed the same lines: its changes are theirs
    by line), DomainError `ended`, Invalid (not a valid number of cases, or no line of it).
    """
    take = _lock_take(session, number, version if seen is None else None)
    lock_shelves(session, {line.sku for line in take.lines})
    lines = _by_key(take)
    errors = {
        f"counted-{key}": f"Enter from 0 to {MOST_CASES:,} cases."
        for key, cases in counted.items()
        if key not in lines or (cases is not None and not 0 <= cases <= MOST_CASES)
    }
    if errors:
        raise Invalid(errors)
    new = {
        key: cases
        for key, cases in counted.items()
        if lines[key].counted != cases and (seen is None or seen.get(key) != cases)
    }
    if seen is not None:
        _check_same(number, {key: lines[key] for key in new}, seen)
    for key, cases in new.items():
        line = lines[key]
        line.counted, line.counted_by = cases, current_actor(session)
        line.booked = _booked(session, line) if cases is not None else None
    if new:
        take.version += 1
        done = sum(cases is not None for cases in new.values())
        write_history(session, "stock_take", number, "counted", products=done)
        _signal(session, number)
    return len(new)


def record_count(
    session: Session,
    number: str,
    counted: Mapping[str, int | None],
    version: int,
    end: str = "",
    *,
    only_seen: bool = False,
    seen: Mapping[str, int | None] | None = None,
) -> bool:
    """Save the count and, depending on `end`, `confirm` or `discard` the stock-take.

    With `only_seen`, new counts are saved but not confirmed in the same call, since nobody has seen
    their differences yet. Returns False in that case. Raises what the commands it calls raise.
    """
    new = 0
    if end != "discard" and counted:
        new = count_stock(session, number, counted, version, seen)
    if end == "confirm" and not (new and only_seen):
        confirm_stock_take(session, number, version + bool(new))
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
        raise DomainError("nothing_counted", f"Nothing has been counted in {number} yet.")
    _check_free(session, found)
    # what was found first, since cases may only have been moved; then they can be promised
    for line in sorted(found, key=lambda line: line.difference < 0):
        book_adjustment(
            session,
            line.sku,
            _place_of(session, line),
            line.difference,
            f"Stock-take {number}: {isolate(take.words)}",
            number,
        )
    differences = _by_product(found)
    for sku, cases in differences.items():
        if cases > 0:
            serve_waiting(session, sku, "receipt")
    _end(session, take, "confirmed", differences=differences)
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


def search_stock_takes(session: Session, q: str, most: int = 3) -> list[StockTake]:
    """Return the latest stock-takes with these words in number or description, newest first."""
    query = select(StockTake).order_by(StockTake.started_at.desc(), StockTake.number).limit(most)
    for word in words_of(q):
        text = func.folded(StockTake.number + " " + StockTake.words)
        query = query.where(text.contains(word, autoescape=True))
    return list(session.scalars(query))


def list_stock_takes(session: Session, most: int = 50) -> list[StockTake]:
    """Return the latest stock-takes with their lines, newest first."""
    query = select(StockTake).options(selectinload(StockTake.lines))
    return list(
        session.scalars(
            query.order_by(StockTake.started_at.desc(), StockTake.number.desc()).limit(most)
        )
    )


def summarize_stock_takes(session: Session, most: int = 50) -> list[TakeSummary]:
    """Return the latest stock-takes, newest first."""
    line = StockTakeLine
    rows = session.execute(
        select(
            StockTake.number,
            StockTake.words,
            StockTake.status,
            StockTake.started_by,
            StockTake.started_at,
            func.count(distinct(line.location)).label("locations"),
            func.count().label("lines"),
            func.count(line.counted).label("counted"),
            func.count().filter(line.counted != line.booked).label("differences"),
        )
        .join(line, line.number == StockTake.number)
        .group_by(StockTake.number)
        .order_by(StockTake.started_at.desc(), StockTake.number.desc())
        .limit(most)
    )
    return [TakeSummary(**row._asdict()) for row in rows]


def _lock_take(session: Session, number: str, version: int | None) -> StockTake:
    """Return an open stock-take, locked until the commit, with every line at a location."""
    _place_lines(session, number)
    take = session.scalars(
        select(StockTake)
        .where(StockTake.number == number)
        .options(selectinload(StockTake.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if take is None:
        raise NotFound("stock-take", number)
    if version is not None and take.version != version:
        raise Stale(
            f"Stock-take {number} changed since you opened it.",
            {"version": (version, take.version)},
        )
    if take.status != "open":
        raise DomainError("ended", f"Stock-take {number} is {take.status}.")
    return take


def _check_free(session: Session, found: list[StockTakeLine]) -> None:
    """Raise DomainError if a difference would take reserved cases, or more than is free there."""
    stock = lock_shelves(session, (line.sku for line in found))
    differences = _by_product(found)
    if short := [sku for sku, cases in differences.items() if stock[sku].available + cases < 0]:
        raise DomainError(
            "held_for_orders",
            f"More of {', '.join(short)} is reserved for orders than was counted. "
            "Count again or cancel an order.",
        )
    gone = [
        line.sku
        for line in found
        if free_at(session, line.sku).get(_place_of(session, line), 0) + line.difference < 0
    ]
    if gone:
        raise DomainError(
            "moved_since",
            f"{', '.join(gone)} was transferred or picked since it was counted. Count again.",
        )


def _place_of(session: Session, line: StockTakeLine) -> str:
    return line.location or home_of(session, line.sku)


def _booked(session: Session, line: StockTakeLine) -> int:
    return at_locations(session, line.sku).get(_place_of(session, line), (0, 0))[0]


def _usable(session: Session, codes: Sequence[str], errors: dict[str, str]) -> list[str]:
    """Return the active locations with these codes, each once; what is wrong goes to `errors`."""
    places = []
    for code in filter(None, (code.strip() for code in codes)):
        try:
            places.append(usable_location(session, code))
        except Invalid as error:
            errors.update(error.errors)
    return list(dict.fromkeys(places))


def _lines_to_count(
    session: Session,
    skus: list[str],
    places: list[str],
    everywhere: bool,
    errors: dict[str, str],
) -> set[tuple[str, str]]:
    """Return (location, SKU) of each line; what is wrong goes to `errors`."""
    known = set(session.scalars(select(Product.sku).where(Product.sku.in_(skus))))
    field = "skus" if skus or not (places or everywhere) else "location"
    if unknown := sorted(set(skus) - known):
        errors["skus"] = f"No product has the SKU {', '.join(unknown)[:200]}."
    elif not (skus or places or everywhere or errors):
        errors["skus"] = "Choose a location, or enter the SKUs to count."
    if errors:
        return set()
    if len(places) == 1 and skus:
        return {(places[0], sku) for sku in known}
    found = _lying(session, places, skus)
    if missing := sorted(known - {sku for _, sku in found}):
        errors["skus"] = f"{', '.join(missing)[:200]}: not at any of these locations."
    elif not found:
        errors[field] = "There is nothing to count."
    elif len(found) > MOST_COUNTED:
        errors[field] = (
            f"This has {counts.counted(len(found), 'line')}, and a stock-take can have at most "
            f"{MOST_COUNTED:,}."
        )
    return found


def _lying(session: Session, places: list[str], skus: list[str]) -> set[tuple[str, str]]:
    """Return (location, SKU) of what lies at these places or has its default location there.

    No places mean all, no SKUs all products.
    """
    lying = select(StockAtLocation.location, StockAtLocation.sku).where(StockAtLocation.on_hand > 0)
    homes = select(Product.location, Product.sku)
    if places:
        lying = lying.where(StockAtLocation.location.in_(places))
        homes = homes.where(Product.location.in_(places))
    if skus:
        lying, homes = (
            lying.where(StockAtLocation.sku.in_(skus)),
            homes.where(Product.sku.in_(skus)),
        )
    there = {(code, sku) for code, sku in session.execute(lying)}
    if skus and not places:
        homes = homes.where(Product.sku.not_in({sku for _, sku in there}))
    return there | {(home_of(session, sku), sku) for _, sku in session.execute(homes).all()}


def _by_key(take: StockTake) -> dict[str, StockTakeLine]:
    """Return the lines by SKU@LOCATION, and by SKU those of products at one location only."""
    named = {f"{line.sku}@{line.location}": line for line in take.lines}
    return named | dict(zip(keys_of(take.lines), take.lines, strict=True))


def _check_same(
    number: str, lines: Mapping[str, StockTakeLine], seen: Mapping[str, int | None]
) -> None:
    """Raise Stale if someone else counted these lines since they were seen."""
    theirs = {key: line for key, line in lines.items() if line.counted != seen.get(key)}
    if theirs:
        raise Stale(
            f"Someone else counted the same lines of {number} meanwhile.",
            {key: (line.counted, line.counted_by) for key, line in theirs.items()},
        )


def _by_product(lines: Sequence[StockTakeLine]) -> dict[str, int]:
    """Return the sum of the differences of each product."""
    sums = Counter[str]()
    for line in lines:
        sums[line.sku] += line.difference
    return dict(sums)


def _place_lines(session: Session, number: str) -> None:
    """Give lines from before locations were recorded their product's default location."""
    line = StockTakeLine
    bare = select(line.sku).where(line.number == number, line.location.is_(None))
    for sku in session.scalars(bare).all():
        session.execute(
            update(line)
            .where(line.number == number, line.sku == sku, line.location.is_(None))
            .values(location=home_of(session, sku))
            .execution_options(synchronize_session=False)
        )


def _end(session: Session, take: StockTake, status: str, **facts: object) -> None:
    take.status, take.ended_by, take.ended_at, take.version = (
        status,
        current_actor(session),
        clock.now(),
        take.version + 1,
    )
    write_history(session, "stock_take", take.number, status, **facts)
    _signal(session, take.number)


def _signal(session: Session, number: str) -> None:
    signal_record(session, "stock_take", number)
    signal_record(session, "stock_takes", "*")
