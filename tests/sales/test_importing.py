"""Files of leads: every row judged before anything is written, then all or nothing, by a job."""

import io
import threading
from collections.abc import Callable

import pytest

from consumers.jobs.process import run_due_jobs
from models.sales import jobs as tasks
from models.sales.imports import (
    confirm_import,
    get_import,
    list_rows,
    start_import,
)
from models.sales.lead_files import (
    MOST_ROWS,
    Sheet,
    Unreadable,
    read_sheet,
)
from models.sales.leads import create_lead
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
        "Company: Please fill this in." in shown
        and "Mail: This is no mail address." in shown
        and "Value: An amount" in shown
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
        assert f"Owner: Nobody in sales is called {nobody}." in shown, (
            "unknown, another company's, and whom two are called"
        )
    jim.post(f"{page}/confirm")
    work()
    made = "SELECT array_agg(owner ORDER BY company) FROM sales.lead"
    assert fetch_one(clean_database, made) == [DWIGHT, DWIGHT, DWIGHT, JIM]


def test_columns_of_which_nothing_is_made_are_told(jim) -> None:
    page = sent(jim, b"Line,Company,contact_name,Colour,Shoe size\n1,New One,Ann,beige,9\n")
    work()
    assert "Nothing is made of these columns: Colour, Shoe size." in jim.get(page).text
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
    assert "Nothing was created yet" in shown
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
        (b"Colour,Size\nred,1\n", "No column is called"),
        (b"Company\n\n\n", "no row below"),
        (b"PK\x03\x04\0\0\0", "no text file"),
        (b"Company\n" + b"x\n" * (MOST_ROWS + 1), "At most 10,000 rows"),
    ],
)
def test_what_is_no_list_of_leads_is_said_in_words(
    jim, clean_database: str, content: bytes, words: str
) -> None:
    page = sent(jim, content)
    work()
    shown = ServedPage(jim.get(page)).first("main").text
    assert words in shown and "Nothing was created" in shown and "Create " not in shown


def test_an_empty_or_missing_file_is_refused_at_once(jim) -> None:
    for data in ({}, {"file": (io.BytesIO(b""), "empty.csv")}):
        answer = jim.post("/sales/leads/import", data=data)
        assert answer.status_code == 422 and "Please choose a file" in answer.text


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
    assert "thrown away" in jim.get(page).text and jim.post(f"{page}/confirm").status_code == 409
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead_import_row") == 0


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
    assert read_sheet(content) == Sheet([(2, {"company": "Zürich Papier"})], [])


def test_a_quoted_line_break_does_not_shift_what_follows() -> None:
    assert read_sheet(b'Company,Contact\n"Two\nLines",A\nB,C\n').rows == [
        (3, {"company": "Two\nLines", "contact_name": "A"}),
        (4, {"company": "B", "contact_name": "C"}),
    ]
    with pytest.raises(Unreadable):
        read_sheet(b"")
