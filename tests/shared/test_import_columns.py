"""The mapping step of imports: columns are found by heading or mapped by hand, once per field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.lead_files import FIELDS as OF_LEADS
from models.shared.csv_files import Unreadable, read_csv
from models.shared.import_columns import (
    MOST_COLUMNS,
    Choice,
    Column,
    Field,
    map_columns,
    map_lines,
    problems_of,
)
from webapp.inventory.receipt_file import FIELDS as OF_RECEIPTS

FIELDS = (
    Field("company", "Company", ("account", "société"), is_required=True),
    Field("mail", "Email", ("e-mail",)),
    Field("phone", "Phone", ("telephone",)),
)


def found(content: str, chosen: Choice | None = None, **more) -> list[tuple[str, str]]:
    mapping = map_columns(read_csv(content), FIELDS, chosen, **more)
    return [(column.heading, column.field) for column in mapping.columns]


@pytest.mark.parametrize(
    "heading",
    ["Company", "  COMPANY ", "company", "Account", "SOCIETE", "Socie\u0301té", "ｃompany"],
)
def test_a_column_is_found_by_its_heading_whatever_its_case_and_accents(heading: str) -> None:
    assert [field for _heading, field in found(f"x,{heading}\n1,2\n")] == ["", "company"]


@pytest.mark.parametrize("heading", ["E-Mail", "e mail", "E_MAIL", "e‑mail:", "(e-mail)"])
def test_punctuation_in_a_heading_makes_no_difference(heading: str) -> None:
    assert found(f"{heading},Company\na,b\n")[0][1] == "mail"


def test_what_is_not_recognized_is_left_out_and_can_be_mapped_by_hand() -> None:
    content = "Firma;Telefon;Farbe\nZürich Papier;1;beige\n"
    assert [field for _heading, field in found(content)] == ["", "", ""]
    mapping = map_columns(read_csv(content), FIELDS)
    assert mapping.left_out == ["Firma", "Telefon", "Farbe"]
    assert mapping.columns[0] == Column("Firma", "", ["Zürich Papier"])
    assert problems_of(mapping, FIELDS) == ["No column is for Company. Choose the one that is."]
    chosen = map_columns(read_csv(content), FIELDS, Choice(["company", "phone", ""], True))
    assert problems_of(chosen, FIELDS) == []
    assert list(map_lines(read_csv(content), chosen)) == [
        (2, {"company": "Zürich Papier", "phone": "1"})
    ]


def test_two_columns_for_one_field_are_told_by_name() -> None:
    mapping = map_columns(read_csv("Mail,Company,E-Mail\na,b,c\n"), FIELDS)
    assert problems_of(mapping, FIELDS) == [
        "The columns “Mail” and “E-Mail” are for the same field, Email. "
        "Leave all but one of them out."
    ]


def test_a_file_without_headings_comes_in_order_unless_it_is_said_that_it_has_some() -> None:
    in_order = {"without_headings": ("company", "mail")}
    content = "Firma,Post\nZürich Papier,a@b.example,more\n"
    assert found(content, **in_order) == [
        ("Column 1", "company"),
        ("Column 2", "mail"),
        ("Column 3", ""),
    ]
    mapping = map_columns(read_csv(content), FIELDS, **in_order)
    assert [line for line, _values in map_lines(read_csv(content), mapping)] == [1, 2]
    chosen = Choice(["company", "mail", ""], True)
    assert found(content, chosen, **in_order)[0] == ("Firma", "company")
    mapping = map_columns(read_csv(content), FIELDS, chosen, **in_order)
    assert [line for line, _values in map_lines(read_csv(content), mapping)] == [2]


def test_a_choice_for_another_file_and_a_field_that_does_not_exist_are_not_taken() -> None:
    content = "Company,Mail\na,b\n"
    assert found(content, Choice(["mail"], True)) == [("Company", "company"), ("Mail", "mail")]
    assert found(content, Choice(["company", "password"], True))[1] == ("Mail", "")


def test_a_file_of_too_many_columns_or_none_is_refused_in_words() -> None:
    with pytest.raises(Unreadable, match="more than 100 columns"):
        found("x," * (MOST_COLUMNS + 1) + "x\n")
    with pytest.raises(Unreadable, match="empty"):
        found("\n\n")
    assert len(found("x" + "," * 500 + "\n")) == 1, "what is empty to the end is no column"


@pytest.mark.parametrize("fields", [OF_LEADS, OF_RECEIPTS])
def test_no_heading_stands_for_two_fields_of_an_import(fields: tuple[Field, ...]) -> None:
    for field in fields:
        for heading in (field.label, field.name, *field.synonyms):
            [column] = map_columns(read_csv(f"{heading}\nx\n"), fields).columns
            assert column.field == field.name, heading


@given(st.text(",;\t\n\"aé=' ", max_size=40), st.lists(st.sampled_from(["", "mail", "x"])))
def test_any_file_is_mapped_or_refused_in_words(content: str, chosen: list[str]) -> None:
    try:
        table = read_csv(content)
        mapping = map_columns(table, FIELDS, Choice(chosen, False), without_headings=("company",))
    except Unreadable as error:
        assert str(error).endswith(".")
    else:
        problems_of(mapping, FIELDS)
        for _line, values in map_lines(table, mapping):
            assert set(values) <= {field.name for field in FIELDS}
