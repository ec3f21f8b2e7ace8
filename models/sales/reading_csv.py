"""A file of leads as bytes → rows of texts. What is no such file is said in words; nothing here reads a table."""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from models.sales.lead_rules import LeadFacts, NextStep, errors_of
from models.sales.stages import SOURCES

MOST_ROWS = 10_000
MOST_BYTES = 5_000_000
MOST_NAMED = 20  # columns left out that are told by name
COLUMNS = {  # what a column may be called → the fact that it is
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
    "why": "",  # what we add ourselves to the rows that were not taken
}


class Sheet(NamedTuple):
    """(line of the file, fact → text) of each row that is not blank, and the names of the columns
    that nothing is made of.
    """

    rows: list[tuple[int, dict[str, str]]]
    left_out: list[str]


class Unreadable(Exception):
    """The file is no list of leads; the message says why, for a person."""


def read_sheet(content: bytes) -> Sheet:
    """What the file says. Raises Unreadable."""
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
    """What a row says, for the domain's checks; who has no owner gets `owner`.

    `people` is how an owner may be written, in lower case, → uid; `owners` as in LeadFacts.
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
    """What is wrong with a row, in one line; empty when nothing is."""
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
    """Comma, semicolon or tab, whichever the first line has most of."""
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
    """The rows in parts of `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
