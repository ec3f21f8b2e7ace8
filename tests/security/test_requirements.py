"""docs/reference/security.md names a test for each requirement, and each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]*test_\w+\.py)(?:::(\w+))?`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_test_that_the_page_names_is_there(path: str, name: str):
    assert re.search(
        rf"^def {name}\(" if name else r"^def test_", (ROOT / path).read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_requirement_names_a_test(row: str):
    assert "`tests/" in row


def test_the_page_lists_what_an_attacker_would_try():
    assert len(ROWS) > 35
