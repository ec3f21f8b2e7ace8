"""The login theme: `python -m stack.keycloak.theme FOLDER` writes it for Keycloak.

The look is the product's own: its tokens, its logo, and its font if the assets were built. Keycloak
marks the dark scheme with its own class.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "dundermifflin"
DARK = ('[data-bs-theme="dark"]', ".pf-v5-theme-dark")
FACE = (
    '@font-face {{ font-family: "Source Sans 3 Variable"; src: url("{}"); '
    "font-weight: 200 900; font-display: swap; }}\n"
)


def write(themes: Path) -> None:
    """Write the theme into Keycloak's folder of themes."""
    target = themes / NAME
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "stack/keycloak/themes" / NAME, target)
    resources = target / "login" / "resources"
    (resources / "img").mkdir()
    shutil.copy(ROOT / "static/img/mark.svg", resources / "img")
    (resources / "css" / "tokens.css").write_text(_tokens(resources))


def _tokens(resources: Path) -> str:
    """Return the product's tokens, with the font that its pages use most."""
    text = (ROOT / "static/css/tokens.css").read_text()
    face = next(
        iter(sorted((ROOT / "static/vendor").glob("source-sans-3-latin-wght-normal-*.woff2"))), None
    )
    if face:
        shutil.copy(face, resources / "css" / "face.woff2")
    return (FACE.format("face.woff2") if face else "") + text.replace(*DARK)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
