"""What an export writes, the matching import reads back as it was (docs/reference/csv-files.md)."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from models.sales.lead_files import FIELDS, facts_of, read_sheet
from models.sales.lead_rules import LeadFacts, NextStep, columns_of, errors_of
from models.sales.leads import create_lead
from models.sales.stages import ACTIVITIES, LOST_REASONS, SOURCES, STAGES
from models.sales.tables import Lead
from models.shared.csv_files import read_csv
from models.shared.import_columns import map_columns, map_lines
from models.shared.texts import one_line
from models.shared.transactions import transaction
from tests.sales.test_importing import work
from webapp.inventory.receipt_file import FIELDS as OF_RECEIPTS
from webapp.inventory.receipt_file import TEMPLATE as RECEIPTS
from webapp.sales.imports import TEMPLATE as LEADS
from webapp.sales.leads import LEADS_LIST
from webapp.shared.lists.csv_files import csv_response

JIM, DWIGHT = "jim.halpert", "dwight.schrute"
CORPUS = (
    "Müller & Søn, “Papir” GmbH",
    'O’Hara "Paper", Inc.',
    "=SUM(A1:A9)",
    "'=already protected",
    "-5 +3 @home",
    "Dunmore; Moosic | bar",
    "株式会社ダンダー・ミフリン",
    "مؤسسة الورق، فرع ٣",
    "חברת נייר בע״מ",
    "Ελληνικό Χαρτί ΑΕ",
    "กระดาษไทย จำกัด",
    "कागज़ प्राइवेट लिमिटेड",
    "Ștefan și Ioana Țară",
    "İstanbul Kâğıt",
    "👩‍👩‍👧 Paper 📄",
    "1,250.00",
    "0570",
    "1e3",
    "TRUE",
    "2026-11-30",
    "sep=;",
    "# not a comment",
)
PHONES = ("", "(570) 555-0161", "+49 30 901820", "+44 20 7946 0958")
LINES = st.sampled_from(CORPUS) | st.text(max_size=30).map(one_line)
STEPS = st.just(NextStep()) | st.builds(
    NextStep,
    kind=st.sampled_from(ACTIVITIES),
    on=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
)
FACTS = st.builds(
    LeadFacts,
    company=LINES,
    contact_name=LINES,
    mail=st.sampled_from(["", "ida@olyphant.example", "+tag-1@x.example"]),
    phone=st.sampled_from(PHONES),
    source=st.sampled_from(SOURCES),
    expected_value=st.decimals(0, 100_000_000, places=2),
    owner=st.sampled_from([JIM, DWIGHT]),
    next=STEPS,
).filter(lambda facts: not errors_of(facts))


def lead_of(number: int, facts: LeadFacts) -> Lead:
    """A lead as the export finds it, in any stage."""
    return Lead(
        number=f"LD-{number}",
        **columns_of(facts),
        currency="USD",
        stage=STAGES[number % len(STAGES)],
        lost_reason=LOST_REASONS[number % len(LOST_REASONS)] if number % 2 else "",
        client_number=None,
        created_at=datetime(2026, 11, 30, 12, tzinfo=UTC),
    )


@given(st.lists(FACTS, min_size=1, max_size=5))
def test_leads_come_back_as_they_were_exported(kept: list[LeadFacts]) -> None:
    with Flask(__name__).test_request_context():
        exported = LEADS_LIST.csv(lead_of(n, facts) for n, facts in enumerate(kept)).get_data()
    sheet = read_sheet(exported)
    assert sheet.problems == [] and len(sheet.rows) == len(kept)
    people = {JIM: JIM, DWIGHT: DWIGHT}
    for facts, (_line, values) in zip(kept, sheet.rows, strict=True):
        assert columns_of(facts_of(values, "importer", people, None)) == columns_of(facts)


CELLS = st.lists(LINES, min_size=len(FIELDS), max_size=len(FIELDS)).filter(any)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_rows_that_were_not_imported_come_back_as_they_were_sent(rows: list[list[str]]) -> None:
    cells = [(n, "Company: Enter a company name.", *row) for n, row in enumerate(rows)]
    with Flask(__name__).test_request_context():
        exported = csv_response("x.csv", ("Line", "Problem", *LEADS), cells).get_data()
    found = [list(values.values()) for _line, values in read_sheet(exported).rows]
    assert found == rows


@given(
    st.lists(
        st.tuples(LINES.filter(bool), st.integers(1, 9999).map(str), LINES, LINES),
        min_size=1,
        max_size=4,
    )
)
def test_receipts_come_back_as_they_were_written_under_the_templates_headings(
    rows: list[tuple[str, ...]],
) -> None:
    with Flask(__name__).test_request_context():
        table = read_csv(csv_response("x.csv", RECEIPTS, rows).get_data())
    mapping = map_columns(table, OF_RECEIPTS)
    assert [tuple(values.values()) for _line, values in map_lines(table, mapping)] == rows


def test_an_export_of_leads_makes_the_same_leads_in_another_office(
    client_as: Callable[[str], FlaskClient], clean_database: str
) -> None:
    jim = client_as(JIM)
    with transaction("sales", actor=JIM) as session:
        for n, name in enumerate(CORPUS):
            step = (
                NextStep(kind=ACTIVITIES[n % 5], on=date(2026, 12, 1 + n)) if n % 2 else NextStep()
            )
            create_lead(
                session,
                LeadFacts(
                    company=name,
                    contact_name=CORPUS[-n],
                    mail=f"who{n}@x.example",
                    phone=f"570 555 {n:04}",
                    source=SOURCES[n % len(SOURCES)],
                    expected_value=Decimal(n) * Decimal("1000.37"),
                    owner=JIM,
                    next=step,
                ),
            )
    before = leads_in(clean_database)
    assert len(before) == len(CORPUS)
    exported = jim.get("/sales/leads/export.csv").data
    with psycopg.connect(clean_database) as connection:
        connection.execute("DELETE FROM sales.lead")
    file = {"file": (io.BytesIO(exported), "leads.csv")}
    page = jim.post("/sales/leads/import", data=file).location
    work()
    assert f"Create {len(CORPUS)} leads" in jim.get(page).text
    jim.post(f"{page}/confirm")
    work()
    assert leads_in(clean_database) == before


def leads_in(dsn: str) -> list[tuple[object, ...]]:
    """What the export of leads says of each, but for numbers and dates of their own."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT company, contact_name, mail, phone, source, expected_value, owner, next_kind,"
            " next_on FROM sales.lead ORDER BY mail"
        ).fetchall()


def test_the_documentation_says_of_each_csv_file_what_reads_it(web_app: Flask) -> None:
    said = (Path(__file__).parents[2] / "docs/reference/csv-files.md").read_text(encoding="utf-8")
    paths = {str(rule) for rule in web_app.url_map.iter_rules() if str(rule).endswith(".csv")}
    assert len(paths) >= 15
    assert [path for path in sorted(paths) if f"`{path}`" not in said] == []
