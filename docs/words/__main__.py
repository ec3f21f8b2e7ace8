"""Print every string that a person can see, with its place: `python -m docs.words`.

`--area NAME` shows one area's, `--banned` only those with a word that the product does not use. The
words come from templates, Python, scripts, the demo's history and the sign-in pages. Expressions are
shown in braces, counts as `# case`, and `¦` stands where a template chooses.
"""

import argparse
import sys

from docs.words.bans import banned
from docs.words.catalogue import catalogue
from docs.words.texts import AREAS


def main() -> None:
    """Print the catalogue, or what is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m docs.words", description=__doc__)
    parser.add_argument("--area", choices=(*AREAS, "shared"))
    parser.add_argument("--banned", action="store_true")
    given = parser.parse_args()
    texts = [each for each in catalogue() if given.area in (None, each.area)]
    if not given.banned:
        for text in texts:
            print(f"{text.path}:{text.line}: {text.words}")  # noqa: T201
        return
    found = list(banned(texts))
    for text, word, ban in found:
        print(f"{text.path}:{text.line}: {text.words}\n    “{word}”: {ban.say}")  # noqa: T201
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
