"""What each migration does as SQL, read by squawk and by one rule of ours: `python -m tests.stack.migration_rules`.

squawk knows what locks a table, rewrites it, or takes away what the version before still asks for. It reads no UPDATE.
"""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[2]
SQUAWK = Path(sys.executable).with_name("squawk")
OLDEST_SERVER = "15.0"
EXCUSED = {
    "prefer-bigint-over-int": "identities and sequences are BIGINT; quantities, percentages and days fit in an INTEGER",
}
LAST_WITHOUT_DATA = "0020_size"  # up to it nobody had rows to lock, and no version before to serve
EXCUSED_WITHOUT_DATA = {
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "constraint-missing-not-valid",
    "ban-drop-default",
    "ban-drop-constraint",
    "rows-in-a-migration",
}
NOT_OURS = {"0006_all": "the job library's own tables, as the library makes them"}
ROWS = re.compile(
    r"(?:^|\()\s*(?:UPDATE|DELETE FROM|INSERT INTO)\s+(?!public\.alembic_version)",
    re.IGNORECASE | re.MULTILINE,
)

LATER = re.compile(
    r"\bAS \$\$.*?\$\$", re.DOTALL
)  # the body of a function: what it does is not done here


class Finding(NamedTuple):
    """A breach: which migration, which rule, what it says."""

    revision: str
    rule: str
    says: str


@cache  # to read the scripts takes half a second
def revisions() -> tuple[str, ...]:
    """All, the first one first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(each.revision for each in reversed(list(scripts.walk_revisions())))


@cache
def sql_of(revision: str) -> str:
    """What it runs, as alembic writes it; no database is asked."""
    written = io.StringIO()
    number = revisions().index(revision)
    before = revisions()[number - 1] if number else ""
    command.upgrade(_config(written), f"{before}:{revision}" if before else revision, sql=True)
    return written.getvalue()


def findings_in(sql: str, revision: str = "new") -> list[Finding]:
    """What would stop people at work, or the version before; none where it is excused."""
    asked = [
        SQUAWK,
        "--reporter=json",
        f"--pg-version={OLDEST_SERVER}",
        f"--exclude={','.join(EXCUSED)}",
    ]
    done = subprocess.run(asked, input=sql, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"squawk did not run: {done.stderr}")
    found = [
        Finding(revision, each["rule_name"], f"line {each['line'] + 1}: {each['message']}")
        for each in json.loads(done.stdout)
    ]
    if ROWS.search(LATER.sub("", sql)):
        found.append(
            Finding(
                revision,
                "rows-in-a-migration",
                "rows are changed by a job in portions, not under its locks",
            )
        )
    return [each for each in found if not _is_excused(each)]


def findings(of: Iterable[str]) -> list[Finding]:
    """All that stands against these migrations."""
    return [
        each
        for revision in of
        if revision not in NOT_OURS
        for each in findings_in(sql_of(revision), revision)
    ]


def _is_excused(found: Finding) -> bool:
    if found.rule == "prefer-text-field" and found.revision == revisions()[0]:
        return True  # alembic's own table
    known = revisions()
    is_early = found.revision in known and known.index(found.revision) <= known.index(
        LAST_WITHOUT_DATA
    )
    return is_early and found.rule in EXCUSED_WITHOUT_DATA


def _config(output: io.StringIO | None = None) -> Config:
    return Config(str(ROOT / "migrations/alembic.ini"), output_buffer=output)


if __name__ == "__main__":
    sys.exit(
        "\n".join(f"{each.revision}: {each.rule}: {each.says}" for each in findings(revisions()))
        or 0
    )
