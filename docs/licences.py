"""Write docs/reference/licences.md from the two lock files and the metadata of the installed packages.

Run `python -m docs.licences` after `make` has installed both. A test compares the page with the lock files.
"""

import importlib.metadata
import json
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = Path(__file__).parent / "reference" / "licences.md"
HEAD = """# Third-party licenses

The project's own code is licensed under MIT. None of the packages below is copied into the repository; `make`
installs them from the lock files. `python -m docs.licences` generates this page, and a test compares it with
the lock files.
"""
USABLE = re.compile(
    r"\b(MIT|0?BSD|Apache|PSF|Python|ISC|MPL|LGPL|LGPLv3|ZPL|Repoze|Unlicense|CC0|BlueOak|CC-BY|Zlib|OFL)\b"
)
ELSEWHERE = "only for other platforms"
TOOL = "a tool only run on our sources, never shipped or imported"
TOOLS = {"djhtml"}


class Row(NamedTuple):
    """A dependency: its registry, name, version and license."""

    source: str
    name: str
    version: str
    licence: str


def page() -> str:
    """Return the whole page as it should be."""
    lines = [
        f"| {row.name} | {row.version} | {row.licence} |" for row in rows() if row.source == "PyPI"
    ]
    scripts = [
        f"| {row.name} | {row.version} | {row.licence} |" for row in rows() if row.source == "npm"
    ]
    head = "| package | version | license |\n|---|---|---|\n"
    return (
        f"{HEAD}\n## Python\n\n{head}"
        + "\n".join(lines)
        + f"\n\n## JavaScript and CSS\n\n{head}"
        + "\n".join(scripts)
        + "\n"
    )


def rows() -> list[Row]:
    """Return every package of both lock files, sorted by name."""
    return sorted(
        {*_python(), *_javascript()}, key=lambda row: (row.source, row.name.lower(), row.version)
    )


def is_usable(licence: str) -> bool:
    """Return whether we may ship next to code under this license; one usable license of several is enough."""
    return licence == ELSEWHERE or licence.endswith(TOOL) or USABLE.search(licence) is not None


def _python() -> list[Row]:
    found = re.findall(
        r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)",
        (ROOT / "requirements.lock").read_text(),
        re.MULTILINE,
    )
    return [
        Row("PyPI", name, version, _licence(name) + (f"; {TOOL}" if name in TOOLS else ""))
        for name, version in found
    ]


def _licence(name: str) -> str:
    try:
        said = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ELSEWHERE
    if expression := said.get("License-Expression"):
        return str(expression)
    classes = [
        each.split(" :: ")[-1]
        for each in said.get_all("Classifier") or []
        if each.startswith("License ::")
    ]
    classes = [each for each in classes if each != "OSI Approved"]
    short = (said.get("License") or "").split("\n")[0][:60]
    return ", ".join(classes) or short


def _javascript() -> list[Row]:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return [
        Row(
            "npm",
            path.rsplit("node_modules/", 1)[1],
            each["version"],
            _text(each.get("license", "")),
        )
        for path, each in packages.items()
        if path and not each.get("link")
    ]


def _text(licence: object) -> str:
    return licence if isinstance(licence, str) else json.dumps(licence)


if __name__ == "__main__":
    PAGE.write_text(page())
