"""Words that mean something to PostgreSQL, LDAP, Jinja, HTML, spreadsheets or logs, in every field, query and path."""

import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, PathConverter, Rule, UnicodeConverter
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from settings import settings
from tests.factories.office import MOST_CAPABLE, SmallOffice, key_for
from tests.factories.routes import address_of, value_for
from tests.security.crawler import Crawl, Form, bad_cells, tags_of
from tests.security.late_pages import late_pages
from tests.web_client import PARTIAL, known_people, sign_in
from webapp.shared.lists.cursors import encode_cursor

# The question is on the form only of an expense that was sent back with one.
ASKED_BACK = {"finance.change", "finance.keep"}
AWAY = 503  # what needs the directory or the provider, which are not part of this test
MARK = "dm-attack"
SUM = "1787569"  # of 1337 by itself: whoever shows it has run what was typed
WORDS = (
    "\"'><dm-attack dm-attack=1>{{1337*1337}}${1337*1337}'; SELECT pg_sleep(20);--*)(uid=*))(|(uid=*",
    "=1337*1337\r\nX-Dm-Attack: 1\0\x1b[31m",
    "99999999999999999999999",
)
IN_PATHS = ("\0", WORDS[0].replace("/", ""), "x" * 3000, "99999999999999999999")
NUMBERS_IN_PATHS = (2**31, 2**63, 10**30)
CURSORS = [
    encode_cursor(keys)
    for keys in [("x",), (10**30, 2), ("NaN", "NaN"), (None, None), ("2026-01-01", "x", 1)]
]
QUERIES = {"after", "before", "limit", "reason", "next", "first", "drawn"}
pytestmark = pytest.mark.long  # several thousand requests, in minutes
NO_PAGES_FORM = {
    "back_channel.logout",
    "live.watch",
    "sign_in.logout",
}  # attacked by a test of their own


@pytest.fixture(scope="module")
def crawl(small_office: SmallOffice) -> Iterator[Crawl]:
    """Everybody's way through the office, on a real port so that services can ask each other.

    They go twice: what they filled in the first time shows pages and forms the second time. Then
    they look at records in states that no such way leads to.
    """
    app, dsn = small_office
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    os.environ["DM_INTERNAL_API_BASE"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["DM_FAULTS"] = "1"
    settings.cache_clear()
    first = [
        address_of(app, rule, "GET", key_for(rule.rule, dsn))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.startswith("/api/")
        and rule.endpoint != "static"
    ]
    browsers = {uid: sign_in(app, known_people()[uid]) for uid in MOST_CAPABLE}
    for form in Crawl(app, browsers).walk(first).forms.values():
        if form.method == "post":
            browsers[form.uid].post(form.action, data=MultiDict(form.filled()))
    yield Crawl(app, browsers).walk(first).look_at(late_pages(app))
    os.environ.pop("DM_INTERNAL_API_BASE")
    os.environ.pop("DM_FAULTS")
    settings.cache_clear()
    server.shutdown()


@pytest.mark.parametrize("word", WORDS)
def test_no_field_of_any_form_runs_breaks_or_shows_raw_what_is_typed(crawl: Crawl, word: str):
    faults = []
    for form in [form for form in crawl.forms.values() if form.method == "post"]:
        for name, usual in dict(form.filled()).items():
            if word.isdecimal() and not usual.isdecimal():
                continue
            data = MultiDict(
                (each, word if each == name else value) for each, value in form.filled()
            )
            answer = crawl.browsers[form.uid].post(form.action, data=data)
            faults += [(form.action, name, fault) for fault in faults_of(answer)]
    assert faults == []


def test_what_was_typed_is_shown_as_words_wherever_it_is_shown_later(crawl: Crawl):
    kept = 0
    for uid, address in sorted(crawl.pages):
        answer = crawl.browsers[uid].get(address)
        assert faults_of(answer) == [], address
        kept += MARK in text_of(answer)
        if answer.mimetype == "text/csv":
            assert bad_cells(answer.text) == [], address
    assert kept > 10, "nothing of what was typed came back: the test shows nothing"


def test_a_form_whose_every_field_comes_twice_is_answered(crawl: Crawl):
    faults = []
    for form in [form for form in crawl.forms.values() if form.method == "post"]:
        doubled = MultiDict([*form.filled(), *((name, "-5") for name, _ in form.filled())])
        answer = crawl.browsers[form.uid].post(form.action, data=doubled)
        faults += [(form.action, fault) for fault in faults_of(answer)]
    assert faults == []


def test_a_field_takes_several_lines_where_its_form_shows_them(crawl: Crawl):
    """The rule at the door and the page agree: a textarea keeps its line ends, an input has none."""
    shown: dict[str, set[str]] = {}
    for form in [form for form in crawl.forms.values() if form.method == "post"]:
        there = shown.setdefault(crawl.endpoint(form.action, "POST"), set())
        there |= {each.name for each in form.fields if each.kind == "textarea"}
    taken = {
        endpoint: set(getattr(crawl.app.view_functions[endpoint], "fields_with_lines", ()))
        for endpoint in shown
    }
    assert {name: fields for name, fields in taken.items() if name not in ASKED_BACK} == {
        name: fields for name, fields in shown.items() if name not in ASKED_BACK
    }
    assert sum(map(bool, shown.values())) >= 8


def test_htmx_is_answered_wherever_a_plain_browser_is(crawl: Crawl):
    faults = []
    for uid, address in one_of_each(crawl):
        answer = crawl.browsers[uid].get(address, headers=PARTIAL)
        faults += [(uid, address, fault) for fault in faults_of(answer)]
    for form in [form for form in crawl.forms.values() if form.method == "post"]:
        for fields in ([], form.filled()):
            answer = crawl.browsers[form.uid].post(
                form.action, data=MultiDict(fields), headers=PARTIAL
            )
            faults += [(form.action, fault) for fault in faults_of(answer)]
    assert faults == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", WORDS[:1]),
        ("after", CURSORS[1:2]),
        ("limit", ["-1"]),
        ("", WORDS[1:]),
        ("after", [CURSORS[0], *CURSORS[2:]]),
        ("before", CURSORS[1:2]),
        ("q", ["-1"]),
    ],
    ids=str,
)
def test_no_query_of_any_page_breaks_it(crawl: Crawl, name: str, words: list[str]):
    """Without a name, each word comes in every name that a link of the product has."""
    faults = []
    names = [name] if name else (crawl.names | QUERIES) - {"after", "before"}
    for uid, address in one_of_each(crawl):
        for word in words:
            query = dict.fromkeys(names, word)
            answer = crawl.browsers[uid].get(urlsplit(address).path, query_string=query)
            faults += [(address, query, fault) for fault in faults_of(answer)]
    assert faults == []


def test_no_path_breaks_a_route(crawl: Crawl):
    faults = []
    for rule in crawl.app.url_map.iter_rules():
        if rule.endpoint in ("static", "live.stream") or rule.rule.startswith("/auth"):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for address in bad_addresses(crawl.app, rule, method):
                answer = by_one_who_may(crawl, address, method)
                faults += [(method, rule.rule, address[:60], fault) for fault in faults_of(answer)]
    assert faults == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        [1],
        "x",
        5,
        {"records": {"a": 1}},
        {"records": [1]},
        {"records": ["x"] * 5000},
        *({"stream": word, "records": [word, f"order:{word}"]} for word in WORDS),
    ],
)
def test_what_a_stream_is_told_to_watch_breaks_nothing(crawl: Crawl, body: Any):
    answer = crawl.browsers["jim.halpert"].post("/live/watch", json=body)
    assert faults_of(answer) == [] and answer.status_code in (403, 404, 422)


@pytest.mark.parametrize("word", WORDS)
def test_the_ways_out_of_a_session_break_nothing(crawl: Crawl, word: str):
    stranger, leaving = (
        crawl.app.test_client(),
        sign_in(crawl.app, known_people()["toby.flenderson"]),
    )
    forged = stranger.post(
        "/auth/back-channel-logout", data={"logout_token": word, "sid": word, "sub": word}
    )
    assert faults_of(forged) == [] and forged.status_code in (400, AWAY)
    assert faults_of(leaving.post("/auth/logout", data={"next": word, "id_token_hint": word})) == []


def test_the_crawl_comes_to_every_form_but_those_that_are_named(crawl: Crawl):
    reached = {crawl.endpoint(form.action, "POST") for form in crawl.forms.values()}
    posts = {
        rule.endpoint
        for rule in crawl.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    assert posts - reached == NO_PAGES_FORM
    assert all(
        urlsplit(address).path.startswith(("/auth/", "/profile/people")) for address in crawl.failed
    ), crawl.failed


def test_these_checks_see_what_they_look_for():
    shown = Form("x", "/", "/", "post")
    assert shown.filled() == []
    assert MARK in tags_of("<p><dm-attack>") and MARK in tags_of("<b dm-attack=1>")
    assert MARK not in tags_of("<p>&lt;dm-attack&gt;</p>")
    assert (
        bad_cells('name,worth\n=1+1,2\nx,"@a"\n') == ["=1+1", "@a"]
        and bad_cells("a,-5\n'=1,-5.20\n") == []
    )


def faults_of(answer: TestResponse) -> list[str]:
    """What an answer shows of an attack that came through."""
    text = text_of(answer)
    found = {
        f"status {answer.status_code}": answer.status_code >= 500 and answer.status_code != AWAY,
        "markup": answer.mimetype == "text/html" and MARK in text and MARK in tags_of(text),
        "ran": SUM in text,
        "header": "X-Dm-Attack" in answer.headers,
    }
    return [fault for fault, is_there in found.items() if is_there]


def text_of(answer: TestResponse) -> str:
    """The answer's words; none for a picture or a PDF."""
    return (
        answer.text
        if answer.mimetype.startswith("text/") or answer.mimetype.endswith("json")
        else ""
    )


def one_of_each(crawl: Crawl) -> list[tuple[str, str]]:
    """One page of each endpoint, for one who may see it."""
    found = {crawl.endpoint(address): (uid, address) for uid, address in sorted(crawl.pages)}
    return list(found.values())


def by_one_who_may(crawl: Crawl, address: str, method: str) -> TestResponse:
    """The answer to the first person who gets past the door."""
    for browser in crawl.browsers.values():
        answer = browser.open(address, method=method)
        if answer.status_code != 403:
            break
    return answer


def bad_addresses(app: Flask, rule: Rule, method: str) -> Iterator[str]:
    """The route's addresses with words and numbers that nobody was given."""
    for bad in (*IN_PATHS, *NUMBERS_IN_PATHS):
        kind: Any = (UnicodeConverter, PathConverter) if isinstance(bad, str) else IntegerConverter
        if not any(isinstance(converter, kind) for converter in rule._converters.values()):
            continue
        values = {
            name: bad
            if isinstance(rule._converters[name], kind)
            else value_for(rule._converters[name])
            for name in rule.arguments
        }
        with app.test_request_context():
            yield app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=method)
