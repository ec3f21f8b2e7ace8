"""Parse a CSV file of leads. Pure: reads no tables; errors are messages for the person."""

from collections.abc import Iterable
from collections.abc import Mapping as Facts
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from models.sales.lead_rules import LeadFacts, NextStep, errors_of
from models.sales.stages import ACTIVITIES, SOURCES
from models.shared.csv_files import Unreadable, read_csv
from models.shared.dates import read_day
from models.shared.import_columns import (
    Choice,
    Field,
    Line,
    Mapping,
    map_columns,
    map_lines,
    problems_of,
)
from models.shared.numbers import Unclear, read_amount

Row = TypeVar("Row")

MOST_ROWS = 10_000
MOST_BYTES = 5_000_000
MOST_NAMED = 20  # ignored columns that are listed by name
FIELDS = (
    Field("company", "Company", ("account", "organisation", "organization", "firm"), True),
    Field("contact_name", "Contact", ("name", "contact person", "person", "full name")),
    Field("mail", "Email", ("e_mail", "mail_address", "email_address", "e_mail_address")),
    Field("phone", "Phone", ("telephone", "tel", "phone_number", "telephone_number")),
    Field("source", "Source", ("lead source", "origin")),
    Field("expected_value", "Value", ("expected value", "amount", "expected value usd")),
    Field("owner", "Owner", ("lead owner", "assigned to")),
    Field("next_kind", "Next step", ("next activity",)),
    Field("next_on", "Due date", ("next step due", "due", "due on")),
)
# Our own export of rejected rows adds these; the last is what it called the problem before.
OF_OURS = frozenset({"line", "problem", "why"})
STEPS = {"email": "mail", "send a quote": "quote", **{kind: kind for kind in ACTIVITIES}}
NO_DATE = "Enter a date, such as 11/20/2026."


class Sheet(NamedTuple):
    """The rows that are not blank, as (line of the file, field → text), and what its columns are for.

    There are no rows while `problems` say what a person has to choose.
    """

    rows: list[Line]
    mapping: Mapping
    problems: list[str]

    @property
    def left_out(self) -> list[str]:
        """The first of the columns that are ignored, but for those of our own exports."""
        named = [each for each in self.mapping.left_out if each.casefold() not in OF_OURS]
        return named[:MOST_NAMED]


def read_sheet(content: bytes, chosen: Choice | None = None) -> Sheet:
    """Parse the file; `chosen` is what a person mapped its columns to. Raises Unreadable."""
    table = read_csv(content)
    mapping = map_columns(table, FIELDS, chosen)
    if problems := problems_of(mapping, FIELDS):
        return Sheet([], mapping, problems)
    rows = list(islice(map_lines(table, mapping), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it into smaller files.")
    if not rows:
        raise Unreadable("The file has no rows below the column names.")
    return Sheet(rows, mapping, [])


def facts_of(
    values: dict[str, str], owner: str, people: Facts[str, str], owners: frozenset[str] | None
) -> LeadFacts:
    """Convert a row to facts that the domain can validate; a row without an owner gets `owner`.

    `people` maps each accepted spelling of an owner, in lower case, to a uid; `owners` is as in
    LeadFacts.
    """
    written = values.get("owner", "").strip()
    source = values.get("source", "").strip().lower().replace(" ", "_")
    return LeadFacts(
        company=values.get("company", ""),
        contact_name=values.get("contact_name", ""),
        mail=values.get("mail", ""),
        phone=values.get("phone", ""),
        source=source if source in SOURCES else "import",
        expected_value=_amount(values.get("expected_value", "")),
        owner=people.get(written.lower(), written) or owner,
        next=NextStep(
            kind=_step(values.get("next_kind", "")), on=read_day(values.get("next_on", ""))
        ),
        owners=owners,
    )


def wrong_with(facts: LeadFacts, values: Facts[str, str] | None = None) -> str:
    """Return what is wrong with a row, in one line; empty if it is valid.

    `values` are its texts, to say what an unclear value may mean.
    """
    labels = {field.name: field.label for field in FIELDS}
    return " ".join(
        f"{labels.get(field, field)}: {words}"
        for field, words in (errors_of(facts) | _unclear(values or {})).items()
    )


def _unclear(values: Facts[str, str]) -> dict[str, str]:
    said = {}
    try:
        read_amount(values.get("expected_value") or "0")
    except Unclear as error:
        said["expected_value"] = str(error)
    if (on := values.get("next_on", "")) and read_day(on) is None:
        said["next_on"] = NO_DATE
    return said


def _amount(text: str) -> Decimal | None:
    try:
        return read_amount(text or "0")
    except Unclear:
        return None


def _step(text: str) -> str:
    words = " ".join(text.lower().split())
    return STEPS.get(words, words)


def in_portions(rows: list[Row], size: int) -> Iterable[list[Row]]:
    """Yield the rows in batches of `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
