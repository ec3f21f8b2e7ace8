"""The expense report: who spent what on what, who approved it, and the receipt photos."""

import pytest

from models.finance.commands import Verdict, decide_expense, submit_expense
from models.shared.transactions import transaction
from tests.factories.files import make_picture
from tests.factories.finance import attach_receipt, lines_of, make_line
from tests.factories.uploads import make_pdf
from tests.printed import Printed


@pytest.fixture
def jim(office, client_as):
    return client_as("jim.halpert")


def test_an_expense_report_has_its_lines_decisions_and_receipt_photos(jim, draft, client_as):
    number = draft("jim.halpert", make_line("30.00"), make_line("45.00"), purpose="נייר fair")
    first, second = lines_of(number)
    attach_receipt("jim.halpert", number, make_picture("red"), at=first, name="lunch.jpg")
    attach_receipt("jim.halpert", number, make_pdf(pages=2), at=second, name="hotel.pdf")
    assert "Draft: not submitted" in Printed(jim.get(f"/expenses/{number}/report.pdf").data).text
    with transaction("finance", actor="jim.halpert") as session:
        submit_expense(session, number)
    with transaction("finance", actor="michael.scott") as session:
        decide_expense(session, number, Verdict(do="approve", reason="Good"), in_accounting=False)
    answer = client_as("michael.scott").get(f"/expenses/{number}/report.pdf")
    assert answer.headers["Content-Disposition"].startswith("inline"), "it opens in the browser"
    printed = Printed(answer.data, "expense-report")
    missing = printed.first_missing(
        "Dunder Mifflin Paper Company",
        f"Expense report {number}",
        "Employee",
        "Jim Halpert",
        "Submitted",
        "Status",
        "Purpose",
        "Decisions",
        f"Expense report {number} Page 1 of 2",
        "Receipt photos",
        "1: Lunch, $30.00 (lunch.jpg)",
        "2: Lunch, $45.00 (hotel.pdf), page 1 of 2",
        "2: Lunch, $45.00 (hotel.pdf), page 2 of 2",
        f"Expense report {number} Page 2 of 2",
    )
    assert missing == "", printed.text
    assert "Approved by Michael Scott on" in printed.text and "“Good”" in printed.text
    assert "$75.00" in printed.text and "not submitted" not in printed.text
    assert printed.alternatives()[2:] == [
        "1: Lunch, $30.00 (lunch.jpg)",
        "2: Lunch, $45.00 (hotel.pdf), page 1 of 2",
        "2: Lunch, $45.00 (hotel.pdf), page 2 of 2",
    ]


def test_a_report_without_receipts_has_one_sheet_and_is_for_those_who_may_see_it(
    jim, handed_in, client_as
):
    number = handed_in("jim.halpert", make_line("10.00"))
    address = f"/expenses/{number}/report.pdf"
    printed = Printed(jim.get(address).data)
    assert "None" in printed.text and len(printed.texts) == 1
    assert client_as("dwight.schrute").get(address).status_code == 404
