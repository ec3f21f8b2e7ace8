"""Leads that are selected in the list, by tick or by filter."""

import json
from collections.abc import Callable

import pytest

from models.sales.commands import create_client
from models.shared.transactions import transaction
from tests.factories.sales import DWIGHT, JIM, MICHAEL, fetch_one, make_client_facts
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL


@pytest.fixture
def jim(client_as: Callable, clean_database: str):
    return client_as(JIM)


def test_all_that_match_are_lost_for_one_reason_and_others_leads_are_told(
    jim, lead, clean_database: str
) -> None:
    own, lost = lead(company="Nay Aug One"), lead("lost", company="Nay Aug Two")
    others = lead(company="Nay Aug Three", owner=DWIGHT, actor=MICHAEL)
    apart = lead(company="Somebody else")
    form = {"all": "1", "state": "q=nay+aug&page=9", "reason": "price", "number": apart}
    answer = jim.post("/sales/leads/selected/lose", data=form, headers=PARTIAL)
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert said.startswith("1 lead marked as lost.") and said.count(" was skipped: ") == 2
    assert lost in said and others in said
    assert json.loads(answer.headers["HX-Location"])["path"] == "/sales/leads?q=nay+aug"
    stages = "SELECT number FROM sales.lead WHERE stage = 'lost' AND number = %s"
    assert fetch_one(clean_database, stages, own) == own
    assert fetch_one(clean_database, "SELECT stage FROM sales.lead WHERE number = %s", apart) != (
        "lost"
    ), "only what matches"
    page = jim.get("/sales/leads?q=nay+aug").text
    assert 'name="state" value="q=nay+aug"' in page and 'name="all"' not in page, "all are shown"


def test_leads_and_clients_are_filtered_by_several_people(
    jim, lead, owners, clean_database: str
) -> None:
    for owner in (JIM, DWIGHT, MICHAEL):
        lead(company=f"Of {owner}", owner=owner, actor=MICHAEL)
    page = ServedPage(jim.get(f"/sales/leads?owner=mine&owner={DWIGHT}"))
    assert page.text.count("Of ") >= 2 and f"Of {MICHAEL}" not in page.text
    assert page.texts(".chip b") == ["Mine", "Dwight Schrute"]
    assert len(page.root.select("input[type=checkbox][name=owner]")) == 5, "unassigned, too"
    with transaction("sales", actor=JIM) as session:
        create_client(session, make_client_facts(owner=DWIGHT))
    assert ServedPage(jim.get(f"/sales/clients?owner={DWIGHT}&owner=mine")).has("tbody tr")
    assert not ServedPage(jim.get(f"/sales/clients?owner=mine&owner={MICHAEL}")).has("tbody tr")
