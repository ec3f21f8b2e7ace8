"""All strings that people can see."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from docs.words.python import of_python
from docs.words.scripts import of_script
from docs.words.templates import of_template
from docs.words.texts import Text, is_seen

ROOT = Path(__file__).parents[2]


def catalogue() -> list[Text]:
    """Return every string that a person can see, by file and line."""
    readers = (
        (("templates", "stack/embedded/templates"), "*.html", of_template),
        (("webapp", "models", "consumers", "stack"), "*.py", of_python),
        (("static/js",), "*.js", of_script),
        (("stack/seed",), "*.toml", of_seed),
        (("stack/keycloak/themes",), "messages_*.properties", of_theme),
    )
    found = {
        text
        for folders, pattern, read in readers
        for folder in folders
        for path in sorted((ROOT / folder).rglob(pattern))
        for text in read(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    }
    return sorted(found)


def of_seed(path: str, source: str) -> Iterator[Text]:
    """Yield the texts of the demo's history."""
    lines = source.splitlines()
    for words in _leaves(tomllib.loads(source)):
        start = words.strip().split("\n")[0][:40]
        line = next((n for n, each in enumerate(lines, 1) if start in each), 1)
        if is_seen(words):
            yield Text(path, line, "seed", " ".join(words.split()))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)


def of_theme(path: str, source: str) -> Iterator[Text]:
    """Yield the messages of Keycloak's theme."""
    for number, line in enumerate(source.splitlines(), 1):
        key, equals, words = line.partition("=")
        if equals and not key.startswith("#"):
            yield Text(path, number, "theme", words)
