"""The seed's stock-takes: one posted weeks ago, one in progress when the demo starts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from models.inventory.stock_by_location import at_locations
from models.inventory.stock_takes import (
    confirm_stock_take,
    count_stock,
    get_stock_take,
    keys_of,
    start_stock_take,
)
from models.shared.transactions import reading, transaction
from stack.seed.calendar import Calendar
from stack.seed.warehouse import Warehouse

WEEKS_AGO = 3
AISLE, BAYS = "07-", ("BULK-01", "BULK-02")  # slow movers, and bays with several products each
FOUND = (
    0,
    -2,
    0,
    0,
    1,
    0,
    -1,
)  # cases more or less than booked, one product after another


class Counting:
    """Stock-takes by Darryl's team: an aisle one evening, and the bulk store today."""

    def __init__(self, calendar: Calendar, warehouse: Warehouse) -> None:
        self.calendar = calendar
        elsewhere = (
            warehouse.scarce | warehouse.bulk.keys()
        )  # scarce ones have nothing to spare, bulk ones lie in two locations
        self.aisle = sorted(
            each.sku
            for each in warehouse.range
            if each.location.startswith(AISLE) and each.sku not in elsewhere
        )

    def plan(self, days: list[datetime]) -> None:
        """Plan the evening stock-take after the trucks left; the bays', an hour ago, stays open."""
        evening = days[-WEEKS_AGO * 5] + timedelta(hours=11)
        self.calendar.at(evening, partial(self.count_aisle, evening))
        self.calendar.at(self.calendar.end - timedelta(minutes=55), self.begin_bays)

    def count_aisle(self, evening: datetime) -> None:
        """Start a stock-take, count within the hour, and post the differences before going home."""
        number = self.begin("Aisle 7, evening stock-take", self.aisle)
        self.calendar.at(
            evening + timedelta(minutes=50),
            partial(self.count, number, "madge.madsen", len(self.aisle)),
        )
        self.calendar.at(evening + timedelta(minutes=65), partial(self.confirm, number))

    def begin_bays(self) -> None:
        """Start the stock-take of two bays and count part of it."""
        number = self.begin(f"Bulk bays {' and '.join(BAYS)}", [], BAYS)
        self.count(number, "nate.nickerson", 2)

    def begin(self, words: str, skus: list[str], places: Sequence[str] = ()) -> str:
        """Start a stock-take of these products, or of everything at these places; return its number."""
        with transaction("inventory", actor="darryl.philbin") as session:
            return start_stock_take(session, words, skus, locations=places)

    def count(self, number: str, hand: str, most: int) -> None:
        """Enter counts for the first products of the list."""
        with reading("inventory") as session:
            take = get_stock_take(session, number)
            booked = {
                key: at_locations(session, line.sku).get(line.location or "", (0, 0))[0]
                for key, line in zip(keys_of(take.lines), take.lines[:most], strict=False)
            }
        counted = {
            sku: max(0, cases + FOUND[n % len(FOUND)])
            for n, (sku, cases) in enumerate(booked.items())
        }
        with transaction("inventory", actor=hand) as session:
            count_stock(session, number, dict(counted), take.version)

    def confirm(self, number: str) -> None:
        """Post the differences as the foreman."""
        with reading("inventory") as session:
            version = get_stock_take(session, number).version
        with transaction("inventory", actor="darryl.philbin") as session:
            confirm_stock_take(session, number, version)
