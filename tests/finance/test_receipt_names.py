"""A receipt of any name is stored and opened: on its page, small, and over REST."""

import pytest

from models.finance.drafts import remove_voucher
from models.finance.tables import Voucher
from models.shared.transactions import reading, transaction
from tests.factories.files import make_picture
from tests.factories.finance import attach_receipt
from tests.shared.test_downloads import NAMES

JIM = "jim.halpert"


def test_a_receipt_of_any_name_is_opened_wherever_it_is_shown(client_as, bearer_for, draft):
    number, jim = draft(JIM), client_as(JIM)
    for name in NAMES:
        id_ = attached(number, name)
        for answer in (
            jim.get(f"/expenses/{number}/receipts/{id_}"),
            jim.get(f"/expenses/{number}/receipts/{id_}/small"),
            jim.get(
                f"/api/v1/expenses/{number}/receipts/{id_}", headers=bearer_for(JIM, "finance")
            ),
        ):
            assert answer.status_code == 200, name
            header = answer.headers["Content-Disposition"]
            assert header.isascii() and header.isprintable(), name
        with transaction("finance", actor=JIM) as session:
            remove_voucher(session, number, id_)


@pytest.mark.parametrize("name", ["領収書.png", "квитанция.png"])
def test_the_name_itself_comes_back(client_as, draft, name):
    number = draft(JIM)
    answer = client_as(JIM).get(f"/expenses/{number}/receipts/{attached(number, name)}")
    assert "filename*=UTF-8''%" in answer.headers["Content-Disposition"]


def attached(number: str, name: str) -> object:
    """Attaches a picture of this name; the receipt's id."""
    attach_receipt(JIM, number, make_picture(), name=name)
    with reading("finance") as session:
        return session.query(Voucher).filter_by(expense_number=number).one().id
