"""A picker takes a parcel's cases from where the list says, or from another location that has enough of them."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from models.inventory.picking import fix_picks, free_at
from models.inventory.shelf_tables import ShipmentPick
from models.inventory.stock import usable_location
from models.inventory.tables import Shipment
from models.shared.errors import Invalid


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """So many cases of a parcel's line, from a location."""

    line: int
    location: str
    quantity: int


def take_cases(session: Session, parcel: Shipment, takes: Sequence[Take]) -> None:
    """Writes down from where a parcel's cases are taken: as `takes` say, all of each line; without
    any, as the list says.

    The warehouse is locked. Raises Invalid on `picks` (not the whole parcel) or `picks-N`, counted
    from 0 (no such location, a retired one, fewer cases there than that which nobody took for a
    parcel yet).
    """
    fix_picks(session, parcel, _chosen(session, parcel, takes) if takes else None)


def choices_of(session: Session, picks: Sequence[ShipmentPick]) -> list[list[tuple[str, str]]]:
    """For each of the picks that a list proposes: it, and the locations that have enough beside the
    others, as (code, words).
    """
    free = {sku: free_at(session, sku) for sku in {pick.sku for pick in picks}}
    taken = Counter[tuple[str, str]]()
    for pick in picks:
        taken[pick.sku, pick.location] += pick.quantity
    return [
        [
            (code, f"{code} ({there:,} there)")
            for code, there in free[pick.sku].items()
            if code == pick.location or there - taken[pick.sku, code] >= pick.quantity
        ]
        for pick in picks
    ]


def _chosen(session: Session, parcel: Shipment, takes: Sequence[Take]) -> list[ShipmentPick]:
    _check_whole(parcel, takes)
    skus = {line.line: line.sku for line in parcel.lines}
    free = {sku: free_at(session, sku) for sku in skus.values()}
    errors, taken = dict[str, str](), Counter[tuple[int, str]]()
    for n, take in enumerate(takes):
        place, there = _place(session, take, f"picks-{n}"), free[skus[take.line]]
        if there.get(place, 0) < take.quantity:
            errors[f"picks-{n}"] = (
                f"Only {there.get(place, 0):,} cases of {skus[take.line]} are free at {place}."
            )
            continue
        there[place] -= take.quantity
        taken[take.line, place] += take.quantity
    if errors:
        raise Invalid(errors)
    return [
        ShipmentPick(
            shipment_number=parcel.number, line=line, location=place, sku=skus[line], quantity=cases
        )
        for (line, place), cases in taken.items()
    ]


def _place(session: Session, take: Take, field: str) -> str:
    if not take.location.strip():
        raise Invalid({field: "From which location?"})
    return usable_location(session, take.location.strip(), field)


def _check_whole(parcel: Shipment, takes: Sequence[Take]) -> None:
    asked, given = {line.line: line.quantity for line in parcel.lines}, Counter[int]()
    for take in takes:
        given[take.line] += take.quantity
    if dict(given) != asked or min(take.quantity for take in takes) < 1:
        raise Invalid({"picks": "Say for every line from where all of its cases come."})
