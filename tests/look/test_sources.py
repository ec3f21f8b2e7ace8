"""What can be told from the sources: templates parse, icons exist, colours are tokens, measures hold."""

import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgb|rgba|hsl|hsla|oklch)\(")
ICONS = set((ROOT / "static/icons.txt").read_text().split())


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_every_template_parses_and_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text()
    Environment(autoescape=True).parse(text)
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\bsrc=)|\son\w+=|hx-on", text)


def test_no_colour_literal_stands_outside_the_tokens() -> None:
    sheets = [path for path in (ROOT / "static/css").glob("*.css") if path.name != "tokens.css"]
    found = {
        path.name: COLOUR.findall(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
        for path in sheets
    }
    assert {name: colours for name, colours in found.items() if colours} == {}
    assert COLOUR.search((ROOT / "static/css/tokens.css").read_text()), (
        "the pattern finds what is there"
    )


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"icon\(\"([a-z0-9-]+)\"", path.read_text())
    }
    assert named and named - ICONS == set()
    assert sorted(ICONS) == (ROOT / "static/icons.txt").read_text().split()


def test_third_parties_are_locked_by_exact_version_and_no_registry_is_named() -> None:
    package, lock = (
        json.loads((ROOT / "package.json").read_text()),
        json.loads((ROOT / "package-lock.json").read_text()),
    )
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(
        lock["packages"][f"node_modules/{name}"]["version"] == version
        for name, version in wanted.items()
    )
    assert not any("resolved" in entry for entry in lock["packages"].values())


def test_names_from_anywhere_in_europe_have_the_products_face():
    css = (ROOT / "static/vendor/app.css").read_text()
    for family in ("Source Sans 3 Variable", "Source Code Pro"):
        faces = re.findall(r"@font-face\{([^}]*)\}", css)
        ranges = ",".join(
            re.findall(r"unicode-range:([^;]+)", ";".join(face for face in faces if family in face))
        )
        spans = [
            span.split("-")
            for span in re.findall(r"U\+([0-9A-F]+(?:-[0-9A-F]+)?)", ranges, re.IGNORECASE)
        ]
        for letter in "Aß€ŘżΩЖỹ":
            assert any(int(span[0], 16) <= ord(letter) <= int(span[-1], 16) for span in spans), (
                f"{family}: {letter}"
            )
