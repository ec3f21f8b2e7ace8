"""docs/reference/asvs.md says of every requirement how it stands, and what it names is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from models.finance import drafts, voucher_files
from models.profile import avatars
from models.sales import lead_files
from tests.security.asvs import LEVELS, named, numbers
from webapp.inventory import receipt_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/asvs.md").read_text()
SECURITY = (ROOT / "docs/reference/security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]*test_\w+\.py)(?:::(\w+))?`", PAGE + SECURITY)))
WITHIN, BEYOND = PAGE.split("## Beyond level 2")
STATES = ("Met", "Partly", "Not met", "Provider", "Operator", "Not applicable")


def rows(text: str) -> list[list[str]]:
    """The cells of each row that begins with a number of the standard."""
    found = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_test_that_the_pages_name_is_there(path: str, name: str):
    assert re.search(
        rf"^def {name}\(" if name else r"^def test_", (ROOT / path).read_text(), re.MULTILINE
    )


def test_no_number_is_missing_doubled_or_made_up():
    listed = Counter(number for row in rows(WITHIN) for number in named(row[0]))
    assert set(listed) == numbers("12") and set(listed.values()) == {1}
    assert {number for row in rows(BEYOND) for number in named(row[0])} <= numbers("3")


def test_the_standard_has_as_many_requirements_as_owasp_published():
    assert [len(numbers(level)) for level in "123"] == [70, 183, 92] and len(LEVELS) == 80


def test_a_range_is_each_of_its_numbers():
    assert [*named("6.2.1–6.2.3, 7.1.1")] == ["6.2.1", "6.2.2", "6.2.3", "7.1.1"]
    with pytest.raises(AssertionError):
        [*named("6.2.1–6.3.1")]


@pytest.mark.parametrize("row", rows(PAGE), ids=lambda row: row[0])
def test_what_is_met_names_a_test_or_a_page_and_what_is_not_says_why(row: list[str]):
    _, in_short, state, why = row
    assert in_short and state in STATES and why
    if state == "Met":
        assert "`tests/" in why or re.search(r"\]\([\w./#-]+\)", why)


def test_the_counts_of_each_state_are_right():
    listed = Counter(state for cells, _, state, _ in rows(WITHIN) for _ in named(cells))
    said = dict(re.findall(r"^\| ([A-Z][a-z ]+) \| .* \| (\d+) \|$", PAGE, re.MULTILINE))
    assert {state: int(count) for state, count in said.items()} == dict(listed)


def test_the_table_of_uploads_has_the_limits_of_the_code():
    table = SECURITY.split("## Uploads")[1].split("\n## ")[0]
    lines = {line.split(" | ")[0].strip("| "): line for line in table.splitlines()}
    mega = 1_000_000
    photo = lines["Receipt photo"]
    assert f"| {voucher_files.MOST_BYTES // mega} MB |" in photo
    assert f"{voucher_files.MOST_PIXELS // mega} million pixels" in photo
    assert f"{voucher_files.MOST_PAGES} pages" in photo
    assert f"{drafts.MOST_VOUCHERS} files and {drafts.MOST_BYTES // mega} MB per expense" in photo
    profile = lines["Profile photo"]
    most = {kind: pixels // mega for kind, pixels in avatars.MOST_PIXELS.items()}
    assert set(most) == {"JPEG", "PNG", "WEBP"} and most["PNG"] == most["WEBP"]
    assert f"{most['PNG']} million pixels, {most['JPEG']} million as JPEG" in profile
    assert f"| {avatars.MOST_BYTES // 2**20} MB |" in profile
    assert f"| {lead_files.MOST_BYTES // mega} MB |" in lines["Leads"]
    goods = lines["Receipt of goods"]
    assert f"| {receipt_file.MOST_BYTES // 1000} KB | {receipt_file.MOST_ROWS} rows |" in goods
