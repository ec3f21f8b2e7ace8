"""A page as a route served it, read without a browser: its fields, links, sections and rows by their names."""

from typing import Any

from bs4 import BeautifulSoup, Tag


class ServedPage:
    """The HTML of an answer, or of a piece of it."""

    def __init__(self, answer: Any) -> None:
        """Reads an answer of Flask's or httpx's client, or a piece of HTML as text."""
        self.root: Tag = BeautifulSoup(getattr(answer, "text", answer), "html.parser")

    @classmethod
    def part(cls, tag: Tag | None) -> "ServedPage":
        """A piece of a page, which must be there."""
        assert tag is not None, "the page has no such part"
        found = cls("")
        found.root = tag
        return found

    @property
    def text(self) -> str:
        """What a person reads, with single blanks."""
        return " ".join(self.root.get_text(" ").split())

    @property
    def html(self) -> str:
        """The piece's markup."""
        return str(self.root)

    def has(self, css: str) -> bool:
        """Whether an element fits the selector."""
        return self.root.select_one(css) is not None

    def first(self, css: str) -> "ServedPage":
        """The first element that fits the selector, for what has neither role nor name."""
        return self.part(self.root.select_one(css))

    def texts(self, css: str) -> list[str]:
        """What a person reads in each element that fits the selector."""
        return [self.part(each).text for each in self.root.select(css)]

    def section(self, heading: str) -> "ServedPage":
        """The innermost section under this heading."""
        for title in self.root.select("h1, h2, h3"):
            if title.get_text().strip() == heading:
                return self.part(title.find_parent("section"))
        raise AssertionError(f"nothing stands under {heading!r}")

    def value(self, name: str) -> str:
        """The value of the fields of this name, the same in each form that has one."""
        [value] = set(self._values(name))
        return value

    def _values(self, name: str) -> list[str]:
        return [_value_of(field) for field in self.root.select(f'[name="{name}"]')]

    def hidden_and_chosen(self) -> dict[str, str]:
        """What a browser would send of the hidden fields and the lists of choices."""
        fields = self.root.select("input[type=hidden][name], select[name]")
        return {str(field["name"]): _value_of(field) for field in fields}

    def choice(self, id_: str) -> str:
        """What is chosen in this list."""
        field = self.root.find("select", id=id_)
        assert field is not None, id_
        return _value_of(field)

    def is_wrong(self, id_: str) -> bool:
        """Whether a message stands beside this field."""
        return self.root.find(id=f"err-{id_}") is not None

    def links(self, **attributes: Any) -> list[str]:
        """The addresses of all links, or of those with these attributes."""
        return [str(link["href"]) for link in self.root.find_all("a", href=True, attrs=attributes)]

    def link(self, words: str) -> str:
        """The address of the first link that contains these words."""
        for link in self.root.find_all("a", href=True):
            if words in self.part(link).text:
                return str(link["href"])
        raise AssertionError(f"no link says {words!r}")

    def next_page(self) -> str:
        """The address of the list's next page; an empty word on the last."""
        return next(iter(self.links(rel="next")), "")

    def previous_page(self) -> str:
        """The address of the list's page before; an empty word on the first."""
        return next(iter(self.links(rel="prev")), "")

    def fetches(self) -> list[str]:
        """The addresses that parts of the page fetch by themselves."""
        return [str(part["hx-get"]) for part in self.root.select("[hx-get]")]

    def fetch(self, path: str) -> str:
        """The address with this path that a part of the page fetches by itself."""
        return next(address for address in self.fetches() if address.partition("?")[0] == path)

    def row(self, first: str) -> list[str]:
        """The cells of the row whose first cell says so, without it."""
        for row in self.root.find_all("tr"):
            cells = [self.part(cell).text for cell in row.find_all(["td", "th"])]
            if cells[:1] == [first]:
                return cells[1:]
        raise AssertionError(f"no row begins with {first!r}")


def _value_of(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text()
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        assert chosen is not None, field
        return str(chosen.get("value", chosen.get_text()))
    return str(field.get("value", ""))
