"""One reader of CSV for all imports, and the protection of what is exported."""

import csv
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from models.shared.csv_files import Unreadable, protect, read_csv, unprotect
from models.shared.import_columns import map_columns
from models.shared.texts import one_line
from webapp.shared.lists.csv_files import csv_response

ROWS = [
    ["Company", "Note"],
    ["Zürich, Papier", "5; 6"],
    ["Ludlow", "two\nlines"],
    ["O’Hara", '"q"'],
]
SAVED = {  # how tools save a file: encoding and whether it begins with a mark
    "UTF-8": "utf-8",
    "UTF-8 with a mark": "utf-8-sig",
    "UTF-16 with a mark": "utf-16",
    "UTF-16 little-endian": "utf-16-le",
    "UTF-16 big-endian": "utf-16-be",
    "Windows-1252": "cp1252",
}


def saved(separator: str, end: str, said: bool = False) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(ROWS)
    return (f"sep={separator}{end}" if said else "") + file.getvalue()


@pytest.mark.parametrize("encoding", SAVED)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("said", [False, True])
def test_a_file_of_any_tool_is_read_whole(
    encoding: str, separator: str, end: str, said: bool
) -> None:
    table = read_csv(saved(separator, end, said).encode(SAVED[encoding]))
    assert [cells for _line, cells in table.rows] == [
        [cell.replace("\n", " ") for cell in row] for row in ROWS
    ]
    assert table.separator == separator and table.encoding == encoding[: len(table.encoding)]
    assert table.in_words.startswith(table.encoding)


@given(st.binary(max_size=200) | st.text(",;\t|\"\r\n'=a\0", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    try:
        read_csv(content)
    except Unreadable as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'Company,Note\nA,"open\nB,c\n', "A quotation mark that opens in line 2 is never closed."),
        (b'Company\n"A"b\n', "Line 2 has a quotation mark in the middle of a cell"),
        (b"Company\n" + b"x" * 10_001, "A cell in line 2 has more than 10,000 characters."),
        (b"Company\n" + b"x" * 200_000, "A cell in line 2 has more than 10,000 characters"),
        (b"PK\x03\x04\0\0\0\0\x08\0", "This is not a text file."),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_csv(content)
    assert str(refused.value).startswith(words)


TEXTS = st.text(st.sampled_from("=+-@＝'; |\t\r\n,\"ab\u00a0"), max_size=12)


@given(TEXTS | st.text(max_size=20))
def test_what_the_export_protects_the_import_takes_off_again(cell: str) -> None:
    assert unprotect(protect(cell)) == cell


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
def test_an_export_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    exported = csv_response("x.csv", ["Company", "Note"], rows).get_data()
    kept = [[one_line(cell) for cell in row] for row in rows]
    read = [cells for _line, cells in read_csv(exported).rows[1:]]
    assert read == [row for row in kept if any(row)]


@example(';"=', ";")
@given(TEXTS, st.sampled_from(",;\t|"))
def test_no_spreadsheet_takes_a_cell_for_a_formula_whatever_its_separator(
    cell: str, separator: str
) -> None:
    exported = csv_response("x.csv", ["a", "b"], [["x", cell]]).get_data(as_text=True)
    for row in csv.reader(io.StringIO(exported, newline=""), delimiter=separator):
        assert not [each for each in row if each.lstrip(" \u00a0")[:1] in set("=+-@＝＋－＠")]


def test_each_template_has_only_headings_that_its_import_knows(
    client_as: Callable[[str], FlaskClient], clean_database: str
) -> None:
    from models.sales.lead_files import FIELDS as OF_LEADS
    from webapp.inventory.receipt_file import FIELDS as OF_RECEIPTS

    for uid, form, fields in (
        ("jim.halpert", "/sales/leads/import", OF_LEADS),
        ("darryl.philbin", "/inventory/receive/file", OF_RECEIPTS),
    ):
        browser = client_as(uid)
        assert f'href="{form}/template.csv"' in browser.get(form).text
        template = read_csv(browser.get(f"{form}/template.csv").data)
        columns = map_columns(template, fields).columns
        assert [column.field for column in columns] == [field.name for field in fields]


def test_each_line_has_its_number_in_the_file_and_no_more_are_read_than_asked_for():
    text = "company,mail\n\nHospice,a@b.example\nQuarry,c@d.example\n"
    numbers = [1, 3, 4]  # the second is blank
    assert [line for line, _ in read_csv(text).rows] == numbers
    assert [line for line, _ in read_csv("sep=,\n" + text).rows] == [each + 1 for each in numbers]
    for most in (1, 2, 3):
        assert [line for line, _ in read_csv(text, most).rows] == numbers[:most]
