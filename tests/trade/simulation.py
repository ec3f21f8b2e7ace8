"""`python -m tests.trade.simulation --seed 7 --steps 5000`: people, trucks and faults by a seed, then the checker.

Sales, managers and the warehouse act by the real commands; events go the way of the relay and the
workers, but late, doubled and in the wrong order. The same seed makes the same decisions. It
empties the database that DM_DATABASE_URL names.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from consumers.operations.checks import find_faults
from models.inventory import adjustments, stock_takes
from models.inventory import commands as warehouse
from models.inventory.locations import create_location
from models.inventory.queries import ShipmentFilter, list_shipments
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.inventory.stock_by_location import at_locations
from models.inventory.transfers import transfer_stock
from models.orders.approval import approve_order, refuse_order
from models.orders.commands import place_order, request_cancellation
from models.orders.new_order import NewLine, NewOrder, Product
from models.orders.tables import Order
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.database.tables import mechanism
from models.shared.errors import DomainError
from models.shared.listeners.interface import Incoming, apply_batch, list_dead_letters
from models.shared.transactions import reading, transaction

SKUS = tuple(f"SIM-{n:02}" for n in range(8))
PLACES = ("A-1", "A-2", "B-1")
PEOPLE, HANDS = (
    ("jim.halpert", "dwight.schrute", "stanley.hudson"),
    ("roy.anderson", "darryl.philbin"),
)
ROUTES = {"sales": ("orders",), "orders": ("orders", "inventory"), "inventory": ("orders",)}


class Wire:
    """Carries events between the services, as badly as a network may: held back, doubled, shuffled."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.read = chance, dict.fromkeys(ROUTES, 0)
        self.under_way: dict[str, list[Incoming]] = {"orders": [], "inventory": []}

    def carry(self, everything: bool = False) -> int:
        """Delivers some of what is under way, or all; how many records that were."""
        for publisher in ROUTES:
            self._collect(publisher)
        return sum(self._deliver(listener, everything) for listener in self.under_way)

    def settle(self) -> None:
        """Delivers until nothing new comes out of it."""
        while self.carry(everything=True):
            pass

    def _collect(self, publisher: str) -> None:
        table = mechanism(publisher).outbox
        with reading(publisher) as session:
            rows = session.execute(
                select(table).where(table.c.id > self.read[publisher]).order_by(table.c.id)
            ).all()
        for row in rows:
            self.read[publisher] = row.id
            for listener in ROUTES[publisher]:
                self.under_way[listener].append(
                    Incoming(row.topic, 0, row.id, row.key.encode(), bytes(row.envelope))
                )

    def _deliver(self, listener: str, everything: bool) -> int:
        waiting = self.under_way[listener]
        count = len(waiting) if everything else self.chance.randint(0, len(waiting))
        now, self.under_way[listener] = waiting[:count], waiting[count:]
        doubled = [event for event in now if self.chance.random() < 0.1]
        batch = now + doubled
        if not everything:
            self.chance.shuffle(batch)
        if batch:
            apply_batch(listener, batch)
        return len(now)


class Company:
    """What can happen on a day; each step is one person's deed, refused or not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.wire, self.done = chance, Wire(chance), Counter[str]()
        self.clients = [self._win(n) for n in range(4)]
        for place in PLACES:
            self._as("darryl.philbin", create_location, place, schema="inventory")
        for n, sku in enumerate(SKUS):
            new = NewProduct(
                sku=sku,
                name=f"Paper {sku}",
                unit_price=Decimal("20.00"),
                location=PLACES[n % 2],
                reorder_point=10,
            )
            self._as("darryl.philbin", warehouse.create_product, new, schema="inventory")
        self.wire.settle()

    def live(self, steps: int) -> None:
        """So many deeds, with the wire at work between them; at the end everything arrives."""
        deeds: list[Callable[[], None]] = (
            [self.sell] * 8
            + [self.unload] * 3
            + [self.work] * 12
            + [self.regret, self.decide, self.count, self.take_stock, self.undo, self.fail]
            + [self.carry] * 2
        )
        for _ in range(steps):
            deed = self.chance.choice(deeds)
            try:
                deed()
                self.done[deed.__name__] += 1
            except DomainError:
                self.done[f"{deed.__name__}, refused"] += 1
            if self.chance.random() < 0.5:
                self.wire.carry()
        self.wire.settle()

    def sell(self) -> None:
        skus = self.chance.sample(SKUS, self.chance.randint(1, 3))
        lines = [NewLine(sku=sku, quantity=self.chance.randint(1, 30)) for sku in skus]
        offers = {
            sku: Product(sku=sku, name=f"Paper {sku}", unit_price=Decimal("20.00")) for sku in SKUS
        }
        self._as(
            self.chance.choice(PEOPLE),
            place_order,
            NewOrder(
                client_number=self.chance.choice(self.clients),
                products=offers,
                lines=lines,
                discount_percent=Decimal(self.chance.choice((0, 0, 0, 5, 15))),
            ),
        )

    def decide(self) -> None:
        order = self._some(Order.status == "awaiting_approval")
        if self.chance.random() < 0.7:
            self._as(
                "michael.scott",
                partial(approve_order, is_manager=True),
                order.number,
                order.version,
            )
        else:
            self._as(
                "michael.scott",
                partial(refuse_order, is_manager=True),
                order.number,
                "no",
                order.version,
            )

    def regret(self) -> None:
        order = self._some(Order.status.not_in(("cancelled", "delivered")))
        self._as(order.owner, request_cancellation, order.number, "changed", order.version)

    def unload(self) -> None:
        sku, cases, place = (
            self.chance.choice(SKUS),
            self.chance.randint(1, 60),
            self.chance.choice(("", *PLACES)),
        )
        self._as("darryl.philbin", receive_goods, sku, cases, "", place, schema="inventory")

    def carry(self) -> None:
        source, target = self.chance.sample(PLACES, 2)
        self._as(
            self.chance.choice(HANDS),
            transfer_stock,
            self.chance.choice(SKUS),
            source,
            target,
            self.chance.randint(1, 20),
            schema="inventory",
        )

    def work(self) -> None:
        row, hand = (
            self._parcel(("waiting", "picked", "packed", "dispatched")),
            self.chance.choice(HANDS),
        )
        step, more = {
            "waiting": (warehouse.pick_shipment, ()),
            "picked": (warehouse.pack_shipment, ()),
            "packed": (warehouse.dispatch_shipment, ("KF", "1")),
            "dispatched": (warehouse.deliver_shipment, ("R. Oduya",)),
        }[row.status]
        self._as(hand, step, row.number, *more, schema="inventory")

    def undo(self) -> None:
        self._as(
            "darryl.philbin",
            warehouse.undo_step,
            self._parcel(("picked", "packed")).number,
            schema="inventory",
        )

    def count(self) -> None:
        self._as(
            "darryl.philbin",
            adjustments.adjust_stock,
            self.chance.choice(SKUS),
            self.chance.randint(-3, 3),
            "counted",
            self.chance.choice(PLACES),
            schema="inventory",
        )

    def take_stock(self) -> None:
        """One place is counted, a little wrong."""
        place = self.chance.choice(PLACES)
        number = self._as(
            "roy.anderson", stock_takes.start_stock_take, "all of it", [], place, schema="inventory"
        )
        with reading("inventory") as session:
            lying = {
                line.sku: at_locations(session, line.sku).get(place, (0, 0))[0]
                for line in stock_takes.get_stock_take(session, number).lines
            }
        found = {
            sku: max(0, cases + self.chance.choice((0, 0, -1, 1))) for sku, cases in lying.items()
        }
        self._as("roy.anderson", stock_takes.count_stock, number, found, 1, schema="inventory")
        self._as("darryl.philbin", stock_takes.confirm_stock_take, number, 2, schema="inventory")

    def fail(self) -> None:
        """Somebody's process dies before the commit: nothing of it may be left."""
        try:
            with transaction("inventory", actor="darryl.philbin") as session:
                receive_goods(session, self.chance.choice(SKUS), 1000)
                raise InterruptedError
        except InterruptedError:
            pass

    def _win(self, n: int) -> str:
        address = Address(street="1 Main Street", city="Scranton", state="PA", postcode="18503")
        return self._as(
            "jim.halpert",
            create_client,
            NewClient(
                name=f"School {n}",
                contact_name="Dan Ferreira",
                contact_mail=f"dan{n}@school.example",
                contact_phone="570 555 0142",
                address=address,
                payment_terms_days=30,
                credit_limit=Decimal(50_000),
                owner="jim.halpert",
            ),
            schema="sales",
        )

    def _some(self, condition) -> Order:
        with reading("orders") as session:
            found = session.scalars(select(Order).where(condition).order_by(Order.number)).all()
        if not found:
            raise DomainError("none", "nothing to do")
        return self.chance.choice(found)

    def _parcel(self, statuses: tuple[str, ...]):
        with reading("inventory") as session:
            rows = list_shipments(
                session, ShipmentFilter(statuses=statuses), "oldest", size=40
            ).rows
        if not rows:
            raise DomainError("none", "nothing to do")
        return self.chance.choice(rows)

    def _as(self, actor: str, command: Callable, *args, schema: str = "orders"):
        with transaction(schema, actor=actor) as session:
            return command(session, *args)


def simulate(seed: int, steps: int) -> tuple[Counter[str], list[str]]:
    """What was done and what the checker found after it; dead letters are faults, too."""
    company = Company(random.Random(seed))
    company.live(steps)
    dead = [
        f"dead letter in {schema}: {letter.cause}"
        for schema in ("orders", "inventory")
        for letter in list_dead_letters(schema)
    ]
    return company.done, find_faults() + dead


def main() -> None:
    """Simulates as the command line says, prints what happened, ends with 1 where the checker finds anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=5000)
    asked = parser.parse_args()
    done, faults = simulate(asked.seed, asked.steps)
    print(
        f"seed {asked.seed}: " + ", ".join(f"{count} {name}" for name, count in done.most_common())
    )
    print("\n".join(faults) or "The checker finds nothing.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
