"""Parse a CSV file of leads. Pure: reads no tables; errors are messages for the person."""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from models.sales.lead_rules import LeadFacts, NextStep, errors_of
from models.sales.stages import SOURCES

MOST_ROWS = 10_000
MOST_BYTES = 5_000_000
MOST_NAMED = 20  # ignored columns that are listed by name
COLUMNS = {  # accepted column heading → field; an empty field is ignored silently
    "company": "company",
    "account": "company",
    "organisation": "company",
    "organization": "company",
    "contact": "contact_name",
    "contact name": "contact_name",
    "name": "contact_name",
    "person": "contact_name",
    "mail": "mail",
    "email": "mail",
    "e-mail": "mail",
    "mail address": "mail",
    "phone": "phone",
    "telephone": "phone",
    "tel": "phone",
    "source": "source",
    "value": "expected_value",
    "expected value": "expected_value",
    "amount": "expected_value",
    "owner": "owner",
    "line": "",
    "why": "",  # our own export of rejected rows adds these two
}


class Sheet(NamedTuple):
    """The rows that are not blank, as (line of the file, field → text), and the ignored columns."""

    rows: list[tuple[int, dict[str, str]]]
    left_out: list[str]


class Unreadable(Exception):
    """The file is not a list of leads; the message tells the person why."""


def read_sheet(content: bytes) -> Sheet:
    """Parse the file. Raises Unreadable."""
    lines = csv.reader(io.StringIO(_decoded(content)), _dialect(content))
    try:
        head = next(lines, None)
        if head is None:
            raise Unreadable("The file is empty.")
        names = [cell.replace("\0", "").strip().lstrip("\ufeff")[:100] for cell in head]
        facts = {name: COLUMNS.get(name.lower().replace("_", " ")) for name in names}
        if "company" not in facts.values():
            raise Unreadable("No column is called “Company”. The first line names the columns.")
        return Sheet(
            _filled([facts[name] or "" for name in names], lines),
            [name for name, fact in facts.items() if name and fact is None][:MOST_NAMED],
        )
    except csv.Error as error:
        raise Unreadable(f"Line {lines.line_num} cannot be read as CSV: {error}.") from error


def facts_of(
    values: dict[str, str], owner: str, people: Mapping[str, str], owners: frozenset[str] | None
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
        next=NextStep(),
        owners=owners,
    )


def wrong_with(facts: LeadFacts) -> str:
    """Return what is wrong with a row, in one line; empty if it is valid."""
    labels = {"contact_name": "contact", "expected_value": "value"}
    return " ".join(
        f"{labels.get(field, field).capitalize()}: {words}"
        for field, words in errors_of(facts).items()
    )


def _filled(facts: list[str], lines: Any) -> list[tuple[int, dict[str, str]]]:
    rows = []
    for cells in lines:
        values = {
            fact: cell.replace("\0", "").strip()[:2000]
            for fact, cell in zip(facts, cells, strict=False)
            if fact
        }
        if any(values.values()):
            rows.append((lines.line_num, values))
        if len(rows) > MOST_ROWS:
            raise Unreadable(f"At most {MOST_ROWS:,} rows at once. Cut the file in parts.")
    if not rows:
        raise Unreadable("There is no row below the names of the columns.")
    return rows


def _decoded(content: bytes) -> str:
    if b"\0" in content[:4096]:
        raise Unreadable("This is no text file. Save it as CSV first.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _dialect(content: bytes) -> type[csv.Dialect]:
    """Detect the delimiter: comma, semicolon or tab, whichever the first line has most of."""
    first = content.split(b"\n", 1)[0]

    class Found(csv.excel):
        delimiter = max((",", ";", "\t"), key=lambda mark: first.count(mark.encode()))
        strict = False

    return Found


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace("$", "").replace(",", "").strip() or "0")
    except InvalidOperation:
        return None


def in_portions(rows: list[Any], size: int) -> Iterable[list[Any]]:
    """Yield the rows in batches of `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
