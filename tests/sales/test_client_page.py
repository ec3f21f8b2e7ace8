"""The page of a client: what is due, and what happened."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from models.sales.lead_rules import NextStep
from models.sales.leads import log_call, plan_next
from models.sales.queries import get_client
from models.shared import clock
from models.shared.transactions import reading, transaction
from tests.factories.sales import JIM
from tests.pages.served import ServedPage
from webapp.shared.people.preferences import today


@pytest.fixture
def jim(client_as: Callable, clean_database: str):
    return client_as(JIM)


def test_a_clients_page_has_its_open_leads_next_steps_and_what_was_noted(
    jim, client_as, lead: Callable, client_number: str
):
    with reading("sales") as session:
        name = get_client(session, client_number).name
    late = lead("contacted", company=name.upper())
    lead("contacted", company="Somebody else")
    with transaction("sales", actor=JIM) as session:
        step = NextStep(kind="call", on=today() + timedelta(days=1), note="Toner")
        plan_next(session, late, step)
        log_call(session, late, "reached", "Wants 40 cases")
    assert "overdue" not in ServedPage(jim.get(f"/sales/clients/{client_number}")).text
    with clock.at(clock.now() + timedelta(days=3)):
        answer = client_as(JIM).get(f"/sales/clients/{client_number}")
        page = ServedPage(answer)
        steps = page.first("#client-steps").text
        assert "1 overdue" in steps and "Call" in steps and "Toner" in steps and late in steps
        assert "Somebody else" not in page.text
        happened = page.first("#history").text
        assert "Call logged" in happened and "Wants 40 cases" in happened and late in happened
        seen = ServedPage(client_as("angela.martin").get(f"/sales/clients/{client_number}"))
    assert not seen.has("#client-steps") and "Wants 40 cases" not in seen.text
    assert "Created" in seen.first("#history").text, "what she may see"
