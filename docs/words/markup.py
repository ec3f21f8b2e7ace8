"""The texts that a browser shows of markup."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from docs.words.texts import LETTERS, SELECTOR, Text, is_seen_in_template, names

BLOCKS = names(
    "article aside body button caption dd details dialog div dl dt fieldset figure footer form h1 h2"
    " h3 h4 h5 h6 head header hr html input label legend li link main meta nav ol optgroup option p"
    " section select summary table tbody td template textarea tfoot th thead title tr ul br"
)
SEEN_ATTRIBUTES = names(
    "title placeholder aria-label alt aria-description aria-roledescription aria-valuetext content"
    " label download"
)
SILENT = frozenset({"script", "style"})


class Page(HTMLParser):
    """Collects what a browser would show."""

    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path, self.found = path, []
        self.pending, self.begun, self.silent = "", 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag in BLOCKS:
            self.flush()
        if tag in SILENT:
            self.silent += 1
        given = dict(attrs)
        for name, value in attrs:
            if not value or not LETTERS.search(re.sub(r"\{[^{}]*\}", "", value)):
                continue
            shown = (
                (name in SEEN_ATTRIBUTES and (tag != "meta" or given.get("name") == "description"))
                or (
                    name == "value" and tag == "input" and given.get("type") in ("submit", "button")
                )
                or (
                    name.startswith("data-")
                    and is_seen_in_template(value)
                    and not SELECTOR.search(value)
                )
            )
            if shown:
                self.found.append(Text(self.path, line, "attribute", tidy(value)))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.flush()
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.pending.strip():
            blank = len(data) - len(data.lstrip())
            self.begun = self.getpos()[0] + data[:blank].count("\n")
        self.pending += data

    def flush(self) -> None:
        """End the text of a block element."""
        words, self.pending = tidy(self.pending), ""
        is_of_a_tag = re.match(r"[a-z]+(-[a-z]+)*=\"", words)  # a macro that gives attributes
        if LETTERS.search(re.sub(r"\{[^{}]*\}", "", words)) and not is_of_a_tag:
            self.found.append(Text(self.path, self.begun, "text", words))


def tidy(words: str) -> str:
    return re.sub(r"(¦\s*)+", "¦", " ".join(words.split())).strip("¦ ")


def inner_texts(path: str, line: int, kind: str, words: str) -> Iterator[Text]:
    """Yield a string, or what a browser would show of it if it is markup."""
    if not re.search(r"<\w+[^>]*>", words):
        yield Text(path, line, kind, " ".join(words.split()))
        return
    reader = Page(path)
    reader.feed(words)
    reader.close()
    reader.flush()
    yield from (each._replace(line=line, kind=kind) for each in reader.found)
