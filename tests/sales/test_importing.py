"""Files of leads: every row judged before anything is written, then all or nothing, by a job."""

import io
import threading
from collections.abc import Callable

import psycopg
import pytest

from consumers.jobs.process import run_due_jobs
from models.sales import jobs as tasks
from models.sales.imports import (
    confirm_import,
    get_import,
    list_rows,
    start_import,
)
from models.sales.lead_files import MOST_ROWS, Unreadable, read_sheet
from models.sales.leads import create_lead, move_lead, write_note
from models.shared.errors import NotFound
from models.shared.transactions import reading, transaction
from tests.factories.sales import DWIGHT, JIM, fetch_one, make_lead_facts
from tests.pages.served import ServedPage

FILE = """Company;Contact;E-Mail;Phone;Source;Value;Colour
Olyphant Town Hall;Ida Roe;ida@olyphant.example;570 555 0161;Trade show;$9,750.00;beige
Laurel Run Hospice, LLC;;;;;;
Olyphant Town Hall Inc.;;;;;;
;No company;;;;;
Harbor Law;Bo;no mail;;;much;
=2+5;Eve;eve@five.example;;website;;

"""


def work() -> None:
    thread = threading.Thread(target=run_due_jobs, args=("sales",))
    thread.start()
    thread.join(120)
    assert not thread.is_alive()


def sent(jim, content: bytes, name: str = "leads.csv") -> str:
    answer = jim.post("/sales/leads/import", data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.fixture
def jim(client_as: Callable, clean_database: str):
    return client_as(JIM)


def test_a_file_is_shown_row_by_row_then_taken_whole(jim, lead, clean_database: str) -> None:
    known = lead()
    page = sent(jim, FILE.encode())
    assert "Reading the file" in jim.get(page).text
    work()
    shown = jim.get(page).text
    assert (
        "Create 2 leads" in shown
        and f"Same company as {known}" in shown
        and "Same company as line 2" in shown
    )
    assert (
        "Company: Enter a company name." in shown
        and "Email: Enter an email address" in shown
        and "such as 1,250.00" in shown
    )
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 1, (
        "nothing was written yet"
    )
    rows = jim.get(f"{page}/rows.csv").text
    assert "Same company as line 2" in rows and "Harbor Law" in rows
    assert jim.post(f"{page}/confirm").status_code == 303
    assert "Creating the leads" in jim.get(page).text
    work()
    assert "2 leads were created" in jim.get(page).text
    made = fetch_one(
        clean_database,
        "SELECT owner, source, expected_value::text, stage FROM sales.lead WHERE company LIKE 'Oly%%'",
    )
    assert made == (JIM, "trade_show", "9750.00", "new")
    assert (
        fetch_one(
            clean_database,
            "SELECT actor FROM sales.history WHERE what = 'created' AND changes ? 'import' LIMIT 1",
        )
        == JIM
    )
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 3
    assert jim.post(f"{page}/confirm").status_code == 409


def test_owners_are_known_by_account_name_or_mail_and_nobody_else_gets_a_lead(
    jim, owners, clean_database: str
) -> None:
    written = (
        "Dwight Schrute",
        "DWIGHT.SCHRUTE",
        "dwight.schrute@dundermifflin.example",
        "",
        "Jom",
        "dwight.schrute@elsewhere.example",
        "Jim Halpert",
    )
    rows = "".join(f"Company {n},{owner}\n" for n, owner in enumerate(written))
    page = sent(jim, f"Company,Owner\n{rows}".encode())
    work()
    shown = jim.get(page).text
    for nobody in written[4:]:
        assert f"Owner: No one in sales is named {nobody}." in shown, (
            "unknown, another company's, and whom two are called"
        )
    jim.post(f"{page}/confirm")
    work()
    made = "SELECT array_agg(owner ORDER BY company) FROM sales.lead"
    assert fetch_one(clean_database, made) == [DWIGHT, DWIGHT, DWIGHT, JIM]


def test_columns_of_which_nothing_is_made_are_told(jim) -> None:
    page = sent(jim, b"Line,Company,contact_name,Colour,Shoe size\n1,New One,Ann,beige,9\n")
    work()
    shown = ServedPage(jim.get(page))
    columns = [each.text for each in shown.root.select(".import-columns bdi")]
    assert columns == ["Line", "Company", "contact_name", "Colour", "Shoe size"]
    assert [each.get("value") for each in shown.root.select(".import-columns [selected]")] == [
        "company",
        "contact_name",
    ]
    assert "2 columns imported, 3 left out" in shown.text
    with reading("sales") as session:
        assert (
            list_rows(session, int(page.rsplit("/", 1)[1]), "create")[0].values["contact_name"]
            == "Ann"
        )


def test_rows_that_became_duplicates_meanwhile_stop_the_whole_import(
    jim, clean_database: str
) -> None:
    page = sent(jim, b"Company\nNew One\nNew Two\n")
    work()
    with transaction("sales", actor=DWIGHT) as session:
        create_lead(session, make_lead_facts(company="New Two"))
    jim.post(f"{page}/confirm")
    work()
    shown = jim.get(page).text
    assert "1 row changed since the preview. No leads were created." in shown
    assert "Create 1 lead" in shown and "Create 1 leads" not in shown
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 1
    jim.post(f"{page}/confirm")
    work()
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 2


def test_a_job_that_runs_again_creates_nothing_twice(jim, clean_database: str) -> None:
    page = sent(jim, b"Company\nNew One\n")
    id_ = int(page.rsplit("/", 1)[1])
    work()
    jim.post(f"{page}/confirm")
    work()
    tasks.create_imported_leads(id_)
    tasks.read_lead_import(id_)
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 1
    with reading("sales") as session:
        assert get_import(session, id_, JIM).state == "done"


def test_of_two_runs_at_once_one_counts(jim, clean_database: str) -> None:
    page = sent(jim, b"Company\nNew One\nNew Two\n")
    id_ = int(page.rsplit("/", 1)[1])
    work()
    with transaction("sales", actor=JIM) as session:
        confirm_import(session, id_)
    failed: list[str] = []

    def run() -> None:
        try:
            tasks.create_imported_leads(id_)
        except Exception as error:
            failed.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 2, failed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b",".join([b"Company"] * 101) + b"\n", "more than 100 columns"),
        (b"Company\n\n\n", "no rows below"),
        (b"PK\x03\x04\0\0\0", "not a text file"),
        (b"Company\n" + b"x\n" * (MOST_ROWS + 1), "more than 10,000 rows"),
    ],
)
def test_what_is_no_list_of_leads_is_said_in_words(
    jim, clean_database: str, content: bytes, words: str
) -> None:
    page = sent(jim, content)
    work()
    shown = ServedPage(jim.get(page)).first("main").text
    assert words in shown and "No leads were created" in shown and "Create " not in shown


def test_an_empty_or_missing_file_is_refused_at_once(jim) -> None:
    for data in ({}, {"file": (io.BytesIO(b""), "empty.csv")}):
        answer = jim.post("/sales/leads/import", data=data)
        assert answer.status_code == 422 and "Choose a file" in answer.text


def test_a_key_stands_for_the_whole_file(jim, clean_database: str) -> None:
    file = b"Company\n" + b"".join(b"Firm %d\n" % n for n in range(1000))
    answers = [
        jim.post(
            "/sales/leads/import",
            data={"file": (io.BytesIO(content), "leads.csv"), "form_key": "key-12345678"},
        )
        for content in (file, file, file[:-2] + b"X\n")
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 422]
    assert answers[0].location == answers[1].location
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead_import") == 1


def test_a_file_can_be_thrown_away_and_nobody_else_sees_it(
    jim, client_as, clean_database: str
) -> None:
    page = sent(jim, b"Company\nNew One\n")
    work()
    assert client_as(DWIGHT).get(page).status_code == 404
    assert client_as(DWIGHT).post(f"{page}/confirm").status_code == 404
    assert jim.post(f"{page}/discard").status_code == 303
    assert "discarded" in jim.get(page).text and jim.post(f"{page}/confirm").status_code == 409
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead_import_row") == 0


@pytest.fixture
def imported(jim) -> str:
    """The page of an import that created two leads."""
    page = sent(jim, FILE.encode())
    work()
    jim.post(f"{page}/confirm")
    work()
    return page


def test_an_import_is_undone_as_a_whole_while_nobody_worked_on_it(
    jim, imported: str, client_as, clean_database: str
) -> None:
    asked = ServedPage(jim.get(imported)).text
    assert "Delete 3 leads" in asked
    assert client_as(DWIGHT).post(f"{imported}/undo").status_code == 404
    assert jim.post(f"{imported}/undo").status_code == 303
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 0
    shown = ServedPage(jim.get(imported)).text
    assert "3 leads were deleted" in shown and "Delete 3" not in shown
    again = jim.post(f"{imported}/undo")
    assert again.status_code == 409 and "already undone" in again.text
    page = sent(jim, FILE.encode())
    work()
    assert "Create 3 leads" in jim.get(page).text, "what was undone is no duplicate"


@pytest.mark.parametrize("deed", ["note", "change"])
def test_an_import_stays_once_somebody_worked_on_one_of_its_leads(
    jim, imported: str, deed: str, clean_database: str
) -> None:
    number = fetch_one(clean_database, "SELECT min(number) FROM sales.lead")
    with transaction("sales", actor=JIM) as session:
        if deed == "note":
            write_note(session, number, "Wants beige")
        else:
            move_lead(session, number, "contacted")
    assert "Delete 3" not in jim.get(imported).text
    refused = jim.post(f"{imported}/undo")
    assert refused.status_code == 409
    assert "1 of its 3 leads has been worked on" in ServedPage(refused).text
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 3


def test_ten_thousand_rows_come_in_at_once_and_whole(clean_database: str) -> None:
    body = "\n".join(f"Company number {n},person{n}@x.example,{n}" for n in range(MOST_ROWS))
    with transaction("sales", actor=JIM) as session:
        id_ = start_import(session, "large.csv", f"Company,Mail,Value\n{body}\n".encode()).id
    tasks.read_lead_import(id_)
    with transaction("sales", actor=JIM) as session:
        assert confirm_import(session, id_).counts == {
            "create": MOST_ROWS,
            "duplicate": 0,
            "wrong": 0,
        }
    tasks.create_imported_leads(id_)
    assert fetch_one(
        clean_database,
        "SELECT count(*), count(DISTINCT number), sum(expected_value)::int FROM sales.lead",
    ) == (MOST_ROWS, MOST_ROWS, sum(range(MOST_ROWS)))
    with reading("sales") as session:
        assert list_rows(session, id_, "create", 1)[0].lead_number is not None
        with pytest.raises(NotFound):
            get_import(session, id_, DWIGHT)


@pytest.mark.parametrize(
    "content",
    ["Company\nZürich Papier\n".encode("cp1252"), "Company\nZürich Papier\n".encode("utf-8-sig")],
)
def test_letters_come_through_whatever_saved_the_file(content: bytes) -> None:
    assert read_sheet(content).rows == [(2, {"company": "Zürich Papier"})]
    assert read_sheet(content).left_out == []


def test_a_quoted_line_break_does_not_shift_what_follows() -> None:
    assert read_sheet(b'Company,Contact\n"Two\nLines",A\nB,C\n').rows == [
        (3, {"company": "Two Lines", "contact_name": "A"}),
        (4, {"company": "B", "contact_name": "C"}),
    ]
    with pytest.raises(Unreadable):
        read_sheet(b"")


def test_the_preview_says_how_the_file_was_read_and_shows_each_value_as_it_will_be_kept(
    jim, clean_database: str
) -> None:
    rows = "COMPANY\tPhone\tValue\nZürich Papier\t570.555.0161\t12,50\nEyn\t\t1.250\n'=Art\t\t1e3\n"
    page = sent(jim, rows.encode("utf-16"))
    work()
    shown = jim.get(page).text
    assert "UTF-16, separated by tabs" in shown
    assert "Zürich Papier" in shown and "(570) 555-0161" in shown and "12.50" in shown
    assert "Value: Did you mean 1.25 or 1,250.00?" in shown
    assert "Value: Did you mean 1,000.00?" in shown
    assert "=Art" in shown and "&#39;=Art" not in shown, "the export's apostrophe is taken off"
    assert jim.get(f"{page}/rows.csv").text.count("'=Art") == 1


def test_a_file_of_lone_carriage_returns_is_read(jim, clean_database: str) -> None:
    page = sent(jim, b"Company,Contact\rOlyphant,Ida\rMoosic,Bo\r")
    work()
    assert "Create 2 leads" in jim.get(page).text


UNKNOWN = (
    "Firma;Kontakt;Mail;Wert;Schritt;Bis\nZürich Papier;Eyn;a@b.example;12,50;Call;12/1/2026\n"
)


def columns_of(browser, page: str, fields: list[str], *, headings: bool = True):
    data = {"column": fields, **({"headings": "yes"} if headings else {})}
    return browser.post(f"{page}/columns", data=data)


def test_columns_that_were_not_recognized_are_mapped_by_hand_and_then_shown_as_kept(
    jim, client_as, clean_database: str
) -> None:
    page = sent(jim, UNKNOWN.encode("cp1252"))
    work()
    asked = ServedPage(jim.get(page)).text
    assert "No column is for Company. Choose the one that is." in asked
    assert "Read as Windows-1252, separated by semicolons." in asked
    assert "Zürich Papier" in asked, "the first values of a column say what it is for"
    assert jim.post(f"{page}/confirm").status_code == 409
    fields = ["company", "contact_name", "mail", "expected_value", "next_kind", "next_on"]
    assert columns_of(client_as(DWIGHT), page, fields).status_code == 404
    for wrong in (fields[:2], [*fields[:5], "password"]):
        refused = columns_of(jim, page, wrong)
        assert (
            refused.status_code == 422
            and "Choose a field or “Leave out” for each column" in refused.text
        )
    assert columns_of(jim, page, fields).status_code == 303
    work()
    shown = ServedPage(jim.get(page)).text
    assert "Create 1 lead" in shown and "12.50" in shown
    assert "Call" in shown and "Dec 1, 2026" in shown
    jim.post(f"{page}/confirm")
    work()
    made = "SELECT company, expected_value::text, next_kind, next_on::text FROM sales.lead"
    assert fetch_one(clean_database, made) == ("Zürich Papier", "12.50", "call", "2026-12-01")
    assert columns_of(jim, page, fields).status_code == 409


def test_two_columns_for_one_field_are_told_before_any_row_is_read(jim, clean_database) -> None:
    page = sent(jim, b"Company,Mail,E-Mail\nA,a@b.example,c@d.example\n")
    work()
    shown = ServedPage(jim.get(page)).text
    assert "The columns “Mail” and “E-Mail” are for the same field, Email." in shown
    assert "Create 1 lead" not in shown
    columns_of(jim, page, ["company", "", "mail"])
    work()
    shown = ServedPage(jim.get(page)).text
    assert "Create 1 lead" in shown and "c@d.example" in shown


def test_a_mapping_that_leaves_no_rows_can_be_changed_again(jim, clean_database) -> None:
    page = sent(jim, b"Company\nNew One\n")
    work()
    columns_of(jim, page, [""], headings=False)
    work()
    assert "No column is for Company." in ServedPage(jim.get(page)).text
    columns_of(jim, page, ["company"], headings=False)
    work()
    assert "Create 2 leads" in ServedPage(jim.get(page)).text, "the first line is a lead then"


def test_a_file_is_kept_no_longer_than_it_is_needed(jim, clean_database: str) -> None:
    confirmed, forgotten, recent = (sent(jim, f"Company\nFirm {n}\n".encode()) for n in range(3))
    work()
    jim.post(f"{confirmed}/confirm")
    work()
    with psycopg.connect(clean_database) as connection:
        connection.execute(
            "UPDATE sales.lead_import SET created_at = created_at - interval '8 days' WHERE id = ANY(%s)",
            ([int(page.rsplit("/", 1)[1]) for page in (confirmed, forgotten)],),
        )
    tasks.discard_unconfirmed_imports()
    assert "1 lead was created" in ServedPage(jim.get(confirmed)).text
    assert "discarded" in jim.get(forgotten).text and "Create 1 lead" in jim.get(recent).text
    sizes = "SELECT array_agg(length(content) ORDER BY id) FROM sales.lead_import"
    assert fetch_one(clean_database, sizes) == [0, 0, len(b"Company\nFirm 2\n")]


def test_a_person_keeps_no_more_than_twenty_files_unconfirmed(jim, clean_database: str) -> None:
    page = sent(jim, b"Company\nNew One\n")
    work()
    with psycopg.connect(clean_database) as connection:
        connection.execute(
            """INSERT INTO sales.lead_import (actor, filename, content, state, total, done, counts,
            problem, created_at) SELECT actor, filename, content, state, total, done, counts, problem,
            created_at FROM sales.lead_import, generate_series(1, 19)"""
        )
    file = {"file": (io.BytesIO(b"Company\nB\n"), "leads.csv")}
    refused = jim.post("/sales/leads/import", data=file)
    assert refused.status_code == 422 and "You have 20 imports to review." in refused.text
    jim.post(f"{page}/discard")
    sent(jim, b"Company\nB\n")
