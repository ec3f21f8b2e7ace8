"""The seed's expenses: submitted with receipt photos, decided, and paid in runs.

The directory names who decides; some expenses are left in every state.
"""

import io
import random
import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from models.finance.commands import Verdict, decide_expense, submit_expense, withdraw_expense
from models.finance.drafts import (
    Draft,
    DraftLine,
    NewVoucher,
    attach_voucher,
    save_draft,
    start_expense,
)
from models.finance.people import KnownPerson, office_today, remember_people
from models.finance.queries import get_expense
from models.finance.reimbursement import list_payable, make_run, set_budget
from models.finance.rules import Reader
from models.finance.tables import Expense
from models.finance.voucher_files import inspect
from models.shared import clock, dates
from models.shared.transactions import reading, transaction
from stack.seed.calendar import Calendar
from stack.seed.goods import LISTS
from stack.seed.people import people

STORIES = tomllib.loads((Path(__file__).parent / "expenses.toml").read_text())
PEOPLE = {
    each.uid: KnownPerson(
        uid=each.uid,
        name=each.name,
        department=each.department,
        manager=each.manager,
        groups=list(each.groups),
    )
    for each in people()
}
COUNT = 44  # expenses of the earlier weeks; expenses.toml lists the last ones
ACCOUNTING, PAYER = "oscar.martinez", "angela.martin"
RECEIPT_ABOVE = Decimal(25)
ENDINGS = (
    "approve",
    "approve",
    "approve",
    "part",
    "approve",
    "approve",
    "ask",
    "approve",
    "refuse",
    "approve",
    "withdraw",
    "approve",
)
SAID = {
    "part": "The receipt says less.",
    "refuse": "This is not for the company.",
    "ask": "Who was with you?",
}


class Claim(NamedTuple):
    """An expense to submit. `end` is its outcome; `said` goes with a question, a refusal or a part."""

    owner: str
    purpose: str
    lines: list[list[Any]]
    end: str
    said: str = ""


class Expenses:
    """Everyone's expenses; `number_of` maps a claim's key to its number."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.chance = random.Random(20050324)  # noqa: S311  chance for a story, not for a secret
        self.number_of: dict[str, str] = {}

    def plan(self, days: list[datetime]) -> None:
        """Plan people and budgets, eight weeks of expenses, Friday payment runs, and open ones."""
        _introduce(days[0])
        for place in range(COUNT):
            first = place * (len(days) - 5) // COUNT + 1
            self._plan_one(
                self._claim(place),
                f"story-{place}",
                days[first:],
                timedelta(minutes=95 + place * 7 % 300),
            )
        for day in days[:-3]:
            if day.weekday() == 4:
                self.calendar.at(day + timedelta(hours=8), _pay)
        for place, story in enumerate(STORIES["lately"]):
            claim = Claim(
                story["who"], story["purpose"], story["lines"], story["ends"], story.get("said", "")
            )
            self._plan_lately(
                claim, f"lately-{place}", days[-2:], timedelta(minutes=100 + place * 11)
            )

    def _claim(self, place: int) -> Claim:
        story = STORIES["stories"][place % len(STORIES["stories"])]
        client = LISTS["clients"][place * 5 % len(LISTS["clients"])][0]
        lines = [
            [what, category, round(Decimal(self.chance.uniform(low, high)), 2), *why]
            for what, category, low, high, *why in story["lines"]
        ]
        return Claim(
            self.chance.choice(story["who"]),
            story["purpose"].format(client=client),
            lines,
            ENDINGS[place % len(ENDINGS)],
        )

    def _plan_one(self, claim: Claim, key: str, days: list[datetime], at: timedelta) -> None:
        """Plan one expense over the given days.

        It is submitted on the first day and decided on the second; a question is answered on the
        third.
        """
        do = {"part": "approve", "ask": "send_back"}.get(claim.end, claim.end)
        self.calendar.at(days[0] + at, partial(self._hand_in, claim, key))
        if claim.end == "withdraw":
            self.calendar.at(
                days[0] + at + timedelta(minutes=9), partial(self._take_back, claim, key)
            )
            self.calendar.at(days[1] + at, partial(self._hand_in_again, claim, key))
            days, do = days[1:], "approve"
        self.calendar.at(
            days[1] + at,
            partial(self._decide, key, do, SAID.get(claim.end, ""), claim.end == "part"),
        )
        if claim.end == "ask":
            self.calendar.at(days[2] + at, partial(self._hand_in_again, claim, key))
            self.calendar.at(days[3] + at, partial(self._decide, key, "approve"))

    def _plan_lately(self, claim: Claim, key: str, days: list[datetime], at: timedelta) -> None:
        """Plan an expense of the last business days, left in the state its story names."""
        first, last = days[0] + at, days[1] + timedelta(minutes=60) + at / 8
        if claim.end in ("draft", "begun"):
            self.calendar.at(last, partial(self._begin, claim, key))
            return
        self.calendar.at(
            last if claim.end == "waits" else first, partial(self._hand_in, claim, key)
        )
        do = {
            "accounting": "approve",
            "agreed": "approve",
            "part": "approve",
            "asked": "send_back",
        }.get(claim.end)
        if do:
            self.calendar.at(
                last,
                partial(self._decide, key, do, claim.said, claim.end == "part", self_only=True),
            )

    def _begin(self, claim: Claim, key: str) -> None:
        """Save a draft as the form does while someone types.

        A draft that was only begun lacks its amount.
        """
        with transaction("finance", actor=claim.owner) as session:
            self.number_of[key] = number = start_expense(
                session, PEOPLE[claim.owner].name, anew=True
            )
            lines = [
                _draft_line(line, place, claim.end != "begun")
                for place, line in enumerate(claim.lines, 1)
            ]
            draft = Draft(purpose=claim.purpose, lines=lines, version=1)
            save_draft(session, number, draft)

    def _hand_in(self, claim: Claim, key: str) -> None:
        self._begin(claim, key)
        with transaction("finance", actor=claim.owner) as session:
            for place, line in enumerate(claim.lines, 1):
                if Decimal(str(line[2])) > RECEIPT_ABOVE:
                    content = picture_of_receipt(
                        claim.purpose, str(line[0]), str(line[2]), clock.now()
                    )
                    receipt = NewVoucher(name=f"receipt-{place}.jpg", clean=inspect(content))
                    attach_voucher(session, self.number_of[key], place, receipt)
            submit_expense(session, self.number_of[key])

    def _take_back(self, claim: Claim, key: str) -> None:
        with transaction("finance", actor=claim.owner) as session:
            withdraw_expense(session, self.number_of[key])

    def _hand_in_again(self, claim: Claim, key: str) -> None:
        with transaction("finance", actor=claim.owner) as session:
            submit_expense(session, self.number_of[key])

    def _decide(
        self, key: str, do: Any, said: str = "", in_part: bool = False, self_only: bool = False
    ) -> None:
        """Decide as the approver.

        Above the limit accounting follows an hour later, unless `self_only`.
        """
        number = self.number_of[key]
        with reading("finance") as session:
            expense = get_expense(session, number, Reader(ACCOUNTING, in_accounting=True))
        actor = expense.approver if expense.status == "submitted" else _second(expense)
        lines = {line.line: line.amount or Decimal(0) for line in expense.lines}
        amounts = {**lines, expense.lines[-1].line: Decimal(5)} if in_part else None
        with transaction("finance", actor=actor) as session:
            status = decide_expense(
                session,
                number,
                Verdict(do=do, reason=said, amounts=amounts),
                in_accounting="accounting" in PEOPLE[actor].groups,
            )
        if status == "with_accounting" and not self_only:
            self.calendar.at(
                clock.now() + timedelta(hours=1), partial(self._decide, key, "approve")
            )


def picture_of_receipt(shop: str, what: str, amount: str, moment: datetime) -> bytes:
    """Draw a receipt as a JPEG."""
    paper = Image.new("RGB", (420, 560), (250, 248, 240))
    draw = ImageDraw.Draw(paper)
    for top, size, words in (
        (40, 26, shop[:30]),
        (90, 18, f"{dates.dated(moment)}  {dates.clock_time(moment)}"),
        (190, 24, what),
        (330, 34, f"TOTAL  ${amount}"),
        (430, 18, "Thank you, come again"),
    ):
        draw.text((36, top), words, fill=(40, 40, 48), font=_font(size))
    draw.line((36, 300, 384, 300), fill=(120, 120, 120), width=2)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=70)
    return out.getvalue()


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _second(expense: Expense) -> str:
    """Return who in accounting decides: neither the owner nor the first approver."""
    return next(
        uid for uid in (ACCOUNTING, PAYER) if uid not in (expense.owner, expense.first_decider)
    )


def _draft_line(line: list[Any], place: int, whole: bool) -> DraftLine:
    what, category, amount, *why = line
    return DraftLine(
        line=place,
        what=what,
        category=category,
        spent_on=office_today() - timedelta(days=place % 3),
        amount=Decimal(str(amount)) if whole else None,
        why=why[0] if why else "",
    )


def _introduce(day: datetime) -> None:
    """Give finance its people, and set what each department may spend."""
    with clock.at(day), transaction("finance", actor="service:seed") as session:
        remember_people(session, PEOPLE.values())
    departments = sorted({each.department for each in PEOPLE.values()})
    with clock.at(day), transaction("finance", actor=PAYER) as session:
        for place, department in enumerate(departments):
            sums = STORIES["budgets"]["sums"]
            set_budget(session, department, Decimal(sums[place % len(sums)]), 0)


def _pay() -> None:
    """Pay everything approved in the Friday run, except the payer's own expenses.

    A colleague must pay those.
    """
    with transaction("finance", actor=PAYER) as session:
        numbers = [each.number for each in list_payable(session) if each.owner != PAYER]
        if numbers:
            make_run(session, numbers)
