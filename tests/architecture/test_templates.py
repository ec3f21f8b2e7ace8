"""How templates are laid out. djhtml indents them and never moves a word: a space beside an inline element is content.

Breaking lines is therefore left to whoever writes them, and held here.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
WIDTH = 100
AVERAGE = 46  # characters a line, of the widest codebase that this one is compared with
BLOCKS = (
    "article|aside|dd|details|dialog|div|dl|dt|fieldset|form|h[1-6]|header|li|main|nav|ol|option|p"
    "|section|select|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)


def lines(*endings: str) -> dict[str, str]:
    """Each line of the templates in git or about to be, by its file and number."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "templates", "stack/embedded/templates"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\n") if name.endswith(endings)]
    return {
        f"{path.relative_to(ROOT)}:{number}": line
        for path in paths
        if path.is_file()
        for number, line in enumerate(path.read_text().splitlines(), 1)
    }


def is_too_wide(line: str) -> bool:
    """A single address that cannot be broken may be wider."""
    return len(line) > WIDTH and len(line.split()) > 1


def test_no_line_of_a_template_is_wider_than_the_others_of_the_house() -> None:
    assert is_too_wide("x " * WIDTH)
    assert not is_too_wide("x" * 2 * WIDTH)
    found = lines(".html")
    print(f"longest line of a template: {max(map(len, found.values()))} characters")
    assert {place: line for place, line in found.items() if is_too_wide(line)} == {}


def test_lines_of_templates_are_as_short_as_those_of_good_codebases() -> None:
    found = lines(".html", ".txt", ".xml")
    average = sum(map(len, found.values())) / len(found)
    print(f"templates: {average:.1f} characters a line on average, {len(found)} lines")
    assert average <= AVERAGE


def test_each_block_element_of_a_template_begins_its_own_line() -> None:
    twice = re.compile(rf"<({BLOCKS})\b.*<({BLOCKS})\b")
    assert twice.search("<ul><li>one</li></ul>")
    assert not twice.search("<p>one <b>strong</b> word</p>")
    found = lines(".html")
    assert {place: line for place, line in found.items() if twice.search(line)} == {}
