"""Hooks of mkdocs.yml: pages that live at the repository's root, and Mermaid from node_modules.

README.md becomes the home page, so that a reader of the site and a reader of the repository see the same text.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "license.md",
}
MERMAID = ROOT / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
ELSEWHERE = re.compile(
    r"<(?:script|img|source|iframe|link rel=\"stylesheet\")[^>]*(?:src|href)=\"?(?:https?:)?//"
)
TARGET = re.compile(r"(\]\(|(?:src|srcset)=\")(?![a-z]+:|#)([^)\"]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root and the script that draws diagrams; nothing comes from another server."""
    for source, page in PAGES.items():
        text = (ROOT / source).read_text()
        files.append(File.generated(config, page, content=_for_site(text, source)))
    script = MERMAID.read_text()
    files.append(File.generated(config, "javascripts/mermaid.tiny.js", content=script))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that loads something from another server."""
    if found := ELSEWHERE.search(output):
        raise PluginError(f"{page.file.src_uri} loads from another server: {found[0]}")
    return output


def _for_site(text: str, source: str) -> str:
    """Turn links that lead from the repository's root into links within docs/."""
    if source == "LICENSE":
        text = f"# License\n\n{text}"
    return TARGET.sub(lambda found: found[1] + _within_docs(found[2]), text)


def _within_docs(target: str) -> str:
    path, mark, heading = target.partition("#")
    return PAGES.get(path, path.removeprefix("docs/")) + mark + heading
