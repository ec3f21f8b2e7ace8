"""A page's form as a browser without scripts reads it: where it goes and what its fields hold."""

from html.parser import HTMLParser
from typing import NamedTuple


class PageForm(NamedTuple):
    """One form of a page."""

    action: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self.open: PageForm | None = None
        self.chooses = ""
        self.writes = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.open = PageForm(given.get("action", ""), {})
            self.found.append(self.open)
        elif self.open is None or given.get("form"):
            return
        elif (
            tag == "input"
            and name
            and given.get("type") not in ("submit", "checkbox", "radio", "file")
        ):
            self.open.fields[name] = given.get("value", "")
        elif tag == "select" and name:
            self.chooses = name
        elif (
            tag == "option"
            and self.chooses
            and ("selected" in given or self.chooses not in self.open.fields)
        ):
            self.open.fields[self.chooses] = given.get("value", "")
        elif tag == "textarea" and name:
            self.writes, self.open.fields[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        self.chooses = "" if tag == "select" else self.chooses
        self.writes = "" if tag == "textarea" else self.writes

    def handle_data(self, data: str) -> None:
        if self.open and self.writes:
            self.open.fields[self.writes] += data


def forms_of(html: str) -> list[PageForm]:
    """Every form of a page, in its order."""
    parser = _Forms()
    parser.feed(html)
    return parser.found


def form_with(html: str, field: str) -> PageForm:
    """The first form that has this field; raises LookupError where there is none."""
    for form in forms_of(html):
        if field in form.fields:
            return form
    raise LookupError(f"no form with a field {field}")
