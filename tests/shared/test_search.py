"""What somebody types finds what is written: case, accents, forms of letters, phone numbers."""

import sys
import unicodedata
from collections.abc import Callable

import psycopg
import pytest
from flask.testing import FlaskClient

from models.inventory.queries import ProductFilter, list_products
from models.orders.clients import search_clients
from models.sales.client_queries import ClientFilter, list_clients
from models.sales.commands import create_client
from models.sales.duplicates import find_duplicates
from models.sales.lead_queries import LeadFilter, list_leads
from models.sales.leads import create_lead
from models.sales.normal_forms import company_key
from models.shared.listeners.delivery import deliver_pending
from models.shared.operations.search_texts import SEARCHED, fold_portion
from models.shared.search import fold, words_of
from models.shared.transactions import reading, transaction
from models.wuphf.people import KnownPerson, replace_people
from tests.factories.inventory import add_product
from tests.factories.sales import JIM, make_client_facts, make_lead_facts
from tests.shared.test_texts import NAMES
from tests.web_client import PARTIAL

FOUND = (  # what is written, and what finds it
    ("Müller Bürobedarf", "muller burobedarf"),
    ("Müller Bürobedarf", "MU\u0308LLER"),
    ("İstanbul Kâğıt", "istanbul kagit"),
    ("Straße 9", "STRASSE"),
    ("GROSSE STRASSE", "große"),
    ("Søren Ødegård", "soren odegard"),
    ("Łódź Papier", "lodz"),
    ("Œuvre Cœur", "oeuvre coeur"),
    ("Ｐａｐｅｒ ①", "paper 1"),
    ("ﬁne paper", "FINE"),
    ("Ὀδυσσεύς", "οδυσσευσ"),
    ("ЁЛКА", "елка"),
    ("שָׁלוֹם", "שלום"),
    ("مُحَمَّد", "محمد"),
    ("ｶﾀｶﾅ", "カタカナ"),
    ("한국", unicodedata.normalize("NFD", "한국")),
)
SORTED = ["abel", "Åkesson", "Ämter", "Bergen", "émile", "Ernst", "Östlund", "oz", "zebra"]


@pytest.mark.parametrize(("written", "typed"), FOUND)
def test_what_is_typed_finds_what_is_written(written: str, typed: str):
    assert all(word in fold(written) for word in words_of(typed))


@pytest.mark.parametrize(
    ("one", "other"), [("हिंदी", "हदी"), ("กิน", "กน"), ("Bär", "Bar2"), ("が", "か")]
)
def test_what_is_another_word_stays_another_word(one: str, other: str):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    "typed",
    [
        "(570) 555-0142",
        "570-555-0142",
        "570.555.0142",
        "570 555 0142",
        "+1 570 555 0142",
        "1-570-555-0142",
        "5705550142",
        "+1 (570) 555‑0142",
        "555-0142",
    ],
)
def test_a_phone_number_is_found_in_any_writing(typed: str):
    (word,) = words_of(typed)
    assert word in "(570) 555-0142 5705550142"


@pytest.mark.parametrize("typed", ["100 200 300", "2026-11-20", "DM-100042", "1 2", "12 x 14"])
def test_other_numbers_stay_the_words_they_are(typed: str):
    assert words_of(typed) == tuple(typed.lower().split())


@pytest.mark.parametrize("schema", ["sales", "orders", "inventory", "finance", "notifications"])
def test_postgresql_folds_as_python_does(clean_database: str, schema: str):
    letters = [
        chr(code)
        for code in range(1, sys.maxunicode)
        if unicodedata.category(chr(code))[0] in "LMN"
        and unicodedata.name(chr(code), "NONE").split()[0]
        in ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI", "THAI", "FULLWIDTH")
    ]
    texts = [*NAMES, *(text for pair in FOUND for text in pair), " a \t B ", *letters]
    texts += ["".join(letters[n : n + 40]) for n in range(0, len(letters), 40)]
    with psycopg.connect(clean_database) as connection:
        rows = connection.execute(
            f"SELECT given, {schema}.folded(given) FROM unnest(%s::text[]) AS given",
            [texts],
        ).fetchall()
    assert len(rows) > 2_000
    assert [(given, found, fold(given)) for given, found in rows if found != fold(given)] == []


@pytest.fixture
def written(clean_database: str) -> str:
    """A client and a lead of each name."""
    with transaction("sales", actor=JIM) as session:
        for name in SORTED[::-1]:
            create_client(session, make_client_facts(name=name))
            create_lead(session, make_lead_facts(company=name, phone="", mail=""))
        create_client(session, make_client_facts(name="Müller GmbH", contact_phone="570.555.0199"))
        create_lead(session, make_lead_facts(company="Straße & Söhne", phone="570 555 0199"))
    return clean_database


def test_lists_find_and_sort_without_regard_to_accents_and_case(written: str):
    with reading("sales") as session:
        clients = [row.name for row in list_clients(session, ClientFilter()).rows]
        leads = [row.company for row in list_leads(session, LeadFilter(), "company").rows]
        assert clients == sorted([*SORTED, "Müller GmbH"], key=fold)
        assert [name for name in clients if name in SORTED] == SORTED
        assert [name for name in leads if name in SORTED] == SORTED
        for q in ("muller", "MÜLLER", "+1 570 555 0199"):
            found = list_clients(session, ClientFilter(q=q)).rows
            assert [row.name for row in found] == ["Müller GmbH"], q
        for q in ("STRASSE", "sohne", "(570) 555-0199"):
            assert [row.company for row in list_leads(session, LeadFilter(q=q)).rows] == [
                "Straße & Söhne"
            ], q


def test_every_page_of_a_sorted_list_follows_the_one_before(written: str):
    seen: list[str] = []
    with reading("sales") as session:
        page = list_clients(session, ClientFilter(), size=3)
        seen += [row.name for row in page.rows]
        while page.has_after:
            page = list_clients(session, ClientFilter(), after=page.last, size=3)
            seen += [row.name for row in page.rows]
    assert seen == sorted([*SORTED, "Müller GmbH"], key=fold)


def test_other_areas_find_the_same_names(written: str):
    with transaction("notifications", actor="service:test") as session:
        replace_people(session, [KnownPerson(uid=JIM, name="Jim Halpert", groups=[])], "test")
    deliver_pending()
    add_product("CP-1")
    with psycopg.connect(written) as connection:
        connection.execute(
            "UPDATE inventory.product SET search_text = 'CP-1 Büttenpapier Größe A4'"
        )
    with reading("orders") as session:
        assert [row.name for row in search_clients(session, "MULLER")] == ["Müller GmbH"]
    with reading("inventory") as session:
        found = list_products(session, ProductFilter(q="buttenpapier GROSSE")).rows
        assert [row.sku for row in found] == ["CP-1"]


def test_a_duplicate_is_found_whatever_its_accents(written: str):
    with reading("sales") as session:
        assert [match.name for match in find_duplicates(session, "muller gmbh")] == ["Müller GmbH"]
    assert company_key("Straße & Söhne") == company_key("STRASSE AND SOHNE, Inc.")
    assert company_key("Бумага и Ко") == company_key("бумага  и ко")
    assert company_key("株式会社 Paper") != company_key("Paper")


def test_old_search_texts_are_folded_in_portions(written: str):
    """As the version before wrote them: in lower case, with their accents."""
    with psycopg.connect(written, autocommit=True) as connection:
        connection.execute("ALTER TABLE sales.client DISABLE TRIGGER fold_search_text")
        connection.execute("UPDATE sales.client SET search_text = lower(name)")
        connection.execute("ALTER TABLE sales.client ENABLE TRIGGER fold_search_text")
    with reading("sales") as session:
        assert list_clients(session, ClientFilter(q="muller")).rows == []
    assert [fold_portion("sales", "client", most=2) for _ in range(4)] == [2, 2, 1, 0]
    with reading("sales") as session:
        assert len(list_clients(session, ClientFilter(q="muller")).rows) == 1
    assert {fold_portion(schema, table) for schema, table in SEARCHED} == {0}


def test_the_palette_finds_without_accents(written: str, client_as: Callable[[str], FlaskClient]):
    answer = client_as(JIM).get("/sales/search/clients?q=MULLER", headers=PARTIAL)
    assert answer.status_code == 200 and "Müller GmbH" in answer.text
