"""What the tests of sales share: leads and clients made by commands, and events brought to those who listen."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.sales.commands import create_client
from models.sales.leads import create_lead, lose_lead, move_lead
from models.sales.stages import OPEN
from models.shared.settings.pulled_records import PulledPage
from models.shared.transactions import transaction
from tests.factories.sales import (
    DWIGHT,
    JIM,
    MICHAEL,
    make_client_facts,
    make_lead_facts,
)


@pytest.fixture
def lead(clean_database: str) -> Callable[..., str]:
    """`lead("proposal", company="…")` makes a lead in that stage by commands; its number."""

    def make(stage: str = "new", actor: str = JIM, **more: Any) -> str:
        with transaction("sales", actor=actor) as session:
            number = create_lead(session, make_lead_facts(**more))
            for following in OPEN[1 : OPEN.index(stage) + 1] if stage in OPEN else OPEN[1:2]:
                move_lead(session, number, following, any_lead=True)
            if stage == "lost":
                lose_lead(session, number, "price", "Too dear", any_lead=True)
        return number

    return make


@pytest.fixture
def owners(web_app: Flask) -> frozenset[str]:
    """The uids of who may own leads, known to the pages as if they had been pulled just now."""
    names = {
        JIM: "Jim Halpert",
        DWIGHT: "Dwight Schrute",
        MICHAEL: "Michael Scott",
        "jim.other": "Jim Halpert",
    }
    records: dict[str, dict[str, object]] = {
        uid: {"name": name, "mail": f"{uid}@dundermifflin.example", "groups": ["sales"]}
        for uid, name in names.items()
    }
    angela = {"name": "Angela Martin", "mail": "angela@dundermifflin.example", "groups": []}
    page = PulledPage(revision=1, complete=True, records={**records, "angela.martin": angela})
    web_app.extensions["names"].learn_page(page)
    return frozenset(names)


@pytest.fixture
def client_number(clean_database: str) -> str:
    """A client that is there."""
    with transaction("sales", actor=JIM) as session:
        return create_client(session, make_client_facts())
