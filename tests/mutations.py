"""`python -m tests.mutations [MODULE …]`: does a test fail when a rule is changed?

cosmic-ray changes one operator, number or condition of a module at a time, in a copy of the checkout in
.cache/mutation, and runs the module's tests. A change that no test notices survives and is shown: either a test is
missing or the change makes no difference. A module gets MINUTES and goes on where it was when it is run again; to
begin anew after a change of the module or its tests, remove .cache/mutation.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".cache" / "mutation"
MINUTES = float(os.environ.get("MINUTES", "10"))
# Tests that need no server, so that a change costs a second or two.
TESTS = {
    "models/orders/rules.py": ("tests/orders/test_rules.py",),
    "models/finance/rules.py": ("tests/finance/test_rules.py",),
    "models/sales/stages.py": ("tests/sales/test_stages.py",),
    "models/shared/csv_files.py": ("tests/shared/test_csv_files.py",),
}
# Comparisons by identity or order where the code asks for equality, and operators that only raise TypeError.
LEFT_OUT = [
    "core/ReplaceComparisonOperator_.*_Is(Not)?$",
    "core/ReplaceComparisonOperator_(Eq|NotEq)_(Lt|LtE|Gt|GtE)$",
    "core/ReplaceBinaryOperator_.*_(BitOr|BitAnd|BitXor|LShift|RShift|Pow|FloorDiv|Mod)$",
]
PYTEST = (
    "-m pytest -x -q --noconftest -p no:schemathesis -p no:anyio -p no:xdist -p no:cacheprovider"
    " --hypothesis-profile=ci"
)


def main(modules: list[str]) -> int:
    """Tries the named modules, or all of TESTS; the number of changes that survived."""
    return sum(count_survivors(module) for module in modules or TESTS)


def count_survivors(module: str) -> int:
    """Changes a module until all was tried or the time is over, and shows the changes that no test noticed."""
    checkout, session = prepare(module)
    with suppress(subprocess.TimeoutExpired):
        run("exec", "session.toml", "session.sqlite", checkout=checkout, seconds=MINUTES * 60)
    with use_db(str(session), WorkDB.Mode.open) as database:
        tried = [
            result
            for _, result in database.completed_work_items
            if result.worker_outcome != WorkerOutcome.SKIPPED
        ]
        total = len(tried) + len(database.pending_work_items)
    survived = [each.diff for each in tried if each.test_outcome == TestOutcome.SURVIVED]
    for diff in survived:
        print(diff)
    print(f"{module}: {len(tried)} of {total} changes tried, {len(survived)} survived", flush=True)
    return len(survived)


def prepare(module: str) -> tuple[Path, Path]:
    """A copy of the checkout for this module, and the session in it that says what was tried."""
    checkout = FOLDER / module.removesuffix(".py").replace("/", "-")
    session = checkout / "session.sqlite"
    if session.exists():
        with use_db(str(session), WorkDB.Mode.open) as database:
            if database.pending_work_items:
                shutil.copy2(ROOT / module, checkout / module)  # it may have been stopped halfway
        return checkout, session
    shutil.rmtree(checkout, ignore_errors=True)
    names = subprocess.run(
        ["git", "ls-files", "*.py", "*.toml"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in names.splitlines():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout / name)
    command = f"{sys.executable} {PYTEST} {' '.join(TESTS[module])}"
    (checkout / "session.toml").write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = 60.0\nexcluded-modules = []\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {LEFT_OUT}\n"
    )
    run("baseline", "session.toml", checkout=checkout, seconds=120)
    run("init", "session.toml", "session.sqlite", checkout=checkout, seconds=120)
    run(
        "session.sqlite",
        "session.toml",
        checkout=checkout,
        seconds=120,
        program="cosmic_ray.tools.filters.operators_filter",
    )
    return checkout, session


def run(*words: str, checkout: Path, seconds: float, program: str = "cosmic_ray.cli") -> None:
    """A command of cosmic-ray's in the copy; its words go to a file.

    No bytecode is kept: of two changes within a second the second might run the first one's.
    """
    command = [sys.executable, "-m", program, *words]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with (checkout / "cosmic-ray.log").open("a") as log:
        subprocess.run(
            command, cwd=checkout, env=env, stdout=log, stderr=log, timeout=seconds, check=True
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
