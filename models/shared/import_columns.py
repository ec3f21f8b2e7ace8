"""Map the columns of an imported file to the fields of a record, one way for every import.

A column is found by its heading, whatever its case, accents and punctuation; a person may map any
column by hand or leave it out. A field has at most one column.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from models.shared.csv_files import Table, Unreadable
from models.shared.search import fold
from models.shared.texts import isolate

MOST_COLUMNS = 100
LONGEST = 100  # characters of a heading or an example that are kept
EXAMPLES = 3

Line = tuple[int, dict[str, str]]  # line of the file, and its texts by field


class Field(NamedTuple):
    """A field that a column may be for, and the headings by which it is found besides its label."""

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    is_required: bool = False


class Column(msgspec.Struct, frozen=True):
    """A column of a file: its heading, the field it is for ("" is left out), and its first values."""

    heading: str
    field: str
    examples: list[str]


class Mapping(msgspec.Struct, frozen=True):
    """What each column of a file is for. Without headings, the first line is data like the rest."""

    columns: list[Column] = []
    has_headings: bool = True
    read_as: str = ""

    @property
    def left_out(self) -> list[str]:
        """The headings of the columns that are for no field."""
        return [each.heading for each in self.columns if each.heading and not each.field]


class Choice(NamedTuple):
    """What a person chose: a field for each column in order, and whether there are headings."""

    fields: Sequence[str]
    has_headings: bool


def map_columns(
    table: Table,
    fields: Sequence[Field],
    chosen: Choice | None = None,
    *,
    without_headings: Sequence[str] = (),
) -> Mapping:
    """Find the field of each column, or take what a person chose for a file with as many columns.

    `without_headings` are the fields of a file whose first line names none of them, in order;
    without it a first line is always taken for headings. Raises Unreadable.
    """
    if not table.rows:
        raise Unreadable("The file is empty.")
    width = max(_width(cells) for _line, cells in table.rows)
    if width > MOST_COLUMNS:
        raise Unreadable(f"The file has more than {MOST_COLUMNS} columns.")
    (_line, first), *rest = table.rows
    first = [*first, *([""] * width)][:width]
    known = _headings(fields)
    found = [known.get(_plain(cell), "") for cell in first]
    has_headings = any(found) or not without_headings
    if not has_headings:
        found = [*without_headings, *([""] * width)][:width]
    if chosen and len(chosen.fields) == width:
        names = {field.name for field in fields}
        found = [each if each in names else "" for each in chosen.fields]
        has_headings = chosen.has_headings
    shown = rest if has_headings else table.rows
    return Mapping(
        [
            Column(
                first[n][:LONGEST] if has_headings else f"Column {n + 1}",
                field,
                _examples(shown, n),
            )
            for n, field in enumerate(found)
        ],
        has_headings,
        table.in_words,
    )


def problems_of(mapping: Mapping, fields: Sequence[Field]) -> list[str]:
    """Return what keeps the file from being read: two columns of a field, a required one without."""
    columns = defaultdict(list)
    for each in mapping.columns:
        columns[each.field].append(f"“{isolate(each.heading)}”")
    said = [
        f"The columns {' and '.join(columns[field.name])} are for the same field, {field.label}. "
        "Leave all but one of them out."
        for field in fields
        if len(columns[field.name]) > 1
    ]
    return said + [
        f"No column is for {field.label}. Choose the one that is."
        for field in fields
        if field.is_required and not columns[field.name]
    ]


def map_lines(table: Table, mapping: Mapping) -> Iterator[Line]:
    """Yield each line with something in a mapped column, as texts by field."""
    for line, cells in table.rows[1 if mapping.has_headings else 0 :]:
        values = {
            column.field: cell
            for column, cell in zip(mapping.columns, cells, strict=False)
            if column.field
        }
        if any(values.values()):
            yield line, values


def _headings(fields: Sequence[Field]) -> dict[str, str]:
    return {
        _plain(heading): field.name
        for field in fields
        for heading in (field.name, field.label, *field.synonyms)
    }


def _plain(heading: str) -> str:
    return " ".join(re.split(r"[\W_]+", fold(heading))).strip()


def _width(cells: list[str]) -> int:
    """Return the number of cells up to the last one with something in it."""
    return next((n for n in range(len(cells), 0, -1) if cells[n - 1]), 0)


def _examples(rows: Sequence[tuple[int, list[str]]], n: int) -> list[str]:
    cells = (cells[n] for _line, cells in rows[:50] if n < len(cells) and cells[n])
    return [cell[:LONGEST] for cell in dict.fromkeys(cells)][:EXAMPLES]
