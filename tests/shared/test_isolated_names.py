"""A name with right-to-left letters never reorders the words around it, on pages and in sentences."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from models.sales.clients import deactivate_client
from models.sales.commands import create_client
from models.sales.leads import create_lead, write_note
from models.shared.errors import DomainError
from models.shared.transactions import transaction
from tests.factories.sales import JIM, make_client_facts, make_lead_facts
from tests.web_client import PARTIAL

HEBREW, ARABIC, PERSON = "שירותי נייר (צפון)", "شركة الورق ٢٠٠", "רות כהן"
SHOWN = ("title", "alt", "placeholder", "aria-label")
VOID = {"input", "meta", "link", "img", "br", "hr", "use", "col", "source"}


class Runs(HTMLParser):
    """Every text that a page shows: of its elements, and of the attributes in SHOWN."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.typed: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shown += [value or "" for name, value in attrs if name in SHOWN]
        self.typed += [value or "" for name, value in attrs if tag == "input" and name == "value"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        where = self._open[-1:] or [""]
        if where[0] not in ("script", "style"):
            (self.typed if where == ["textarea"] else self.shown).append(data)


def bare_letters(text: str) -> str:
    """The right-to-left letters of a text that stand outside every isolate."""
    depth, bare = 0, ""
    for mark in text:
        depth += (mark == "\u2068") - (mark == "\u2069")
        bare += mark if depth == 0 and "\u0590" <= mark <= "\u06ff" else ""
    return bare


@pytest.fixture
def jim(client_as: Callable[[str], FlaskClient], clean_database: str) -> Iterator[FlaskClient]:
    with transaction("sales", actor=JIM) as session:
        client = create_client(session, make_client_facts(name=HEBREW, contact_name=PERSON))
        deactivate_client(session, client, HEBREW, 1)
        leads = [
            create_lead(session, make_lead_facts(company=ARABIC, contact_name=PERSON))
            for _ in range(2)
        ]
        write_note(session, leads[0], HEBREW)
    browser = client_as(JIM)
    browser.made = (client, *leads)  # type: ignore[attr-defined]
    yield browser


def test_every_page_isolates_every_name(jim: FlaskClient):
    client, lead, other = jim.made  # type: ignore[attr-defined]
    seen, forms = 0, 0
    for address in (
        "/sales/clients",
        f"/sales/clients/{client}",
        f"/sales/clients/{client}/edit",
        "/sales/leads",
        "/sales/leads/board",
        f"/sales/leads/{lead}",
        f"/sales/leads/{lead}/edit",
        f"/sales/leads/{lead}/lose",
        f"/sales/leads/{lead}/merge?with={other}",
    ):
        answer = jim.get(address)
        assert answer.status_code == 200, address
        runs = Runs(answer.text)
        assert [text for text in runs.shown if bare_letters(text)] == [], address
        seen += sum("\u2068" in text for text in runs.shown)
        kept = [text for text in runs.typed if text in (HEBREW, ARABIC, PERSON)]
        assert not any("\u2068" in text for text in runs.typed), address
        forms += len(kept)
    assert seen > 20 and forms > 3


def test_what_a_form_shows_is_what_it_saves(jim: FlaskClient):
    _client, lead, _other = jim.made  # type: ignore[attr-defined]
    answer = jim.post(f"/sales/leads/{lead}/edit", data={"company": f"\u2068{ARABIC}\u2069"})
    assert answer.status_code in (303, 422), answer.text
    assert f'value="{ARABIC}"' in jim.get(f"/sales/leads/{lead}/edit").text


def test_a_refusal_isolates_the_name_that_it_says(jim: FlaskClient):
    client, lead, _other = jim.made  # type: ignore[attr-defined]
    with pytest.raises(DomainError) as refused, transaction("sales", actor=JIM) as session:
        deactivate_client(session, client, "Again", 2)
    assert HEBREW in refused.value.message and not bare_letters(refused.value.message)
    toast = jim.post(f"/sales/leads/{lead}/reopen", headers=PARTIAL).headers["HX-Trigger"]
    assert "\\u2068" in toast and "\\u2069 is not lost" in toast
