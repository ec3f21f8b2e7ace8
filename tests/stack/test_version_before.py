"""The version before at work on the schema as it is now: its own code, its own tests, our migrations.

A deployment migrates first and restarts after, so for a while the old code meets the new schema.
test_migrations.py compares the two schemas column by column; here the old code really places
orders, ships, pays and tells people, and checks its books.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.conftest import migrated_cluster

ROOT = Path(__file__).parents[2]
# The newest migration of the version that people work with. Raise it when a newer one is what they work with.
RELEASED = "0032"
MIGRATIONS = sorted((ROOT / "migrations/versions").glob("0*.py"))
FIRST_NEW = next((path for path in MIGRATIONS if path.name[:4] > RELEASED), MIGRATIONS[-1])
# People and trucks by a seed with the checker of the books; pages; expenses; who is told; what listeners do.
AT_WORK = (
    "tests/trade/test_simulation.py",
    "tests/orders/test_drafts.py",
    "tests/orders/test_pages.py",
    "tests/finance/test_commands.py",
    "tests/sales/test_converting.py",
    "tests/wuphf/test_expense_requests.py",
    "tests/wuphf/test_pages.py",
)


def git(*words: str) -> str:
    """Git's answer, an empty one where it has none."""
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


def commit_before(path: Path) -> str:
    """The last commit without this migration; empty where history begins with it. A shallow clone gets its history."""
    if git("rev-parse", "--is-shallow-repository") == "true":
        git("fetch", "--quiet", "--unshallow")
    added = git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(path))
    return git("rev-parse", "--verify", "--quiet", f"{added}^" if added else "HEAD")


@pytest.fixture
def version_before(tmp_path: Path) -> Path | None:
    """A folder with the code from before the first new migration, and the migration steps of now."""
    if not (commit := commit_before(FIRST_NEW)):
        return None
    code = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "x"], input=code, cwd=tmp_path, check=True)
    kept = {
        "migrations/versions": ROOT / "migrations/versions",
        f".cache/{migrated_cluster().name}": migrated_cluster(),
    }
    for name, source in kept.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        subprocess.run(["rm", "-rf", name], cwd=tmp_path, check=True)
        subprocess.run(["cp", "-a", source, name], cwd=tmp_path, check=True)
    (tmp_path / "static/vendor").symlink_to(ROOT / "static/vendor")
    return tmp_path


@pytest.mark.long
def test_the_version_before_does_its_work_on_the_schema_of_now(version_before: Path | None):
    if version_before is None:
        warnings.warn(
            f"history begins with {FIRST_NEW.name}: there is no version before it to be run",
            stacklevel=1,
        )
        return
    missing = [name for name in AT_WORK if not (version_before / name).exists()]
    assert missing == [], "the version before has other names for these tests"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "--basetemp=made",
        *AT_WORK,
    ]
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("DM_", "PYTEST_"))
    }
    done = subprocess.run(
        command,
        cwd=version_before,
        env=env,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]
    last = done.stdout.strip().splitlines()[-1]
    print(f"{commit_before(FIRST_NEW)[:10]} on {MIGRATIONS[-1].stem}: {last}")
    assert " passed" in last and "skipped" not in last
