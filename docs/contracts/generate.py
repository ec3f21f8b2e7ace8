"""Writes what is made from the code: `python -m docs.contracts.generate` (`--check` only compares).

Made whole: asyncapi.json, openapi.json. In event_catalog_v1.md, rest_api_v1.md and operations.md only what
stands between a `<!-- made: NAME -->` and its `<!-- end -->`; the words around it are written by people.
"""

import json
import re
import sys
from pathlib import Path

from docs.contracts import asyncapi, catalogue, operating, rest

FOLDER = Path(__file__).parent


def contents() -> dict[Path, str]:
    """What each file should hold now."""
    return {
        FOLDER / "asyncapi.json": _json(asyncapi.document()),
        FOLDER / "openapi.json": _json(rest.document()),
        FOLDER / "event_catalog_v1.md": _filled(FOLDER / "event_catalog_v1.md", catalogue.parts()),
        FOLDER / "rest_api_v1.md": _filled(FOLDER / "rest_api_v1.md", rest.parts()),
        FOLDER.parent / "operations.md": _filled(
            FOLDER.parent / "operations.md", operating.parts()
        ),
    }


def outdated() -> list[str]:
    """Names of the files that are not what the code says."""
    return [
        path.name
        for path, text in contents().items()
        if not path.exists() or path.read_text() != text
    ]


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _filled(path: Path, parts: dict[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        return f"<!-- made: {found[1]} -->\n{parts[found[1]].strip()}\n<!-- end -->"

    return re.sub(r"<!-- made: (\w+) -->.*?<!-- end -->", fill, path.read_text(), flags=re.DOTALL)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(f"{name} is not what the code says" for name in outdated()) or 0)
    for path, text in contents().items():
        path.write_text(text)
