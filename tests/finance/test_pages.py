"""The pages of finance as people use them, over HTTP: forms, receipts, decisions, lists, runs."""

import io
import re
from decimal import Decimal
from functools import partial

import pytest

from models.finance.people import office_today
from models.shared.transactions import reading
from tests.factories.files import make_picture
from tests.factories.finance import (
    PEOPLE,
    attach_receipt,
    decide_as,
    lines_of,
    make_line,
    read_expense,
)
from tests.factories.races import do_at_once
from tests.factories.uploads import CORPUS, make_pdf
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL


@pytest.fixture
def jim(client_as, office):
    return client_as("jim.halpert")


def fields(
    number: str, action: str = "save", purpose: str = "Visit", **first: str
) -> dict[str, str]:
    """The form as the page would send it, with what is given on its first line."""
    typed = {
        "what": "Lunch",
        "category": "meals",
        "spent_on": office_today().isoformat(),
        "amount": "20.00",
        "why": "",
        **first,
    }
    at = lines_of(number)[0]
    return {
        "action": action,
        "purpose": purpose,
        "version": str(read_expense(number).version),
        "editing": "form-1234",
        **{f"lines-{at}-{name}": text for name, text in typed.items()},
    }


def test_what_waits_can_be_decided_in_the_list_on_a_wide_screen_and_on_a_phone(
    jim, client_as, served
):
    number = begin(jim)
    jim.post(f"/expenses/{number}/edit", data=fields(number, "submit"))
    listed = ServedPage(client_as("michael.scott").get("/expenses/approvals"))
    for part in (listed.first("main table"), listed.first("main .cards")):
        for deed in ("Approve", "Refuse"):
            assert part.has(f'[aria-label="{deed} {number} from Jim Halpert"]')
    ids = [each["id"] for each in listed.root.select("[id]")]
    assert len(ids) == len(set(ids)), "a label names one field"
    assert "Approve EX-" not in jim.get("/expenses/").text


def begin(client) -> str:
    answer = client.post("/expenses/new")
    assert answer.status_code == 303
    return re.search(r"EX-\d+", answer.location)[0]


def receipts_on(answer, number: str) -> set[str]:
    """The addresses of an expense's receipts that the page leads to."""
    links = ServedPage(answer).links()
    return {link for link in links if link.startswith(f"/expenses/{number}/receipts/")}


def test_from_the_button_to_the_managers_list(jim, client_as, served):
    number = begin(jim)
    assert "Submit expense" in jim.get(f"/expenses/{number}/edit").text
    answer = jim.post(f"/expenses/{number}/edit", data=fields(number, "submit"))
    assert (answer.status_code, answer.location) == (303, f"/expenses/{number}")
    assert "Submitted" in jim.get(f"/expenses/{number}").text
    michael = client_as("michael.scott")
    assert number in michael.get("/expenses/approvals").text
    answer = michael.post(
        f"/expenses/{number}/decide",
        data={"do": "approve", "version": read_expense(number).version, "back": "list"},
    )
    assert answer.location == "/expenses/approvals"
    assert number not in michael.get("/expenses/approvals").text
    assert "Approved" in michael.get("/expenses/approvals?view=team").text


def test_a_draft_is_kept_while_one_types_and_says_so_with_policy_beside_the_line(jim):
    number = begin(jim)
    answer = jim.post(
        f"/expenses/{number}/draft", data=fields(number, amount="80.00"), headers=PARTIAL
    )
    assert "Draft saved" in answer.text
    assert "$5.00 over the $75.00 limit for meals." in answer.text
    assert "A receipt photo is required above $25.00." in answer.text
    assert f'id="remarks-{lines_of(number)[0]}"' in answer.text
    assert read_expense(number).total == 80
    for n in range(3):  # the same open form saves on, whatever version it began with
        assert (
            "Draft saved"
            in jim.post(
                f"/expenses/{number}/draft", data=fields(number, purpose=f"{n}"), headers=PARTIAL
            ).text
        )


def test_what_cannot_be_read_stays_as_typed_with_a_word_beside_it(jim):
    number = begin(jim)
    page = jim.post(
        f"/expenses/{number}/edit", data=fields(number, amount="about 20", spent_on="yesterday")
    )
    assert page.status_code == 200
    assert 'value="about 20"' in page.text
    assert "Enter an amount, such as 12.50." in page.text
    page = jim.post(f"/expenses/{number}/edit", data=fields(number, "submit", amount="about 20"))
    assert page.status_code == 422
    page = jim.post(f"/expenses/{number}/edit", data=fields(number, "submit", amount="1.250"))
    assert "Did you mean 1.25 or 1,250.00?" in page.text
    jim.post(f"/expenses/{number}/draft", data=fields(number, amount="12,50"), headers=PARTIAL)
    assert str(read_expense(number).total) == "12.50"
    assert read_expense(number).status == "draft"


def test_errors_come_back_beside_the_fields_with_what_was_typed(jim):
    number = begin(jim)
    page = jim.post(
        f"/expenses/{number}/edit", data=fields(number, "submit", purpose="", amount="80.00")
    )
    assert page.status_code == 422
    at = lines_of(number)[0]
    assert "Enter the purpose of the expense." in page.text
    assert f'id="err-lines-{at}-why"' in page.text
    assert f'href="#lines-{at}-voucher"' in page.text
    assert 'value="80.00"' in page.text


def test_lines_are_added_and_removed_without_losing_words(jim):
    number = begin(jim)
    page = jim.post(f"/expenses/{number}/edit", data=fields(number, "add"))
    assert len(lines_of(number)) == 2
    assert 'value="Lunch"' in page.text
    assert (
        jim.post(
            f"/expenses/{number}/edit", data=fields(number, f"remove-{'9' * 5000}")
        ).status_code
        < 400
    )
    jim.post(f"/expenses/{number}/edit", data=fields(number, f"remove-{lines_of(number)[0]}"))
    assert len(lines_of(number)) == 1


@pytest.mark.parametrize(
    ("data", "name"), [(make_picture("red"), "lunch.png"), (make_pdf(), "bill.pdf")]
)
def test_a_receipt_goes_in_clean_and_comes_out_so_that_nothing_in_it_acts(jim, data, name):
    number = begin(jim)
    at = lines_of(number)[0]
    upload = {**fields(number), f"lines-{at}-voucher": (io.BytesIO(data), f"../{name}")}
    page = jim.post(f"/expenses/{number}/edit", data=upload, headers=PARTIAL)
    assert page.status_code == 200
    [address] = receipts_on(page, number)
    kept = jim.get(address)
    assert "sandbox" in kept.headers["Content-Security-Policy"]
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert kept.headers["Content-Disposition"].startswith(
        "attachment" if name.endswith("pdf") else "inline"
    )
    assert ".." not in kept.headers["Content-Disposition"]
    assert jim.get(f"{address}/small").status_code == (404 if name.endswith("pdf") else 200)
    page = jim.post(f"{address}/remove", data=fields(number, purpose="kept"), headers=PARTIAL)
    assert address not in page.text
    assert 'value="kept"' in page.text


@pytest.mark.parametrize(
    "name",
    ["svg with a script", "html named png", "50k by 50k pixels", "pdf with a script", "too large"],
)
def test_a_file_that_is_no_receipt_comes_back_with_words_and_what_was_typed(jim, name):
    number = begin(jim)
    at = lines_of(number)[0]
    upload = {
        **fields(number, purpose="kept"),
        f"lines-{at}-voucher": (io.BytesIO(CORPUS[name]), "x.jpg"),
    }
    page = jim.post(f"/expenses/{number}/edit", data=upload, headers=PARTIAL)
    assert page.status_code == 422
    assert f'id="err-lines-{at}-voucher"' in page.text
    assert 'value="kept"' in page.text


def test_more_than_the_limit_is_refused_before_it_is_read(jim):
    number = begin(jim)
    upload = {**fields(number), "lines-1-voucher": (io.BytesIO(b"x" * 21_000_000), "x.jpg")}
    assert jim.post(f"/expenses/{number}/edit", data=upload).status_code == 413


def test_who_may_not_see_an_expense_is_told_there_is_none(jim, client_as, handed_in):
    number = handed_in("jim.halpert", make_line("30.00"), receipt=make_picture())
    [address] = receipts_on(jim.get(f"/expenses/{number}"), number)
    for uid, status in (
        ("jim.halpert", 200),
        ("michael.scott", 200),
        ("oscar.martinez", 200),
        ("dwight.schrute", 404),
        ("nick.reyes", 404),
        ("jan.levinson", 404),
    ):
        client = client_as(uid)
        for path in (
            f"/expenses/{number}",
            f"/expenses/{number}/report.pdf",
            f"/expenses/{number}/state",
            address,
        ):
            assert client.get(path).status_code == status, (uid, path)


def test_nobody_changes_anothers_draft(jim, client_as):
    number = begin(jim)
    dwight = client_as("dwight.schrute")
    for path in ("edit", "draft", "discard", "withdraw"):
        answer = dwight.post(f"/expenses/{number}/{path}", data=fields(number, purpose="mine now"))
        assert answer.status_code in (404, 200), path
    assert dwight.get(f"/expenses/{number}/edit").status_code == 404
    assert read_expense(number).purpose == ""


def test_extra_fields_change_nothing(jim):
    number = begin(jim)
    extra = {"status": "approved", "owner": "x", "total": "1", "approver": "x"}
    jim.post(f"/expenses/{number}/edit", data={**fields(number), **extra})
    assert (
        read_expense(number).status,
        read_expense(number).owner,
        read_expense(number).approver,
    ) == (
        "draft",
        "jim.halpert",
        "",
    )


def test_the_second_of_two_sees_who_was_first_and_how_it_stands(client_as, handed_in):
    number = handed_in()
    version = read_expense(number).version
    decide_as("michael.scott", number)
    late = {"do": "refuse", "reason": "No", "version": version}
    page = client_as("michael.scott").post(f"/expenses/{number}/decide", data=late)
    assert page.status_code == 409
    assert f"Michael Scott already approved {number}." in page.text


def test_refusing_needs_a_reason_beside_the_field_and_a_part_needs_amounts(client_as, handed_in):
    number = handed_in()
    michael, at = client_as("michael.scott"), lines_of(number)[0]
    page = michael.post(
        f"/expenses/{number}/decide", data={"do": "refuse", "version": read_expense(number).version}
    )
    assert (page.status_code, "Enter a reason for refusing the expense." in page.text) == (
        422,
        True,
    )
    page = michael.post(f"/expenses/{number}/decide", data={"do": "part", f"amount-{at}": "much"})
    assert (page.status_code, "Enter an amount, such as 12.50." in page.text) == (422, True)
    page = michael.post(f"/expenses/{number}/decide", data={"do": "part", f"amount-{at}": "1e1"})
    assert (page.status_code, "Did you mean 10.00?" in page.text) == (422, True)
    assert michael.post(f"/expenses/{number}/decide", data={"do": "approved"}).status_code == 422
    page = michael.post(f"/expenses/{number}/decide", data={"do": "part", f"amount-{at}": "12.50"})
    assert (page.status_code, ServedPage(page).is_wrong("reason")) == (422, True)
    assert ServedPage(page).value(f"amount-{at}") == "12.50"
    answer = michael.post(
        f"/expenses/{number}/decide",
        data={"do": "part", f"amount-{at}": "12.50", "reason": "No wine"},
    )
    assert answer.status_code == 303
    shown = michael.get(f"/expenses/{number}")
    assert "12.50 approved" in shown.text
    history = ServedPage(shown).first("#expense-history").text
    assert "$12.50 of $20.00" in history and "No wine" in history


def test_the_page_names_who_gives_the_second_approval(client_as, handed_in):
    number = handed_in(
        "jim.halpert", make_line("1500.00", "travel", why="Far"), receipt=make_picture()
    )
    decide_as(
        "michael.scott", number, amounts={lines_of(number)[0]: Decimal(1200)}, reason="By train"
    )
    says = ServedPage(client_as("jim.halpert").get(f"/expenses/{number}"))
    words = says.first("#second-approval").text
    assert "Michael Scott approved $1,200.00 of $1,500.00." in words
    assert "a second approval from Angela Martin, Kevin Malone or Oscar Martinez" in words


def test_the_approver_sees_what_is_left_of_the_budget_and_the_owner_does_not(client_as, handed_in):
    spent, number = (
        handed_in("dwight.schrute", make_line("20.00", days_ago=0)),
        handed_in("jim.halpert", make_line("20.00", days_ago=0)),
    )
    decide_as("michael.scott", spent)
    at, michael = f"/expenses/{number}", client_as("michael.scott")
    assert not ServedPage(michael.get(at)).has(".budget-left"), "no budget is set"
    angela = client_as("angela.martin")
    month = f"{office_today():%B %Y}"
    for version, budget, says in (
        (
            0,
            "100",
            f"$80.00 of $100.00 left in the sales budget for {month}; $60.00 after this expense.",
        ),
        (
            1,
            "30",
            f"$10.00 of $30.00 left in the sales budget for {month}; this expense would exceed it by $10.00.",
        ),
    ):
        form = {"department": "sales", "monthly": budget, "version": version}
        assert angela.post("/expenses/budgets", data=form).status_code == 303
        assert ServedPage(michael.get(at)).first("#expense-lines .budget-left").text.strip() == says
    assert not ServedPage(client_as("jim.halpert").get(at)).has(".budget-left")


def test_a_decision_sent_twice_is_taken_once(client_as, handed_in):
    number = handed_in()
    sent = {"do": "approve", "version": read_expense(number).version, "form_key": "key-12345678"}
    michael = client_as("michael.scott")
    assert [
        michael.post(f"/expenses/{number}/decide", data=sent).status_code for _ in range(2)
    ] == [303, 303]


def test_handed_in_twice_it_is_handed_in_once(jim, served):
    number = begin(jim)
    sent = {**fields(number, "submit"), "form_key": "key-12345678"}
    assert [jim.post(f"/expenses/{number}/edit", data=sent).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert read_expense(number).round == 1


def test_a_key_stands_for_all_that_was_handed_in(jim, served):
    number = begin(jim)
    first = {**fields(number, "submit"), "form_key": "key-12345678"}
    assert jim.post(f"/expenses/{number}/edit", data=first).status_code == 303
    jim.post(f"/expenses/{number}/withdraw")
    other = {**fields(number, "submit", amount="21.00"), "form_key": "key-12345678"}
    answer = jim.post(f"/expenses/{number}/edit", data=other)
    assert answer.status_code == 422
    assert "already sent with different values" in answer.text
    assert (read_expense(number).status, read_expense(number).round) == ("draft", 1)


def test_sent_again_while_the_first_is_on_its_way_it_gets_the_answer_of_the_first(
    client_as, jim, served
):
    for n in range(4):
        number = begin(jim)
        sent = {**fields(number, "submit"), "form_key": f"key-1234567{n}"}
        browsers = [client_as("jim.halpert") for _ in range(4)]
        answers = do_at_once(
            *[partial(each.post, f"/expenses/{number}/edit", data=sent) for each in browsers]
        )
        assert [answer.status_code for answer in answers] == [303] * 4
        assert read_expense(number).round == 1


def test_the_owner_is_offered_no_decision(jim, handed_in):
    number = handed_in()
    assert "Your decision" not in jim.get(f"/expenses/{number}").text
    assert jim.post(f"/expenses/{number}/decide", data={"do": "approve"}).status_code == 403


def test_lists_search_filter_page_and_count(jim, handed_in):
    for n in range(28):
        handed_in("jim.halpert", purpose=f"Trip {n}")
    page = ServedPage(jim.get("/expenses/"))
    assert "25 of 28" in page.text
    assert "26–28 of 28" in jim.get(page.next_page()).text
    assert "Trip 7" in jim.get("/expenses/?q=trip+7").text
    assert "No matching expenses" in jim.get("/expenses/?q=beets").text
    assert "No matching expenses" in jim.get("/expenses/?status=refused").text
    assert jim.get("/expenses/?after=broken").status_code == 400


def test_the_export_is_what_is_filtered_and_no_formula(jim, handed_in):
    handed_in("jim.halpert", purpose="=cmd()")
    text = jim.get("/expenses/export.csv").text
    assert "'=cmd()" in text
    assert ",Submitted," in text and "submitted" not in text, "the list's word, not the value"
    assert len(jim.get("/expenses/export.csv?q=nothing").text.splitlines()) == 1


def test_a_run_is_made_once_with_its_file_for_payroll(client_as, handed_in):
    number = handed_in(purpose="=Visit")
    decide_as("michael.scott", number)
    oscar = client_as("oscar.martinez")
    assert number in oscar.get("/expenses/runs").text
    answer = oscar.post("/expenses/runs", data={"numbers": [number], "agreed": "20.00"})
    early = oscar.get(f"{answer.location}/payroll.csv")
    assert early.status_code == 409 and "was not downloaded yet" in early.text
    assert "Void 1 reimbursement" in oscar.get(answer.location).text, "looking changed nothing"
    rows = oscar.post(f"{answer.location}/payroll.csv").text
    assert oscar.get(f"{answer.location}/payroll.csv").text == rows
    assert "Void 1 reimbursement" not in oscar.get(answer.location).text
    assert f"jim.halpert,Jim Halpert,sales,{number},'=Visit,20.00,USD" in rows
    again = oscar.post("/expenses/runs", data={"numbers": [number]})
    assert (again.status_code, "Already reimbursed" in again.text) == (409, True)


def ticked(answer) -> set[str]:
    boxes = ServedPage(answer).root.select("input[name=numbers]")
    return {str(box["value"]) for box in boxes if box.has_attr("checked")}


def test_paying_asks_with_names_and_sum_and_pays_what_was_agreed(client_as, handed_in):
    first, second = handed_in("jim.halpert"), handed_in("dwight.schrute")
    for each in (first, second):
        decide_as("michael.scott", each)
    oscar = client_as("oscar.martinez")
    asked = oscar.post("/expenses/runs", data={"numbers": [first]})
    question = ServedPage(asked).first("[role=alertdialog]").text
    assert "Jim Halpert" in question and "Dwight" not in question
    assert "Reimburse 1 expense, $20.00" in question
    assert ticked(asked) == {first}, "the boxes stay as they were"
    assert read_expense(first).status == "approved", "asked, not paid"
    other = {"numbers": [first, second], "agreed": "20.00"}
    again = oscar.post("/expenses/runs", data=other)
    assert "Reimburse 2 expenses, $40.00" in ServedPage(again).first("[role=alertdialog]").text
    assert oscar.post("/expenses/runs", data={**other, "agreed": "40.00"}).status_code == 303
    assert {read_expense(each).status for each in (first, second)} == {"reimbursed"}


def test_a_run_is_voided_from_its_page_with_the_sum_in_the_button(client_as, handed_in):
    number = handed_in()
    decide_as("michael.scott", number)
    oscar = client_as("oscar.martinez")
    at = oscar.post("/expenses/runs", data={"numbers": [number], "agreed": "20.00"}).location
    assert "Void 1 reimbursement, $20.00" in ServedPage(oscar.get(at)).text
    assert client_as("jim.halpert").post(f"{at}/void", data={"reason": "x"}).status_code == 403
    assert ServedPage(oscar.post(f"{at}/void", data={"reason": " "})).is_wrong("reason")
    assert oscar.post(f"{at}/void", data={"reason": "Wrong month"}).status_code == 303
    page = ServedPage(oscar.get(at))
    said = page.first("#voided").text
    assert "Voided by Oscar Martinez" in said and "Wrong month" in said and number in said
    assert "Void 1" not in page.text and "Download payroll CSV" not in page.text
    assert number in ticked(oscar.get("/expenses/runs"))
    assert oscar.get(f"{at}/payroll.csv").status_code == 409
    found = f"/expenses/search?q={at.rpartition('/')[2].lower()}"
    assert f'href="{at}"' in oscar.get(found).text, "the palette finds it by its number"
    assert at not in client_as("jim.halpert").get(found).text


def test_a_refused_run_leaves_the_boxes_as_they_were_and_none_pays_nobody(client_as, handed_in):
    first, second = handed_in("jim.halpert"), handed_in("dwight.schrute")
    for each in (first, second):
        decide_as("michael.scott", each)
    oscar = client_as("oscar.martinez")
    assert ticked(oscar.get("/expenses/runs")) == {first, second}
    none = oscar.post("/expenses/runs", data={"agreed": "40.00"})
    assert none.status_code == 422 and "Select at least one" in none.text
    assert ticked(none) == set(), "nobody is paid by pressing again"
    gone = oscar.post("/expenses/runs", data={"numbers": [first, "EX-1"], "agreed": "20.00"})
    assert gone.status_code == 409 and ticked(gone) == {first}
    assert read_expense(first).status == "approved"


def test_a_refused_decision_keeps_amounts_and_words(client_as, handed_in):
    number = handed_in()
    michael = client_as("michael.scott")
    page = ServedPage(michael.get(f"/expenses/{number}"))
    at = str(page.first("#amounts input").root["name"])
    typed = {"do": "part", at: "lots", "reason": "half of it", "version": "0"}
    refused = ServedPage(michael.post(f"/expenses/{number}/decide", data=typed))
    assert refused.is_wrong(at)
    assert refused.value(at) == "lots" and refused.value("reason").strip() == "half of it"
    stale = {**typed, at: "12.50"}
    shown = ServedPage(michael.post(f"/expenses/{number}/decide", data=stale))
    assert shown.value(at) == "12.50" and shown.value("reason").strip() == "half of it"


def test_a_refused_budget_stands_beside_its_department_as_typed(client_as, office):
    page = ServedPage(
        client_as("oscar.martinez").post(
            "/expenses/budgets", data={"department": "sales", "monthly": "lots", "version": 0}
        )
    )
    field = page.first("form.budget input[value=lots]").root
    assert "sales" in str(field["aria-label"]) and field["aria-invalid"] == "true"
    assert page.is_wrong(str(field["id"])) and len(page.root.select("form.budget .err")) == 1


def test_home_search_and_print_have_it(client_as, handed_in, jim):
    number = handed_in(purpose="Paper convention")
    michael = client_as("michael.scott")
    for headers in ({}, PARTIAL):
        assert "Paper convention" in michael.get("/expenses/home", headers=headers).text
    assert "Expenses to approve" not in jim.get("/expenses/home").text, (
        "jim approves nobody's expenses"
    )
    done = michael.post(
        f"/expenses/{number}/decide",
        data={"do": "approve", "version": read_expense(number).version, "back": "home"},
    )
    assert (done.status_code, done.location, read_expense(number).status) == (303, "/", "approved")
    assert "Nothing to approve" in michael.get("/expenses/home").text
    assert "Nothing to approve" in client_as("oscar.martinez").get("/expenses/home").text, (
        "accounting decides, too"
    )
    assert "$20.00" in jim.get("/expenses/home/spent").text
    assert number in michael.get("/expenses/search?q=convention").text
    assert number not in client_as("dwight.schrute").get("/expenses/search?q=convention").text


def test_while_profile_is_away_the_last_known_people_serve(jim):
    number = begin(jim)  # nothing is served: the profile service cannot be asked
    assert jim.post(f"/expenses/{number}/edit", data=fields(number, "submit")).status_code == 303
    assert read_expense(number).approver == "michael.scott"
    assert set(PEOPLE) > {"michael.scott"}


def test_without_any_known_people_the_draft_is_kept_and_the_page_says_so(client_as, clean_database):
    jim = client_as("jim.halpert")
    number = begin(jim)
    page = jim.post(f"/expenses/{number}/edit", data=fields(number, "submit"))
    assert page.status_code == 503
    assert "Your draft is saved" in page.text
    assert read_expense(number).purpose == "Visit"


def test_a_stale_tab_is_refused_with_what_was_typed(jim):
    number = begin(jim)
    stale = {**fields(number, purpose="mine"), "editing": "other-tab"}
    jim.post(f"/expenses/{number}/edit", data=fields(number))
    page = jim.post(f"/expenses/{number}/edit", data=stale)
    assert (
        page.status_code,
        "changed since you opened it" in page.text,
        'value="mine"' in page.text,
    ) == (409, True, True)


def test_the_profile_service_tells_who_manages_whom(jim, served):
    number = begin(jim)
    jim.post(f"/expenses/{number}/edit", data=fields(number, "submit"))
    with reading("finance") as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM person").scalar() > 0


def test_the_page_of_a_refused_expense_says_why(jim, handed_in):
    number = handed_in()
    decide_as("michael.scott", number, "refuse", reason="That was your lunch")
    assert "That was your lunch" in jim.get(f"/expenses/{number}").text
    attach_error = pytest.raises(Exception, match="cannot be changed")
    with attach_error:
        attach_receipt("jim.halpert", number, make_picture())


def test_a_question_gets_its_answer_and_the_approver_sees_it(client_as, handed_in, jim):
    number = handed_in()
    assert 'name="reply"' not in jim.get(f"/expenses/{number}/edit").text
    decide_as("michael.scott", number, do="send_back", reason="Who came along?")
    address = f"/expenses/{number}/edit"
    page = ServedPage(jim.get(address))
    assert "Michael Scott asked: Who came along?" in page.text
    form = {
        str(f["name"]): page.value(str(f["name"]))
        for f in page.root.select(
            "#expense-form input[name]:not([type=file]), #expense-form select, #expense-form textarea"
        )
    }
    too_long = jim.post(address, data={**form, "reply": "x" * 501, "action": "submit"})
    assert ServedPage(too_long).is_wrong("reply") and "x" * 501 in too_long.text
    saved = jim.post(f"/expenses/{number}/draft", data={**form, "reply": "Dan, "}, headers=PARTIAL)
    assert saved.status_code == 200
    assert ServedPage(jim.get(address)).value("reply").strip() == "Dan,"
    sent = jim.post(address, data={**form, "reply": "Dan, of Lackawanna", "action": "submit"})
    assert sent.status_code == 303
    shown = ServedPage(client_as("michael.scott").get(f"/expenses/{number}")).text
    assert "Jim Halpert replied: Dan, of Lackawanna" in shown
    assert shown.count("Dan, of Lackawanna") == 2, "beside the decision, and in the history"
    decide_as("michael.scott", number, do="send_back", reason="Which Dan?")
    again = ServedPage(jim.get(address))
    assert again.value("reply").strip() == "", "a new question waits for a new answer"
