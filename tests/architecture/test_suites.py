"""Every test runs in `make test` or in `make test-long`, and what CI runs is all of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
HIDING = re.compile(
    r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|collect_ignore|__test__ *= *False"
)


def recipe(target: str) -> str:
    """The lines that make runs for a target."""
    return re.search(rf"^{target}:[^\n]*\n((?:\t[^\n]*\n)+)", MAKEFILE, re.M)[1]  # type: ignore[index]


def test_make_test_and_make_test_long_run_the_two_halves_of_one_whole():
    assert re.findall(r'\$\(PYTEST\)( -m "[^"]+"| -m \w+| [^&|;]*)', recipe("test")) == [
        ' -m "not long"'
    ]
    assert re.findall(r"\$\(PYTEST\)( [^&|;]*) &&", recipe("test-long")) == [" -m long"]
    command = re.search(r"^PYTEST := (.*)$", MAKEFILE, re.M)[1]  # type: ignore[index]
    assert not re.search(r" -k| -m [^p]|--ignore|--deselect|tests/", command), command


def test_ci_runs_each_suite():
    run = (ROOT / ".ci/run").read_text()
    for target in ("test", "test-long", "native"):
        assert re.search(rf"^(?!#).*\bmake {target}$", run, re.M), target


def test_no_test_is_hidden():
    paths = set((ROOT / "tests").rglob("*.py")) - {Path(__file__)}
    assert len(paths) > 200
    assert [path.name for path in sorted(paths) if HIDING.search(path.read_text())] == []


@pytest.mark.parametrize(
    "line",
    ["@pytest.mark.skip", "pytest.skip('later')", "@pytest.mark.xfail", "collect_ignore = []"],
)
def test_this_sees_what_it_looks_for(line: str):
    assert HIDING.search(line)
