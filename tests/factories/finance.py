"""Expenses, made by commands: drafts that are ready, receipts, decisions, absences."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import psycopg

from models.finance.commands import Verdict, decide_expense
from models.finance.drafts import DraftLine, NewVoucher, attach_voucher
from models.finance.people import KnownPerson, office_today
from models.finance.tables import Expense
from models.finance.voucher_files import inspect
from models.shared.settings.pulled_records import PulledPage, known_revision, take_page
from models.shared.transactions import reading, transaction
from tests.web_client import known_people

MANAGERS = {
    "michael.scott": "jan.levinson",
    "jan.levinson": "david.wallace",
    "david.wallace": None,
    "oscar.martinez": "angela.martin",
    "kevin.malone": "angela.martin",
    "roy.anderson": "darryl.philbin",
}
PEOPLE = {
    uid: KnownPerson(
        uid=uid,
        name=entry.name,
        department=max(entry.groups - {"everyone"}),
        groups=sorted(entry.groups),
        manager=MANAGERS.get(uid, "michael.scott"),
    )
    for uid, entry in known_people().items()
}


def make_line(
    amount: str = "20.00", category: str = "meals", days_ago: int = 1, **more: Any
) -> DraftLine:
    """A line that is in order."""
    return DraftLine(
        what="Lunch",
        category=category,
        spent_on=office_today() - timedelta(days=days_ago),
        amount=Decimal(amount),
        **more,
    )


def attach_receipt(
    owner: str, number: str, data: bytes, at: int | None = None, name: str = "receipt.jpg"
) -> None:
    """Attaches a receipt to a line (the first)."""
    with transaction("finance", actor=owner) as session:
        attach_voucher(
            session, number, at or lines_of(number)[0], NewVoucher(name=name, clean=inspect(data))
        )


def lines_of(number: str) -> list[int]:
    """The numbers of an expense's lines."""
    from models.finance.tables import ExpenseLine

    with reading("finance") as session:
        return [
            each.line
            for each in session.query(ExpenseLine)
            .filter_by(expense_number=number)
            .order_by(ExpenseLine.line)
        ]


def decide_as(actor: str, number: str, do: str = "approve", **more: Any) -> str:
    """This person decides; whether they are in accounting follows from the directory."""
    with transaction("finance", actor=actor) as session:
        return decide_expense(
            session,
            number,
            Verdict(do=do, **more),
            in_accounting="accounting" in PEOPLE[actor].groups,
        )


def read_expense(number: str) -> Expense:
    """The expense as it stands (without lines)."""
    with reading("finance") as session:
        return session.get(Expense, number)


class Published(NamedTuple):
    """An event of finance: the type without its frame, what it says, and who did it."""

    type: str
    data: dict[str, Any]
    actor: str


def published_events(database: str) -> list[Published]:
    """What finance published, in order."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT type, envelope FROM finance.outbox ORDER BY id"
        ).fetchall()
    found = [(type_, msgspec.json.decode(bytes(envelope))) for type_, envelope in rows]
    return [
        Published(
            type=type_.removeprefix("dm.finance.expense.").removesuffix(".v1"),
            data=each["data"],
            actor=each["actor"],
        )
        for type_, each in found
    ]


def set_absence(uid: str, delegate: str, first: int = 0, last: int = 3) -> None:
    """This person is out of office, from `first` to `last` days from now."""
    day = office_today()
    with transaction("finance", actor="service:test") as session:
        revision = known_revision(session, "preferences") + 1
        record = {
            "revision": revision,
            "uid": uid,
            "delegate": delegate,
            "away_from": (day + timedelta(days=first)).isoformat(),
            "away_until": (day + timedelta(days=last)).isoformat(),
        }
        take_page(
            session,
            "preferences",
            PulledPage(revision=revision, complete=False, records={uid: record}),
        )


def do_as(actor, command, *args):
    with transaction("finance", actor=actor) as session:
        return command(session, *args)
