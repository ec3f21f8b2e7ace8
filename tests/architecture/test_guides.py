"""Each guide that adds something is carried out on a copy of the repository, by its own code blocks."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.figures import files

ROOT = Path(__file__).parents[2]
# Guide → the tests that show what it adds, as pytest takes them.
GUIDES = {
    "add-a-field": ["tests/orders/test_cost_center.py"],
    "add-an-event": ["tests/inventory/test_location_retired.py"],
    "add-a-notification": ["tests/wuphf/test_who_is_told.py", "-k", "transferred or every"],
    "add-a-page": ["tests/inventory/test_location_sheet.py"],
    "add-an-area": ["tests/fleet/test_trucks.py"],
}
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
STARTS = """
import areas
from alembic.config import Config
from alembic.script import ScriptDirectory
from docs.contracts import generate
from webapp.app import create_app
from webapp.gateway.people.directory import Directory

for part in ("consistency", "events", "handlers", "jobs"):
    areas.load(part)
app = create_app(directory=Directory(read=lambda uid, seconds: None))
assert app.test_client().get("/healthz").status_code == 200
config = Config()
config.set_main_option("script_location", "migrations")
assert len(ScriptDirectory.from_config(config).get_heads()) == 1
assert generate.contents()
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """A copy of the repository on which all guides were carried out, as one would one after the other."""
    with tempfile.TemporaryDirectory(prefix="dm-guides-") as folder:
        for path in files():
            there = Path(folder, path.relative_to(ROOT))
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, there, follow_symlinks=False)
        for made in (".venv", "node_modules", "static/vendor"):
            Path(folder, made).symlink_to((ROOT / made).resolve())
        for guide in GUIDES:
            carry_out((ROOT / f"docs/howto/{guide}.md").read_text(), Path(folder))
        yield Path(folder)


def test_with_what_the_guides_add_the_product_starts_and_its_contracts_are_made(copy: Path):
    check(copy, "-c", STARTS)


def test_what_the_guides_add_keeps_the_import_contracts(copy: Path):
    lint = "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports(no_cache=True, no_logo=True))"
    check(copy, "-c", lint)


def test_what_the_guides_add_is_formatted_and_without_faults(copy: Path):
    changed = written(copy)
    assert len(changed) > len(GUIDES)
    check(copy, "-m", "ruff", "check", *changed)
    check(copy, "-m", "ruff", "format", "--check", *changed)


@pytest.mark.long
@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_adds_does_what_its_own_tests_say(guide: str, copy: Path):
    check(copy, "-m", "pytest", "-q", "-n0", *GUIDES[guide])


def test_a_block_that_no_longer_fits_is_refused(tmp_path: Path):
    (tmp_path / "module.py").write_text("one = 1\n")
    block = '```diff title="module.py"\n two = 2\n+three = 3\n```\n'
    with pytest.raises(AssertionError, match=r"module.py"):
        carry_out(block, tmp_path)
    carry_out(block.replace("two = 2", "one = 1"), tmp_path)
    assert (tmp_path / "module.py").read_text() == "one = 1\nthree = 3\n"


def carry_out(page: str, copy: Path) -> None:
    """Write the files of a guide's blocks and make the changes of its diffs."""
    for language, name, block in BLOCK.findall(page):
        path = copy / name
        if language == "diff":
            lines = block.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            times = f"\n{path.read_text()}".count(f"\n{before}")
            assert times == 1, f"the lines to change are {times} times in {name}:\n{before}"
            whole = f"\n{path.read_text()}".replace(f"\n{before}", f"\n{after}")
            path.write_text(whole[1:])
        else:
            assert not path.exists(), f"{name} is there already"
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.replace('"NEWEST"', f'"{newest_revision(copy)}"'))


def newest_revision(copy: Path) -> str:
    """The revision of the migration that no other one follows."""
    history = "\n".join(path.read_text() for path in (copy / "migrations/versions").glob("*.py"))
    made = set(re.findall(r'^revision = "(.+)"$', history, re.MULTILINE))
    (newest,) = made - set(re.findall(r'^down_revision = "(.+)"$', history, re.MULTILINE))
    return newest


def written(copy: Path) -> list[Path]:
    """The files that differ from the repository's, or that it lacks."""
    known = {path.relative_to(ROOT) for path in files()}
    found = {
        path.relative_to(copy)
        for folder in ("models", "webapp", "migrations", "tests")
        for path in (copy / folder).rglob("*.py")
    }
    return sorted(
        path
        for path in found
        if path not in known or (ROOT / path).read_bytes() != (copy / path).read_bytes()
    )


def check(copy: Path, *arguments: str | Path) -> None:
    """Run Python there; what it says is shown if it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
