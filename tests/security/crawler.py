"""Walks the product as its people do: every address of the route table, the links and forms that the pages show."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

OWN = {"csrf_token", "form_key"}  # what the form carries for us
LEFT_ALONE = {"/auth/logout", "/live/watch"}
NEVER = {"", "static", "live.stream"}
OF_ONE = 1  # addresses shown of an endpoint to each person


@dataclass(frozen=True)
class Field:
    """A field of a form with the value that a person might have typed."""

    name: str
    kind: str
    value: str


@dataclass
class Form:
    """A form as a page showed it to somebody."""

    uid: str
    page: str
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def filled(self) -> list[tuple[str, str]]:
        """All its fields as a person would send them."""
        return [(each.name, each.value) for each in self.fields if each.name not in OWN]


class Reader(HTMLParser):
    """What stands on a page: forms, links, names of elements and attributes."""

    def __init__(self, uid: str, page: str, text: str) -> None:
        super().__init__()
        self.uid, self.page = uid, page
        self.forms: list[Form] = []
        self.links: set[str] = set()
        self.elements: set[str] = set()
        self._form: Form | None = None
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.elements |= {tag, *given}
        self.links |= {
            given[name]
            for name in ("href", "hx-get", "action")
            if given.get(name, "").startswith(("/", "?"))
        }
        if tag == "form":
            self._begin(given)
        elif post := given.get("hx-post"):
            self.forms.append(
                Form(self.uid, self.page, post, "post", self._form.fields if self._form else [])
            )
        if self._form is not None and tag in ("input", "textarea", "select", "button", "option"):
            self._add(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _begin(self, given: dict[str, str]) -> None:
        action = given.get("action") or given.get("hx-post") or self.page
        method = (
            "post" if given.get("method", "").lower() == "post" or "hx-post" in given else "get"
        )
        self._form = Form(self.uid, self.page, action, method)
        self.forms.append(self._form)

    def _add(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        if tag == "option":
            if self._select and given.get("value"):
                self._form.fields.append(Field(self._select, "select", given["value"]))
                self._select = ""
            return
        name, kind = given.get("name", ""), given.get("type", tag)
        self._select = name if tag == "select" else ""
        if name and tag != "select":
            self._form.fields.append(Field(name, kind, given.get("value") or _typed(name, kind)))


def _typed(name: str, kind: str) -> str:
    by_kind = {
        "number": "3",
        "date": "2026-11-25",
        "email": "pat@paper.example",
        "checkbox": "on",
        "tel": "570 555 0199",
        "time": "10:00",
        "datetime-local": "2026-11-25T10:00",
    }
    by_name = {
        "postcode": "18512",
        "state": "PA",
        "mail": "pat@paper.example",
        "sku": "CP-20-LTR",
        "quantity": "3",
        "amount": "12.50",
        "phone": "570 555 0199",
        "price": "38.50",
    }
    if kind in by_kind:
        return by_kind[kind]
    return next((value for part, value in by_name.items() if part in name), "Words of a person")


class Crawl:
    """What people were shown: `pages` (person and address), `forms` by endpoint and fields, `names`
    in queries, `failed`.
    """

    def __init__(self, app: Flask, browsers: dict[str, FlaskClient]) -> None:
        self.app, self.browsers = app, browsers
        self.pages: set[tuple[str, str]] = set()
        self.forms: dict[tuple[object, ...], Form] = {}
        self.names: set[str] = set()
        self.failed: dict[str, int] = {}

    def walk(self, start: Iterable[str]) -> "Crawl":
        """Everybody goes from these addresses wherever links lead, to a few addresses of each endpoint."""
        addresses = list(start)
        for uid in self.browsers:
            self._walk(uid, list(addresses))
        return self

    def look_at(self, pages: Iterable[tuple[str, str]]) -> "Crawl":
        """These people go to these addresses too, each of which must be there; their forms are added."""
        for uid, address in pages:
            answer = self.browsers[uid].get(address)
            assert answer.status_code == 200, (uid, address, answer.status_code)
            self.pages.add((uid, address))
            list(self._read(uid, address, answer))
        return self

    def endpoint(self, address: str, method: str = "GET") -> str:
        """The endpoint that answers at an address; an empty word where none does."""
        try:
            return str(
                self.app.url_map.bind("127.0.0.1").match(urlsplit(address).path, method=method)[0]
            )
        except HTTPException:
            return ""

    def _walk(self, uid: str, waiting: list[str]) -> None:
        shown: Counter[str] = Counter()
        while waiting:
            address = waiting.pop(0)
            endpoint = self.endpoint(address)
            if (uid, address) in self.pages or endpoint in NEVER or shown[endpoint] >= OF_ONE:
                continue
            answer = self.browsers[uid].get(address)
            if answer.status_code >= 500:
                self.failed[address] = answer.status_code
            if answer.status_code == 200:
                shown[endpoint] += 1
                self.pages.add((uid, address))
                waiting += self._read(uid, address, answer)

    def _read(self, uid: str, address: str, answer: TestResponse) -> Iterator[str]:
        if answer.mimetype != "text/html":
            return
        seen = Reader(uid, urlsplit(address).path, answer.text)
        for form in seen.forms:
            endpoint = self.endpoint(form.action, form.method.upper())
            known = (endpoint, form.method, *sorted({each.name for each in form.fields}))
            if endpoint and urlsplit(form.action).path not in LEFT_ALONE:
                self.forms.setdefault(known, form)
        for link in sorted(seen.links):
            full = urlsplit(address).path + link if link.startswith("?") else link
            self.names |= {
                name for name, _ in parse_qsl(urlsplit(full).query, keep_blank_values=True)
            }
            yield full


def tags_of(text: str) -> set[str]:
    """Names of all elements and attributes in a piece of HTML."""
    return Reader("", "/", text).elements


def bad_cells(csv_text: str) -> list[str]:
    """Cells that a spreadsheet would run."""
    cells = (cell for row in csv.reader(io.StringIO(csv_text.lstrip("\ufeff"))) for cell in row)
    return [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d.]+$)", cell)]
