"""Write the documents that are generated from the code: `python -m docs.contracts.generate`.

With `--check` it only compares them. asyncapi.json and openapi.json are generated whole. In the Markdown
pages only the text between `<!-- made: NAME -->` and `<!-- end -->` is generated; people write the rest.
"""

import json
import re
import sys
from pathlib import Path

from docs.contracts import asyncapi, catalogue, operating, rest

FOLDER = Path(__file__).parent
SETTINGS = FOLDER.parent / "reference" / "settings.md"
METRICS = FOLDER.parent / "reference" / "metrics.md"


def contents() -> dict[Path, str]:
    """Return what each file should contain now."""
    return {
        FOLDER / "asyncapi.json": _json(asyncapi.document()),
        FOLDER / "openapi.json": _json(rest.document()),
        FOLDER / "event_catalog_v1.md": _filled(FOLDER / "event_catalog_v1.md", catalogue.parts()),
        FOLDER / "rest_api_v1.md": _filled(FOLDER / "rest_api_v1.md", rest.parts()),
        **{page: _filled(page, operating.parts()) for page in (SETTINGS, METRICS)},
    }


def outdated() -> list[str]:
    """Return the names of the files that no longer match the code."""
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
        sys.exit("\n".join(f"{name} does not match the code" for name in outdated()) or 0)
    for path, text in contents().items():
        path.write_text(text)
