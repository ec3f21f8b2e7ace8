"""What the tests of finance share: the company's people, drafts that are ready, receipts."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from models.finance.commands import Verdict, decide_expense, submit_expense
from models.finance.drafting import (
    Draft,
    DraftLine,
    NewVoucher,
    attach_voucher,
    save_draft,
    start_expense,
)
from models.finance.inspection import inspect
from models.finance.people import KnownPerson, office_today, remember_people
from models.finance.tables import Expense
from models.shared.database import reading, transaction
from models.shared.pulled import PulledPage, known_revision, take_page
from tests.web_client import *  # noqa: F403
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


@pytest.fixture
def office(clean_database: str) -> str:
    """The database with the company's people known to finance."""
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    return clean_database


def picture(
    colour: str = "white", size: tuple[int, int] = (60, 80), kind: str = "JPEG", **options: Any
) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def line(
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


@pytest.fixture
def draft(office: str) -> Callable[..., str]:
    """`draft("jim.halpert", line("20.00"), receipt=…)` is the number of a draft, ready to be handed in."""

    def make(
        owner: str = "jim.halpert", *lines: DraftLine, receipt: bytes = b"", purpose: str = "Visit"
    ) -> str:
        with transaction("finance", actor=owner) as session:
            number = start_expense(session, PEOPLE[owner].name)
        with transaction("finance", actor=owner) as session:
            version = session.get(Expense, number).version
            save_draft(
                session, number, Draft(purpose=purpose, lines=lines or [line()], version=version)
            )
        if receipt:
            attach(owner, number, receipt)
        return number

    return make


@pytest.fixture
def handed_in(draft: Callable[..., str]) -> Callable[..., str]:
    """As `draft`, and handed in."""

    def make(owner: str = "jim.halpert", *lines: DraftLine, **more: Any) -> str:
        number = draft(owner, *lines, **more)
        with transaction("finance", actor=owner) as session:
            submit_expense(session, number)
        return number

    return make


def attach(
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


def decide(actor: str, number: str, do: str = "approve", **more: Any) -> str:
    """This person decides; whether they are in accounting follows from the directory."""
    with transaction("finance", actor=actor) as session:
        return decide_expense(
            session,
            number,
            Verdict(do=do, **more),
            in_accounting="accounting" in PEOPLE[actor].groups,
        )


def state(number: str) -> Expense:
    """The expense as it stands (without lines)."""
    with reading("finance") as session:
        return session.get(Expense, number)


def events(database: str) -> list[tuple[str, dict[str, Any], str]]:
    """What finance published, in order: type without its frame, payload, actor."""
    import msgspec
    import psycopg

    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT type, envelope FROM finance.outbox ORDER BY id"
        ).fetchall()
    found = [(type_, msgspec.json.decode(bytes(envelope))) for type_, envelope in rows]
    return [
        (type_.removeprefix("dm.finance.expense.").removesuffix(".v1"), each["data"], each["actor"])
        for type_, each in found
    ]


def away(uid: str, delegate: str, first: int = 0, last: int = 3) -> None:
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
