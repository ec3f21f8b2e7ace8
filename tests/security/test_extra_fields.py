"""Fields that no form has: whoever sends a status, a price, an owner or a role along gets what the
form alone would give.
"""

from decimal import Decimal

import psycopg
import pytest

from models.sales.commands import create_client
from models.shared.transactions import transaction
from tests.factories.sales import JIM, make_client_facts
from tests.security.crawler import Reader

EXTRA = {
    "status": "approved",
    "stage": "converted",
    "total": "0.01",
    "unit_price": "0.01",
    "price": "0.01",
    "role": "administrator",
    "roles": "administrator",
    "groups": "it",
    "uid": "nick.reyes",
    "actor": "nick.reyes",
    "created_by": "nick.reyes",
    "number": "LD-9999",
    "id": "1",
    "version": "999",
    "credit_limit": "999999.00",
    "approved_by": "michael.scott",
    "is_admin": "true",
    "_method": "DELETE",
    "may_approve": "1",
}


@pytest.fixture
def client_number(clean_database: str) -> str:
    """A client of Jim's."""
    with transaction("sales", actor=JIM) as session:
        return create_client(session, make_client_facts())


def test_a_lead_written_with_extra_fields_is_what_the_form_alone_makes(client_as, clean_database):
    form = {
        "company": "Laurel Run Hospice",
        "contact_name": "Ann Petrov",
        "mail": "ann@laurelrun.example",
        "phone": "570 555 0142",
        "source": "referral",
        "expected_value": "11350.00",
        "owner": "jim.halpert",
        "next_kind": "call",
        "next_on": "2027-01-04",
        "next_note": "Ask",
    }
    answer = client_as("jim.halpert").post("/sales/leads/new", data={**EXTRA, **form})
    assert answer.status_code == 303, answer.text
    with psycopg.connect(clean_database) as connection:
        stage, number = connection.execute("SELECT stage, number FROM sales.lead").fetchone()
        actors = connection.execute("SELECT DISTINCT actor FROM sales.history").fetchall()
    assert stage == "new" and number != "LD-9999" and actors == [("jim.halpert",)]


def test_a_seller_cannot_set_a_limit_by_sending_it_along(client_as, clean_database, client_number):
    jim = client_as("jim.halpert")
    page = jim.get(f"/sales/clients/{client_number}/edit").text
    assert 'name="credit_limit"' not in page
    assert (
        jim.post(
            f"/sales/clients/{client_number}/limit", data={"credit_limit": "999999.00"}
        ).status_code
        == 403
    )
    with psycopg.connect(clean_database) as connection:
        before = connection.execute("SELECT credit_limit FROM sales.client").fetchone()
        form = next(
            dict(form.filled())
            for form in Reader("jim", "/", page).forms
            if form.action.endswith("/edit")
        )
        answer = jim.post(f"/sales/clients/{client_number}/edit", data={**EXTRA, **form})
        assert answer.status_code == 303, answer.text
        after = connection.execute("SELECT credit_limit FROM sales.client").fetchone()
    assert after[0] == before[0] < Decimal(999999)


@pytest.mark.parametrize("path", ["/profile/preferences", "/preferences"])
def test_nobody_becomes_somebody_else_by_a_field(client_as, clean_database, path):
    toby = client_as("toby.flenderson")
    toby.post(path, data={**EXTRA, "theme": "dark"})
    assert toby.get("/profile/settings").status_code == 403
    with psycopg.connect(clean_database) as connection:
        others = connection.execute(
            "SELECT count(*) FROM profile.preference WHERE uid <> 'toby.flenderson'"
        ).fetchone()
    assert others == (0,)
