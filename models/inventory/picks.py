"""Picks that deviate from the list: any location with enough free cases will do."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from models.inventory.location_tables import ShipmentPick
from models.inventory.stock import usable_location
from models.inventory.stock_by_location import fix_picks, free_at
from models.inventory.tables import Shipment
from models.shared.counts import counted
from models.shared.errors import Invalid


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of a shipment line taken from a location."""

    line: int
    location: str
    quantity: int


def take_cases(session: Session, parcel: Shipment, takes: Sequence[Take]) -> None:
    """Record where a shipment's cases are taken: every line in full per `takes`, or as proposed.

    The caller must hold the warehouse lock. Raises Invalid on `picks` (not the whole shipment) or
    `picks-N`, counted from 0 (unknown or retired location, or too few cases there that are not yet
    picked for a shipment).
    """
    fix_picks(session, parcel, _chosen(session, parcel, takes) if takes else None)


def choices_of(session: Session, picks: Sequence[ShipmentPick]) -> list[list[tuple[str, str]]]:
    """For each proposed pick, return the locations that could serve instead, as (code, label).

    A location qualifies if it has enough cases left after the other picks; the proposed one always
    does.
    """
    free = {sku: free_at(session, sku) for sku in {pick.sku for pick in picks}}
    taken = Counter[tuple[str, str]]()
    for pick in picks:
        taken[pick.sku, pick.location] += pick.quantity
    return [
        [
            (code, f"{code} ({there:,} available)")
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
                f"{place} has only {counted(there.get(place, 0), 'case')} "
                f"of {skus[take.line]} available."
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
        raise Invalid({field: "Choose a location."})
    return usable_location(session, take.location.strip(), field)


def _check_whole(parcel: Shipment, takes: Sequence[Take]) -> None:
    asked, given = {line.line: line.quantity for line in parcel.lines}, Counter[int]()
    for take in takes:
        given[take.line] += take.quantity
    if dict(given) != asked or min(take.quantity for take in takes) < 1:
        raise Invalid({"picks": "Choose locations for all cases of every line."})
