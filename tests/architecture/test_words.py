"""The words that people see: one voice, and counts that agree with their nouns."""

import pytest

from docs.words.bans import BANS, banned
from docs.words.catalogue import catalogue
from docs.words.python import of_python
from docs.words.scripts import of_script
from docs.words.templates import of_template
from docs.words.texts import Text

ALL = catalogue()
KNOWN = {
    "text": ("templates/base.html", "Skip to main content"),
    "attribute": ("templates/components/saved_views.html", "Saved views"),
    "argument": ("templates/sign_in.html", "You are signed out."),
    "python": ("webapp/orders/orders.py", "Search orders"),
    "api": ("webapp/orders/api/orders.py", "Return one order with its lines"),
    "script": ("static/js/time.js", "just now"),
    "seed": ("stack/seed/goods.toml", "Anthracite Row Brewing"),
    "theme": (
        "stack/keycloak/themes/dundermifflin/login/messages/messages_en.properties",
        "Sign in",
    ),
}


def places(texts: list[Text]) -> dict[str, str]:
    return {
        f"{text.path}:{text.line}": f"“{word}” → {ban.say}" for text, word, ban in banned(texts)
    }


def read_template(source: str) -> list[tuple[int, str]]:
    return [(text.line, text.words) for text in of_template("templates/x.html", source)]


def read_python(source: str) -> list[str]:
    return [text.words for text in of_python("webapp/x.py", source)]


@pytest.mark.parametrize("area", sorted({text.area for text in ALL}))
def test_no_text_has_a_word_that_the_product_does_not_use(area: str):
    assert places([text for text in ALL if text.area == area]) == {}


@pytest.mark.parametrize("kind", KNOWN)
def test_the_catalogue_has_texts_of_each_kind(kind: str):
    path, words = KNOWN[kind]
    assert any(words in text.words for text in ALL if (text.path, text.kind) == (path, kind))


def test_the_catalogue_covers_every_area():
    assert len(ALL) > 3000
    assert {text.area for text in ALL} == {
        "finance",
        "gateway",
        "inside",
        "inventory",
        "orders",
        "profile",
        "sales",
        "shared",
        "wuphf",
    }


def test_a_template_gives_text_attributes_and_arguments_with_their_lines():
    source = """<p class="not this one">
  Ship {{ order.number }}{% if late %} today{% else %} soon{% endif %}
</p>
<input placeholder="Search orders" name="not this">
{{ button("Approve", href=url_for("not.this")) }}
{# not this #}<script>not("this one")</script>"""
    assert set(read_template(source)) == {
        (2, "Ship {order.number}¦today¦soon"),
        (4, "Search orders"),
        (5, "Approve"),
    }


def test_python_gives_sentences_and_labels_but_no_logs_statements_or_docstrings():
    source = '''
"""Not this one."""
log.info("not this one")
session.execute("select this from there")
raise Invalid({"city": f"Enter a city in {state}."})
heading = "Orders"
key = "not_this"
'''
    assert read_python(source) == ["Enter a city in {state}.", "Orders"]


def test_a_script_gives_its_sentences_with_expressions_in_braces():
    source = 'say(`${name} was not sent.`);\nfind("main .list tr");\nsay("Try again");'
    assert [(text.line, text.words) for text in of_script("static/js/x.js", source)] == [
        (1, "{name} was not sent."),
        (3, "Try again"),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Parcel SH-1 left", "Parcel"),
        ("Shipment SH-1 left", ""),
        ("{parcel.number} left", ""),
        ("Write a mail", "mail"),
        ("Email address", ""),
        ("{shown} cases", "{shown} cases"),
        ("# case", ""),
        ("At most {LONGEST} characters", ""),
        ("{count} case(s)", "(s)"),
        ("1 cases", "1 cases"),
        ("11 cases", ""),
        ("It runs out right away", ""),
        ("Angela is away", "away"),
        ("accounting", ""),
    ],
)
def test_a_banned_word_is_found_whole_and_only_where_it_is_seen(words: str, found: str):
    text = Text("templates/orders/x.html", 1, "text", words)
    assert [word for _, word, _ in banned([text])][:1] == ([found] if found else [])


def test_a_count_by_hand_is_found_in_each_language():
    template = "<p>{{ n }} case{{ '' if n == 1 else 's' }}</p><p>{{ n }} lines</p>"
    assert {text.words for text in of_template("templates/x.html", template)} == {
        "{n} case(s)",
        "{n} lines",
    }
    assert read_python("x = f'{n} lines, {counted(n, \"case\")}'") == ["{n} lines, # case"]
    assert read_python("x = f\"{n:,} case{'' if n == 1 else 's'}\"") == ["{n} case(s)"]
    script = 'x = `${n} result${n === 1 ? "" : "s"}`;'
    assert [text.words for text in of_script("static/js/x.js", script)] == ["{n} result(s)"]
    counted = "<p>{{ counted(n, 'line') }} and {{ n|counted('case') }}</p>"
    assert "# line and # case" in {text.words for text in of_template("templates/x.html", counted)}


def test_each_ban_says_what_to_say_instead_and_why_something_is_allowed():
    assert all(ban.say and all(map(all, ban.allowed)) for ban in BANS)
