"""The seed's leads: prospects in every stage, and how most of the later clients were won."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from models.sales.commands import Conversion, convert_lead
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.leads import create_lead, log_call, lose_lead, move_lead, plan_next, write_note
from models.sales.queries import get_lead
from models.sales.stages import ACTIVITIES, LOST_REASONS, OPEN
from models.shared.transactions import reading, transaction
from stack.seed.calendar import Calendar
from stack.seed.goods import LISTS, Company
from stack.seed.office import SELLERS, Office

PLACES = (
    "Moosic Valley",
    "Green Ridge",
    "Nay Aug",
    "Laurel Run",
    "Olyphant",
    "Steamtown",
    "Abington",
    "Dickson",
    "Keystone",
)
TRADES = (
    "Dental",
    "Credit Union",
    "Veterinary",
    "Law Office",
    "Tutoring",
    "Brewing",
    "Youth Theater",
    "Bike Repair",
)
SOURCES = ("referral", "website", "cold_call", "trade_show", "mailing", "referral", "website")
SAID = (
    "They print menus each Friday.",
    "Ivory only, and no logo on the box.",
    "Buys from a chain; the driver is rude.",
    "Asked for samples of the 110 lb.",
    "Budget opens with the new year.",
    "Knows someone at Pine Ridge.",
)
DAYS_OF_A_LEAD = 10  # business days from first contact to client
OPEN_ONES, LOST_ONES = (12, 9, 7, 5), 14  # by stage; and how many were lost on the way


class Prospect(NamedTuple):
    """A possible buyer and the salesperson who works on them."""

    facts: LeadFacts
    seller: str


class Prospects:
    """The branch's leads; `number_of` maps a company to its lead number."""

    def __init__(self, calendar: Calendar, office: Office) -> None:
        self.calendar, self.office = calendar, office
        self.chance = random.Random(19730101)  # noqa: S311  chance for a story, not for a secret
        self.number_of: dict[str, str] = {}

    def plan(self, days: list[datetime]) -> None:
        """Plan the leads that are open when the history ends, and those that were lost."""
        stages = [stage for stage, count in zip(OPEN, OPEN_ONES, strict=True) for _ in range(count)]
        names = [f"{place} {trade}" for trade in TRADES for place in PLACES]
        for place, (name, stage) in enumerate(
            zip(names, [*stages, *["lost"] * LOST_ONES], strict=False)
        ):
            self._plan_one(self._prospect(name, place), stage, days)

    def win(self, company: Company, place: int, days: list[datetime], day: int) -> None:
        """Plan a client that is won on `days[day]`, after two weeks as a lead."""
        seller = SELLERS[place % len(SELLERS)]
        facts = LeadFacts(
            company=company.name,
            contact_name=company.contact,
            source=SOURCES[place % len(SOURCES)],
            owner=seller,
            expected_value=Decimal(1200 + place % 9 * 850),
        )
        at = timedelta(minutes=60 + place)
        self.calendar.at(
            days[day - DAYS_OF_A_LEAD] + at, partial(self._begin, Prospect(facts, seller))
        )
        for back, stage in zip((8, 5, 2), OPEN[1:], strict=True):
            self.calendar.at(
                days[day - back] + at, partial(self._move, company.name, seller, stage)
            )
        self.calendar.at(
            days[day] + timedelta(minutes=place), partial(self._convert, company, place, seller)
        )

    def _plan_one(self, prospect: Prospect, stage: str, days: list[datetime]) -> None:
        """Plan a lead that starts on some day and moves a stage every second day.

        In the end it is lost, or waits for its next step.
        """
        reached = self.chance.randrange(len(OPEN)) if stage == "lost" else OPEN.index(stage)
        first = self.chance.randrange(
            1 if stage == "lost" else len(days) // 2, len(days) - 2 * reached - 1
        )
        name, seller = prospect.facts.company, prospect.seller
        self.calendar.at(days[first] + timedelta(minutes=70), partial(self._begin, prospect))
        for step, following in enumerate(OPEN[1 : reached + 1], 1):
            self.calendar.at(
                days[first + 2 * step] + timedelta(hours=2),
                partial(self._move, name, seller, following),
            )
        last = days[first + 2 * reached + 1] + timedelta(hours=3)
        self.calendar.at(last, partial(self._lose if stage == "lost" else self._step, name, seller))

    def _prospect(self, name: str, place: int) -> Prospect:
        first, last = LISTS["first_names"], LISTS["last_names"]
        contact = f"{first[place * 5 % len(first)]} {last[place * 11 % len(last)]}"
        seller = SELLERS[place % len(SELLERS)]
        facts = LeadFacts(
            company=name,
            contact_name=contact,
            mail=f"{contact.split()[1].lower()}@{name.replace(' ', '').lower()}.example",
            phone=f"570 555 {1000 + place * 7:04d}",
            source=SOURCES[place * 3 % len(SOURCES)],
            next=self._planned(),
            expected_value=Decimal(self.chance.randrange(4, 260) * 50),
            owner="" if place % 13 == 5 else seller,
        )
        return Prospect(facts, seller)

    def _planned(self) -> NextStep:
        """Return a next step for most leads: some overdue, some today, most in the coming days."""
        if self.chance.random() < 0.2:
            return NextStep()
        today: date = self.calendar.end.date()
        return NextStep(
            kind=self.chance.choice(ACTIVITIES),
            on=today + timedelta(days=self.chance.choice((-3, -1, 0, 0, 1, 2, 4, 7))),
        )

    def _begin(self, prospect: Prospect) -> None:
        with transaction("sales", actor=prospect.seller) as session:
            self.number_of[prospect.facts.company] = create_lead(session, prospect.facts)

    def _move(self, name: str, seller: str, stage: str) -> None:
        with transaction("sales", actor=seller) as session:
            move_lead(session, self.number_of[name], stage, any_lead=True)
            log_call(
                session,
                self.number_of[name],
                self.chance.choice(("reached", "no_answer", "left_message")),
            )

    def _step(self, name: str, seller: str) -> None:
        with transaction("sales", actor=seller) as session:
            write_note(session, self.number_of[name], self.chance.choice(SAID))
            plan_next(session, self.number_of[name], self._planned(), any_lead=True)

    def _lose(self, name: str, seller: str) -> None:
        reason = self.chance.choice(("price", "price", *LOST_REASONS[:-1]))
        with transaction("sales", actor=seller) as session:
            lose_lead(session, self.number_of[name], reason, any_lead=True)

    def _convert(self, company: Company, place: int, seller: str) -> None:
        number = self.number_of[company.name]
        with reading("sales") as session:
            version = get_lead(session, number).version
        with transaction("sales", actor=seller) as session:
            new = self.office.new_client(company, place)
            client = convert_lead(
                session, number, Conversion(new=new), version, any_lead=True, may_set_limit=True
            )
        self.office.remember(client, place)
