"""The seed's salespeople: win clients, place orders, cancel some."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from models.orders.approval import approve_order, refuse_order
from models.orders.commands import place_order, request_cancellation
from models.orders.new_order import NewLine, NewOrder
from models.orders.new_order import Product as Offer
from models.orders.queries import get_order
from models.orders.tables import Order
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared import clock
from models.shared.transactions import reading, transaction
from stack.seed.calendar import Calendar
from stack.seed.goods import STREETS, Company, Product, products
from stack.seed.people import people

SELLERS = (
    "jim.halpert",
    "dwight.schrute",
    "phyllis.vance",
    "stanley.hudson",
    "andy.bernard",
    "karen.filippelli",
)
MANAGER = "michael.scott"
REASONS = (
    "The client closes for the season.",
    "Ordered twice by mistake.",
    "They found a pallet in the basement.",
    "Wrong weight of paper; a new order follows.",
)


class Account(NamedTuple):
    """A client, its owner, and how much it buys compared with others."""

    number: str
    seller: str
    weight: int


class Office:
    """The sales side of the branch."""

    def __init__(self, calendar: Calendar, chance: random.Random) -> None:
        self.calendar, self.chance = calendar, chance
        self.names = {person.uid: person.name for person in people()}
        self.offers = {
            each.sku: Offer(sku=each.sku, name=each.name, unit_price=each.price)
            for each in products()
        }
        self.range = products()
        self.popular = [product.stock for product in self.range]
        self.accounts: list[Account] = []
        self.placed = 0

    def win(self, company: Company, place: int) -> None:
        """Create a company as a client of one of the salespeople."""
        with transaction("sales", actor=SELLERS[place % len(SELLERS)]) as session:
            number = create_client(session, self.new_client(company, place))
        self.remember(number, place)

    def remember(self, number: str, place: int) -> None:
        """Let this client place orders from now on."""
        self.accounts.append(Account(number, SELLERS[place % len(SELLERS)], 1 + place * 7 % 5))

    def new_client(self, company: Company, place: int) -> NewClient:
        """Return the form data of a client."""
        name = company.contact
        mail = f"{name.split()[1].lower()}@{''.join(filter(str.isalpha, company.name.lower()))}.example"
        address = Address(
            street=f"{12 + place * 7} {STREETS[place % len(STREETS)]}",
            city=company.city,
            state="PA",
            postcode=company.postcode,
        )
        return NewClient(
            name=company.name,
            contact_name=name,
            contact_mail=mail,
            contact_phone=f"570 555 {100 + place:04d}",
            address=address,
            payment_terms_days=(30, 30, 45, 60)[place % 4],
            owner=SELLERS[place % len(SELLERS)],
            credit_limit=Decimal(10000 + place % 8 * 5000),
        )

    def work(self, day: datetime, orders: int) -> None:
        """Plan a day's orders between nine and five; the last day may end sooner."""
        latest = min(540, int((self.calendar.end - day).total_seconds() / 60) - 10)
        for _ in range(orders):
            self.calendar.at(day + timedelta(minutes=self.chance.randint(60, latest)), self.sell)

    def sell(self) -> None:
        """Place an order of one to five products; every thirtieth is cancelled half an hour later."""
        account = self.chance.choices(self.accounts, [each.weight for each in self.accounts])[0]
        with transaction("orders", actor=account.seller) as session:
            number = place_order(
                session,
                NewOrder(
                    client_number=account.number,
                    products=self.offers,
                    owner_name=self.names[account.seller],
                    purchase_order=f"PR-{self.chance.randint(1000, 9999)}"
                    if self.chance.random() < 0.6
                    else "",
                    discount_percent=self.discount(account.number),
                    lines=[
                        NewLine(sku=product.sku, quantity=self.quantity(product))
                        for product in self.wanted()
                    ],
                ),
            )
        self.placed += 1
        self.calendar.at(clock.now() + timedelta(minutes=20), partial(self.decide, number))
        if self.placed % 30 == 0:
            self.calendar.at(clock.now() + timedelta(minutes=30), partial(self.give_up, number))

    def discount(self, client: str) -> Decimal:
        """Return a client's discount: every fourth has one, and every sixteenth asks for more."""
        years = int(client.removeprefix("CL-"))
        return (
            Decimal(15)
            if years % 16 == 4
            else Decimal(years % 3 * 2 + 3)
            if years % 4 == 0
            else Decimal(0)
        )

    def decide(self, number: str) -> None:
        """Decide an order that waits for approval; the sales manager refuses what goes too far."""
        with reading("orders") as session:
            order = get_order(session, number)
        if order.status != "awaiting_approval":
            return
        with transaction("orders", actor=MANAGER) as session:
            if "credit" in order.approval_reasons and order.discount_percent:
                refuse_order(
                    session,
                    number,
                    "Old invoices first, then a discount.",
                    order.version,
                    is_manager=True,
                )
            else:
                approve_order(session, number, order.version, is_manager=True)

    def give_up(self, number: str) -> None:
        """Cancel an order in time, so that the warehouse answers by releasing the stock."""
        self.calendar.deliver()
        self.regret(number)
        self.calendar.deliver()

    def regret(self, number: str) -> None:
        """Ask the warehouse to cancel an order; its answer comes when it receives the event."""
        with reading("orders") as session:
            order = get_order(session, number)
        with transaction("orders", actor=order.owner) as session:
            request_cancellation(session, number, self.chance.choice(REASONS), order.version)

    def leave_some_in_motion(self, end: datetime, orders: int) -> None:
        """Place the last orders and one cancellation minutes ago.

        Nobody has received their events when the demo starts.
        """
        with reading("orders") as session:
            reserved = session.scalars(
                select(Order.number).where(Order.status == "reserved").order_by(Order.number)
            ).all()
        self.calendar.at(end - timedelta(minutes=4), partial(self.regret, reserved[-1]))
        for place in range(orders):
            self.calendar.at(end - timedelta(minutes=orders - place, seconds=20), self.sell)

    def wanted(self) -> list[Product]:
        """Choose different products, popular ones more often."""
        drawn = self.chance.choices(
            self.range, self.popular, k=self.chance.choice((1, 2, 2, 3, 3, 4, 5))
        )
        return list(dict.fromkeys(drawn))

    def quantity(self, product: Product) -> int:
        """Choose the cases of a line: mostly few, now and then a large order."""
        usual = 4 + product.stock // 30
        return (
            self.chance.randint(1, usual)
            if self.chance.random() < 0.93
            else self.chance.randint(usual, usual * 4)
        )
