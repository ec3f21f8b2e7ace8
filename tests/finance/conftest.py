"""What the tests of finance share: the company's people, drafts that are ready, receipts."""

from collections.abc import Callable
from typing import Any

import pytest

from models.finance.commands import submit_expense
from models.finance.drafts import (
    Draft,
    DraftLine,
    save_draft,
    start_expense,
)
from models.finance.people import remember_people
from models.finance.tables import Expense
from models.shared.transactions import transaction
from tests.factories.finance import PEOPLE, attach_receipt, make_line


@pytest.fixture
def office(clean_database: str) -> str:
    """The database with the company's people known to finance."""
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    return clean_database


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
                session,
                number,
                Draft(purpose=purpose, lines=lines or [make_line()], version=version),
            )
        if receipt:
            attach_receipt(owner, number, receipt)
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
