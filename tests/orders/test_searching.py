"""A search by words finds what a look into every order would find, whether it could narrow to a few clients or not."""

import random
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.orders.queries import OrderFilter, count_orders, list_orders
from models.orders.search import (
    MOST_CLIENTS,
    Search,
    look_up,
    remember_portion,
)
from models.shared.search import fold, words_of
from models.shared.transactions import reading

CLIENTS = (
    "Pine Ridge School",
    "Ivory Tower Print",
    "Électrique Café",
    "PINE & Co. 24",
    "Straße 9 Dental",
    "100% Paper_Works",
    "İzmir Cole",
)
PAPERS = (
    "cp-20-ltr Copy Paper",
    "cs-110-iv Cardstock Ivory",
    "env-10 Envelope, Window",
    "leg-8 Legal Pad",
)
REMARKS = ("", "", "PO-4412", "per Meredith", "school 7", "ridge-55", "ΣΟΦΟΣ 3")
ROOT = Path(__file__).parents[2]
INSERT = """INSERT INTO orders."order" (number, client_number, client_name, owner, owner_name,
    purchase_order, street, city,
    state, postcode, currency, total, status, cancellation, cancellation_by, cancellation_reason,
    discount_percent, note,
    approval, approval_reasons, decided_by, decided_note, duplicate_of, cases, reserved, short,
    shipped, search_text, version,
    placed_at, correlation_id)
SELECT %(number)s, %(client)s, %(name)s, 'jim.halpert', 'Jim', %(remark)s, '1 Main', 'Scranton',
    'PA', '18503', 'USD', 10,
    'placed', 'none', '', '', 0, '', 'none', '[]', '', '', '', 1, 0, 0, 0, %(text)s, 1, now(), 'c'"""
CLIENT = """INSERT INTO orders.client SELECT 'CL-' || n, 'Client', 'X', 'x@example.com', '',
    '1 Main', 'Scranton', 'PA', '18503',
    30, 50000, 'USD', 'jim.halpert', true, '[]' FROM generate_series(0, 59) n"""
TABLES = (
    "SELECT client_number || ' ' || name FROM orders.searched_client "
    "UNION ALL SELECT word FROM orders.searched_word"
)


@pytest.fixture
def texts(clean_database: str) -> dict[str, str]:
    """What can be found of each of 150 orders. Some clients were called otherwise in some of theirs."""
    chance, found = random.Random(5), dict[str, str]()
    with psycopg.connect(clean_database) as connection:
        connection.execute(CLIENT)
        for n in range(150):
            name = CLIENTS[(n + (n % 17 == 0)) % len(CLIENTS)]
            papers = " ".join(chance.sample(PAPERS, chance.randint(1, 2)))
            number, remark = f"DM-{100_001 + n}", chance.choice(REMARKS)
            found[number] = f"{number} {name} {remark} {papers}".lower()
            put(connection, number, f"CL-{n % len(CLIENTS)}", name, remark, found[number])
    return found


def put(
    connection: psycopg.Connection, number: str, client: str, name: str, remark: str, text: str
) -> None:
    connection.execute(
        INSERT, {"number": number, "client": client, "name": name, "remark": remark, "text": text}
    )


def found(q: str) -> set[str]:
    """What the list shows, which is also what is counted."""
    with reading("orders") as session:
        rows = {row.number for row in list_orders(session, OrderFilter(q=q), size=500).rows}
        assert count_orders(session, OrderFilter(q=q))[0] == len(rows)
    return rows


def clients_of(q: str) -> tuple[str, ...] | None:
    with reading("orders") as session:
        return look_up(session, q).clients


def remembered(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        return {row[0] for row in connection.execute(TABLES).fetchall()}


PARTS = sorted(
    {
        part[at : at + length]
        for text in (*CLIENTS, *PAPERS, *REMARKS, "DM-100017")
        for part in text.split()
        for at in range(len(part))
        for length in (1, 2, 3, 5, 9)
    }
)
QUERIES = st.lists(st.sampled_from(PARTS) | st.text("aeilpé%_-. 19Σ", max_size=4), max_size=4).map(
    " ".join
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(q=QUERIES)
@example(q="pine ridge school")
@example(q="school ridge cole")
@example(q="ivory PAPER")
@example(q="café dm-1000")
@example(q="izmir i̇zmir")
def test_what_is_found_is_what_has_every_word(texts: dict[str, str], q: str):
    assert found(q) == {
        number for number, text in texts.items() if all(word in fold(text) for word in words_of(q))
    }


def test_words_of_a_clients_name_alone_narrow_to_those_who_are_or_were_called_so(
    texts: dict[str, str],
):
    assert clients_of("café") == clients_of("ÉLECTRIQUE caf") == ("CL-1", "CL-2"), (
        "one has orders under a name it had then"
    )
    assert clients_of("straße copy") == ("CL-3", "CL-4"), "the other word may stand in any order"
    assert clients_of("café straße") == () and found("café straße") == set()
    assert clients_of("pine ridge 24") == ("CL-0", "CL-2", "CL-3", "CL-6"), (
        "one order has ridge in a remark: only pine narrows"
    )
    for everywhere in ("ivory", "paper", "dm-", "ca", "7", "per", ""):
        assert clients_of(everywhere) is None, everywhere


def test_what_a_name_has_told_is_not_looked_for_in_each_order(
    texts: dict[str, str], clean_database: str
):
    with psycopg.connect(clean_database) as connection:
        put(
            connection, "DM-300001", "CL-40", "Granite Quarry", "", "dm-300001 granite quarry  copy"
        )
    with reading("orders") as session:
        assert look_up(session, "granite copy quarry 30") == Search(("copy", "30"), ("CL-40",))
        both = look_up(session, "café copy")
    assert both == Search(("cafe", "copy"), ("CL-1", "CL-2")), "they were called otherwise, too"


def test_a_text_that_does_not_begin_with_the_name_narrows_nothing(
    texts: dict[str, str], clean_database: str
):
    with psycopg.connect(clean_database) as connection:
        put(connection, "DM-300001", "CL-40", "Granite Quarry", "", "dm-300001 gravel quarry  copy")
    written = remembered(clean_database)
    assert (
        clients_of("quarry") is None
        and found("quarry") == found("gravel") == {"DM-300001"}
        and found("granite") == set()
    )
    with psycopg.connect(clean_database) as connection:
        connection.execute("TRUNCATE orders.searched_client, orders.searched_word")
    assert remember_portion(remember_portion()) == "" and remembered(clean_database) == written


def test_many_clients_are_left_to_the_index_of_all_orders(
    texts: dict[str, str], clean_database: str
):
    known = found("dental")
    assert known and clients_of("dental")
    more = {f"DM-2{n:05}" for n in range(MOST_CLIENTS + 1)}
    with psycopg.connect(clean_database) as connection:
        for n, number in enumerate(sorted(more)):
            put(
                connection,
                number,
                f"CL-{n + 10}",
                f"Dental {n}",
                "",
                f"{number} dental {n} ".lower(),
            )
    assert clients_of("dental") is None and found("dental") == known | more


def test_what_was_ordered_before_is_found_as_ever_and_quickly_once_it_was_remembered(
    texts: dict[str, str], clean_database: str
):
    written = remembered(clean_database)
    with psycopg.connect(clean_database) as connection:
        connection.execute("TRUNCATE orders.searched_client, orders.searched_word")
    theirs = found("café cp-20")
    assert theirs and look_up_is_plain("café"), "it looks as it did before the tables were there"
    last = remember_portion(most=70)
    assert last == sorted(texts)[69] and look_up_is_plain("café"), "not all of it yet"
    command = [sys.executable, "-m", "consumers", "backfill", "search"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert f"Indexed up to {max(texts)}" in done.stdout, done.stderr[-500:]
    assert remembered(clean_database) == written, "as the trigger wrote it"
    assert clients_of("café") == ("CL-1", "CL-2") and found("café cp-20") == theirs


def look_up_is_plain(q: str) -> bool:
    with reading("orders") as session:
        return look_up(session, q) == Search(words_of(q), None)


def test_an_order_that_is_changed_is_found_by_its_new_words(
    texts: dict[str, str], clean_database: str
):
    assert found("quill granite") == set()
    with psycopg.connect(clean_database) as connection:
        connection.execute("""UPDATE orders."order" SET client_name = 'Granite Bank', version = 2,
            search_text = 'dm-100001 granite bank quill 9' WHERE number = 'DM-100001'""")
    assert (
        clients_of("granite") == ("CL-0",)
        and clients_of("quill") is None
        and found("quill granite") == {"DM-100001"}
    )
