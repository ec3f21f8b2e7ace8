"""Locations where goods lie: list, create, rename and retire them."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inventory.location_tables import StockAtLocation
from models.inventory.rules import check_location
from models.inventory.stock import location_named
from models.inventory.tables import Location, Product
from models.shared.database.live_signals import signal_record
from models.shared.database.rows import AnyRow, AnySelect
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.records.history import write_history
from models.shared.records.lists import ListQuery
from models.shared.search import words_of
from models.shared.texts import isolate

MOST_CHOICES = 2_000
_AT = (StockAtLocation.location == Location.code) & (StockAtLocation.on_hand > 0)
_LISTED = (
    Location.code,
    Location.name,
    Location.active,
    Location.version,
    select(func.count()).where(_AT).correlate(Location).scalar_subquery().label("products"),
    select(func.coalesce(func.sum(StockAtLocation.on_hand), 0))
    .where(_AT)
    .correlate(Location)
    .scalar_subquery()
    .label("cases"),
)


class LocationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of the location list; shows either active or retired locations."""

    q: str = ""
    retired: bool = False


def create_location(session: Session, code: str, name: str = "") -> str:
    """Add a location and return its code.

    Raises Invalid, also for a code already in use, regardless of case.
    """
    code = code.strip()
    check_location(code, name)
    if session.scalar(location_named(code)):
        raise Invalid({"code": f"The bin code {code} is already in use."})
    session.add(Location(code=code, name=name.strip(), active=True, version=1))
    session.flush()
    write_history(session, "location", code, "created")
    signal_record(session, "locations", "*")
    return code


def change_location(session: Session, code: str, name: str, active: bool, version: int) -> None:
    """Rename a location, retire it, or put it back into use.

    Raises NotFound, Stale, Invalid, DomainError `in_use` (goods lie there, or it is a product's
    default location).
    """
    found = session.scalars(
        select(Location).where(Location.code == code).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("location", code)
    if found.version != version:
        raise Stale(f"Location {code} changed since you opened it.", {"name": (name, found.name)})
    check_location("A", name)
    if found.active and not active:
        _check_unused(session, code)
    found.name, found.active, found.version = name.strip(), active, found.version + 1
    write_history(session, "location", code, "changed", name=found.name, active=active)
    signal_record(session, "locations", "*")


def get_location(session: Session, code: str) -> Location:
    """Return one location; raises NotFound."""
    found = session.get(Location, code)
    if found is None:
        raise NotFound("location", code)
    return found


def location_choices(session: Session) -> list[tuple[str, str]]:
    """Return the active locations as (code, label) for a form's select."""
    query = (
        select(Location.code, Location.name)
        .where(Location.active)
        .order_by(Location.code)
        .limit(MOST_CHOICES)
    )
    return [
        (code, f"{code}, {isolate(name)}" if name else code)
        for code, name in session.execute(query)
    ]


def list_stock_at(session: Session, code: str, most: int = 500) -> list[AnyRow]:
    """Return a location's stock by product: sku, name, home (default location), on_hand."""
    return list(
        session.execute(
            select(
                Product.sku, Product.name, Product.location.label("home"), StockAtLocation.on_hand
            )
            .join(StockAtLocation, StockAtLocation.sku == Product.sku)
            .where(StockAtLocation.location == code, StockAtLocation.on_hand > 0)
            .order_by(Product.sku)
            .limit(most)
        )
    )


def _check_unused(session: Session, code: str) -> None:
    """Raise DomainError if goods lie there or it is a product's default location."""
    here = select(StockAtLocation.sku).where(
        StockAtLocation.location == code, StockAtLocation.on_hand > 0
    )
    lying = session.scalar(here.limit(1))
    home = session.scalar(select(Product.sku).where(Product.location == code).limit(1))
    if lying or home:
        raise DomainError(
            "in_use",
            f"Location {code} still holds {lying}. Transfer that stock first."
            if lying
            else f"{code} is the default location of {home}. Choose another one for it first.",
        )


def _narrowed(query: AnySelect, wanted: LocationFilter) -> AnySelect:
    for word in words_of(wanted.q):
        query = query.where(
            func.folded(Location.code + " " + Location.name).contains(word, autoescape=True)
        )
    narrowed: AnySelect = query.where(Location.active.is_not(wanted.retired))
    return narrowed


LOCATIONS: ListQuery[LocationFilter] = ListQuery(
    select(*_LISTED), _narrowed, {"code": (Location.code, False)}, Location.code
)
list_locations = LOCATIONS.page
