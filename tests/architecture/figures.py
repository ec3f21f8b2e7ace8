"""`python -m tests.architecture.figures`: what reading the code costs, as numbers that must not grow.

`MOST` holds each figure's limit; `test_figures.py` fails when one is passed. Lower a limit with the change that makes
it possible.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).parents[2]
PRODUCT = ("webapp", "models", "consumers", "stack", "areas.py", "settings.py", "telemetry.py")
# Nouns and names of libraries that end like a gerund.
NOUNS = {"building", "meeting", "pricing", "rendering", "routing", "streaming", "sampling"}


def files(*patterns: str) -> list[Path]:
    """The files in git, or about to be, that match one of these pathspecs."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\n") if name and (ROOT / name).is_file()]


def product() -> list[Path]:
    """The Python files of the product."""
    return [path for path in files(*PRODUCT) if path.suffix == ".py"]


def lines(*patterns: str) -> list[str]:
    """The lines of these files that are not blank."""
    return [line for path in files(*patterns) for line in path.read_text().splitlines() if line]


def trees() -> Iterator[ast.Module]:
    """The syntax tree of each Python file of the product."""
    yield from (ast.parse(path.read_text()) for path in product())


def template_average() -> float:
    """Characters in a line of a template, on average."""
    return fmean(map(len, lines("templates/*.html", "stack/embedded/templates/*.html")))


def template_longest() -> float:
    """Characters in the longest line of a template; an address that cannot be broken does not count."""
    return max(
        len(line)
        for line in lines("templates/*.html", "stack/embedded/templates/*.html")
        if len(line.split()) > 1
    )


def style_average() -> float:
    """Characters in a line of CSS, on average."""
    return fmean(map(len, lines("static/css/*.css")))


def bare_any() -> float:
    """Uses of `Any` in webapp, models and consumers."""
    return sum(
        isinstance(node, ast.Name) and node.id == "Any"
        for path in files("webapp", "models", "consumers")
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
    )


def ignored_types() -> float:
    """Lines on which the type checker is told to look away."""
    return sum(
        "# type: ignore" in line for path in product() for line in path.read_text().split("\n")
    )


def session_keys() -> float:
    """Places that read or write `session.info` by a key."""
    return sum(
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "info"
        for tree in trees()
        for node in ast.walk(tree)
    )


def unformatted() -> float:
    """Places that the formatter is told to leave alone."""
    return sum(
        "fmt: skip" in path.read_text() or "fmt: off" in path.read_text() for path in product()
    )


def gerunds() -> float:
    """Modules of the product that are named by a gerund."""
    return sum(
        bool(re.search(r"ing$", part)) and part not in NOUNS
        for path in product()
        for part in path.stem.split("_")[-1:]
    )


def foreign_files() -> float:
    """Files outside its own folders that a new area touches."""
    guide = (ROOT / "docs/howto/add-an-area.md").read_text()
    return len(re.findall(r"^\| `[^`]+` \|", guide, re.MULTILINE))


def field_files() -> float:
    """Files that a new optional field of an order touches."""
    guide = (ROOT / "docs/howto/add-a-field.md").read_text()
    return len(re.findall(r"^\| `(?:webapp|models|templates)[^`]+` \|", guide, re.MULTILINE))


MOST: dict[Callable[[], float], float] = {
    template_average: 46,
    template_longest: 100,
    style_average: 30,
    bare_any: 40,
    ignored_types: 30,
    session_keys: 11,
    unformatted: 0,
    gerunds: 0,
    foreign_files: 6,
    field_files: 7,
}


def main() -> None:
    """Print each figure with its limit."""
    for figure, most in MOST.items():
        print(f"{figure():8.1f}  at most {most:6.1f}  {(figure.__doc__ or '').rstrip('.')}")


if __name__ == "__main__":
    main()
