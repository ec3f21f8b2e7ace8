"""The seed's warehouse: create products, unload trucks, pick, pack, ship, deliver."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inventory.commands import (
    create_product,
    deliver_shipment,
    dispatch_shipment,
    pack_shipment,
    pick_shipment,
)
from models.inventory.locations import create_location
from models.inventory.receipt_corrections import correct_receipt, void_receipt
from models.inventory.receipts import Goods, receive_delivery, receive_goods
from models.inventory.rules import NewProduct
from models.inventory.tables import Shipment, Stock
from models.inventory.transfers import transfer_stock
from models.shared.transactions import reading, transaction
from stack.seed.calendar import Calendar, next_business_day
from stack.seed.goods import Product, products

HANDS = (
    "darryl.philbin",
    "roy.anderson",
    "madge.madsen",
    "lonny.collins",
    "val.johnson",
    "nate.nickerson",
)
CARRIERS = (("Keystone Freight", "KF"), ("Anthracite Parcel", "AP"), ("Lackawanna Express", "LX"))
RECEIVERS = ("R. Oduya", "front desk", "M. Sedlak", "receiving dock", "T. Amato", "the janitor")
SCARCE = 10
PALLETS = 6  # products on a truck
BULK_EVERY, BULK = (
    4,
    "BULK-{:02d}",
)  # of every fourth product the trucks are unloaded in the bulk store
LATE_EVERY = 150  # every 150th shipment leaves although its order is being cancelled in that minute


class Warehouse:
    """The warehouse. `regret` asks the office to cancel an order."""

    def __init__(
        self, calendar: Calendar, chance: random.Random, regret: Callable[[str], None]
    ) -> None:
        self.calendar, self.chance, self.regret = calendar, chance, regret
        self.range = products()
        popular = sorted(
            self.range, key=lambda product: -product.stock
        )  # the most popular product never runs out
        self.scarce = {product.sku for product in popular[1 : 1 + SCARCE]}
        self.planned, self.in_hand = set[str](), set[str]()
        many = [product for product in popular if product.sku not in self.scarce][::BULK_EVERY]
        self.bulk = {product.sku: BULK.format(place // 3 + 1) for place, product in enumerate(many)}

    def open(self, day: datetime) -> None:
        """Plan the opening: create the locations, and every product with a first receipt."""
        self.calendar.at(day, self.name_shelves)
        for product in self.range:
            self.calendar.at(day, partial(self.take_in, product))
        self.calendar.at(day + timedelta(minutes=20), self.slip)

    def name_shelves(self) -> None:
        """Create each product's location, the bulk store's bays, and the dock."""
        homes = {product.location for product in self.range}
        with transaction("inventory", actor="darryl.philbin") as session:
            for code in sorted(homes):
                create_location(session, code)
            for place in sorted(set(self.bulk.values())):
                create_location(session, place, "Bulk store")
            create_location(session, "DOCK", "Receiving dock")

    def take_in(self, product: Product) -> None:
        """Create a product and receive its first cases."""
        with transaction("inventory", actor="darryl.philbin") as session:
            create_product(
                session,
                NewProduct(
                    sku=product.sku,
                    name=product.name,
                    unit_price=product.price,
                    location=product.location,
                    reorder_point=product.stock // 5,
                    reorder_quantity=product.stock,
                ),
            )
            receive_goods(session, product.sku, product.stock // 2, "First delivery")
            if bay := self.bulk.get(product.sku):
                receive_goods(session, product.sku, product.stock // 4, "First delivery", bay)

    def slip(self) -> None:
        """Receive two products wrongly: correct the quantity of one, void the other's receipt."""
        mistyped, doubled = self.range[:2]
        with transaction("inventory", actor="roy.anderson") as session:
            number = receive_goods(session, mistyped.sku, 60, "Late pallet")
            twice = receive_goods(session, doubled.sku, doubled.stock // 2, "First delivery")
        with transaction("inventory", actor="darryl.philbin") as session:
            correct_receipt(session, number, {1: 6}, "Typed 60 instead of 6", 1)
            void_receipt(session, twice, "Posted twice", 1)

    def restock(self, day: datetime, *, scarce: bool) -> None:
        """Plan the morning's truck: products that ran low, except scarce ones."""
        with reading("inventory") as session:
            free = dict(session.execute(select(Stock.sku, Stock.on_hand - Stock.reserved)).all())
        low = [product for product in self.range if free[product.sku] < product.stock // 5]
        coming = [each for each in low if not (scarce and each.sku in self.scarce)]
        shipped = day.date().isoformat().replace("-", "")
        for start in range(0, len(coming), PALLETS):
            load = coming[start : start + PALLETS]
            note = f"DN-{shipped}-{start // PALLETS + 1}"
            self.calendar.at(day + timedelta(minutes=3 * start), partial(self.unload, load, note))

    def unload(self, load: list[Product], delivery_note: str) -> None:
        """Receive a truck's products in one receipt; the oldest waiting orders are served first."""
        with transaction("inventory", actor=self.chance.choice(HANDS)) as session:
            goods = [
                Goods(
                    sku=product.sku,
                    quantity=max(5, product.stock // (8 if product.sku in self.scarce else 1)),
                    location=self.bulk.get(product.sku, ""),
                )
                for product in load
            ]
            receive_delivery(session, goods, delivery_note, "Weekly truck")
            homes = {product.sku: product.location for product in load}
            for each in goods:
                if each.location:  # half of it goes to the product's usual location at once
                    refill = each.quantity // 2
                    transfer_stock(
                        session, each.sku, each.location, homes[each.sku], refill, "Bin refill"
                    )

    def plan_new_parcels(self, day: datetime) -> None:
        """Plan shipments that are new since the last call for one of the next days."""
        with reading("inventory") as session:
            waiting = session.execute(
                select(Shipment.number, Shipment.order_number)
                .where(Shipment.status == "waiting")
                .order_by(Shipment.number)
            ).all()
        for number, order in waiting:
            if number not in self.planned:
                self.planned.add(number)
                self.plan_parcel(number, order, day)

    def plan_parcel(self, number: str, order: str, day: datetime) -> None:
        """Plan one shipment: picked and packed in the morning, gone in the afternoon.

        Two people pick and pack it; it arrives one to three business days later.
        """
        morning = next_business_day(day, self.chance.choice((1, 1, 1, 2))) + timedelta(
            minutes=self.chance.randint(45, 240)
        )
        leaves = morning + timedelta(minutes=self.chance.randint(150, 260))
        arrives = next_business_day(leaves, self.chance.choice((1, 1, 2, 3))) - timedelta(
            minutes=self.chance.randint(0, 200)
        )
        picker, packer = self.chance.sample(HANDS, 2)
        carrier, letters = self.chance.choice(CARRIERS)
        tracking = f"{letters} {self.chance.randint(100, 999)} {self.chance.randint(100, 999)}"
        signed = self.chance.choice(RECEIVERS)
        steps = (
            (morning, picker, partial(pick_shipment, number=number)),
            (
                morning + timedelta(minutes=self.chance.randint(20, 90)),
                packer,
                partial(pack_shipment, number=number),
            ),
            (
                leaves,
                packer,
                partial(dispatch_shipment, number=number, carrier=carrier, tracking=tracking),
            ),
            (arrives, "darryl.philbin", partial(deliver_shipment, number=number, signed_by=signed)),
        )
        for moment, actor, command in steps:
            self.calendar.at(moment, partial(self.handle, number, actor, command))
        if len(self.planned) % LATE_EVERY == 0:
            self.calendar.at(leaves - timedelta(seconds=30), partial(self.regret, order))

    def leave_some_in_hand(self, parcels: int) -> None:
        """Pick the oldest waiting shipments now and pack every second one.

        This way no column of the board is empty.
        """
        with reading("inventory") as session:
            oldest = (
                select(Shipment.number)
                .where(Shipment.status == "waiting")
                .order_by(Shipment.number)
                .limit(parcels)
            )
            waiting = session.scalars(oldest).all()
        for place, number in enumerate(waiting):
            self.handle(number, HANDS[1], partial(pick_shipment, number=number))
            if place % 2:
                self.handle(number, HANDS[2], partial(pack_shipment, number=number))
        self.in_hand.update(waiting)

    def handle(self, number: str, actor: str, command: Callable[[Session], object]) -> None:
        """Run one step of a shipment, unless it was left in hand."""
        if number in self.in_hand:
            return
        with transaction("inventory", actor=actor) as session:
            command(session)
