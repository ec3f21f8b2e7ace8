"""Secrets of the demo never serve a network by accident."""

import json
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pytest
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from areas import SCHEMAS
from consumers.status import serve_status
from settings import SECRETS, read_settings, settings, superuser_dsn
from tests.conftest import free_port
from webapp.app import create_app

GOOD = {
    "DM_OIDC_CLIENT_SECRET": "x" * 20,
    "DM_SERVICE_CLIENT_SECRET": "x" * 20,
    "DM_LDAP_BIND_PASSWORD": "x" * 20,
    "DM_SESSION_SECRET": "x" * 20,
    "DM_WEBHOOK_KEY": "x" * 20,
    "DM_DATABASE_PASSWORDS": json.dumps(dict.fromkeys(SCHEMAS, "x" * 20)),
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    """`given(DM_BIND=…)` sets the environment, and the settings are read anew."""

    def set_all(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield set_all
    settings.cache_clear()


@pytest.mark.parametrize("where", ["DM_BIND", "DM_INTERNAL_BIND"])
@pytest.mark.parametrize("weak", GOOD)
def test_a_demo_secret_is_refused_off_loopback_and_named_without_its_value(
    given, where: str, weak: str
):
    given(
        **{where: "0.0.0.0:8000", **{name: value for name, value in GOOD.items() if name != weak}}
    )
    with pytest.raises(RuntimeError, match=weak) as refusal:
        create_app(served=("gateway",))
    assert "demo-only" not in str(refusal.value)


def test_own_secrets_serve_a_network_and_the_demos_serve_loopback(given):
    given(DM_BIND="0.0.0.0:8000", **GOOD)
    assert create_app(served=("gateway",))
    given(DM_BIND="127.0.0.1:8000", DM_SESSION_SECRET="demo-only-session")
    assert create_app(served=("gateway",))


def test_whoever_allows_the_demos_secrets_by_name_gets_them(given):
    given(DM_BIND="0.0.0.0:8000", DM_ALLOW_DEMO_SECRETS="1")
    assert create_app(served=("gateway",))


def test_one_weak_database_password_among_good_ones_is_refused(given):
    some = dict.fromkeys(SCHEMAS, "x" * 20) | {"orders": "demo-only-orders"}
    given(DM_BIND="0.0.0.0:8000", **{**GOOD, "DM_DATABASE_PASSWORDS": json.dumps(some)})
    with pytest.raises(RuntimeError, match="DM_DATABASE_PASSWORDS"):
        create_app(served=("gateway",))


def test_fault_switches_never_serve_a_network(given):
    given(DM_BIND="0.0.0.0:8000", DM_FAULTS="1", DM_ALLOW_DEMO_SECRETS="1", **GOOD)
    with pytest.raises(RuntimeError, match="DM_FAULTS"):
        create_app(served=("gateway",))


def test_a_worker_shows_itself_to_a_network_only_with_own_secrets(given):
    with pytest.raises(RuntimeError, match="DM_SESSION_SECRET"):
        serve_status(f"0.0.0.0:{free_port()}", lambda: (True, {}))
    given(**GOOD)
    serve_status(f"0.0.0.0:{free_port()}", lambda: (True, {}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DM_KAFKA_FETCH_WAIT_MS", "soon"),
        ("DM_KAFKA_REPLICATION", "0"),
        ("DM_WEBHOOK_NETWORKS", "10.1.0.0/16 the-office"),
        ("DM_WEBHOOK_NETWORKS", "10.1.0.7/16"),
        ("DM_FAULTS", "perhaps"),
        ("DM_SESSION_TYPE", "files"),
        ("DM_DATABASE_PASSWORDS", "hush"),
        ("DM_DATABASE_PASSWORDS", '{"sales": 7}'),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_name(variable: str, value: str):
    with pytest.raises(ValueError, match=variable) as refusal:
        read_settings({variable: value})
    assert "hush" not in str(refusal.value)


def test_a_secret_shows_itself_to_nobody_who_prints_the_settings():
    given = read_settings(
        {"DM_SESSION_SECRET": "hush", "DM_DATABASE_PASSWORDS": '{"sales": "hush"}'}
    )
    assert "hush" not in f"{given} {given!r} {given.session_secret}"
    assert given.session_secret.reveal() == "hush"
    assert given.database_dsn("sales").startswith("postgresql://dm_sales:hush@")


@hypothesis.given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
)
@hypothesis.example("p@ss/w:1%")
def test_a_database_password_may_hold_any_character(password: str):
    given_ = read_settings({"DM_DATABASE_PASSWORDS": json.dumps({"sales": password})})
    dsn = given_.database_dsn("sales")
    assert conninfo_to_dict(dsn)["password"] == password == make_url(dsn).password
    assert given_.database_password("sales") == password
    encoded = superuser_dsn(f"postgresql://postgres:{quote(password, safe='')}@db:5432", "own")
    assert conninfo_to_dict(encoded)["password"] == password


def test_a_superusers_password_is_taken_as_it_stands():
    parts = conninfo_to_dict(superuser_dsn("postgresql://postgres:p@ss/w:1%@db:5432/", "own"))
    assert (parts["password"], parts["host"], parts["dbname"]) == ("p@ss/w:1%", "db", "own")


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file_and_a_line_end_is_no_part_of_it(name: str, tmp_path: Path):
    variable, file = f"DM_{name.upper()}", tmp_path / "secret"
    told = '{"orders": "p@ss/w:1%"}' if name == "database_passwords" else "p@ss/w:1% "
    file.write_text(f"{told}\n")
    by_file, by_name = (
        read_settings({f"{variable}_FILE": str(file)}),
        read_settings({variable: told}),
    )
    if name == "database_passwords":
        assert by_file.database_password("orders") == by_name.database_password("orders")
    else:
        assert getattr(by_file, name).reveal() == getattr(by_name, name).reveal() == told


def test_a_secret_that_is_given_twice_or_cannot_be_read_is_named_and_not_shown(tmp_path: Path):
    (file := tmp_path / "secret").write_bytes(b"hidden\xff")
    twice = {"DM_SESSION_SECRET": "hidden", "DM_SESSION_SECRET_FILE": str(file)}
    for environ, why in (
        (twice, "are both set"),
        ({"DM_SESSION_SECRET_FILE": str(tmp_path / "none")}, "No such file or directory"),
        ({"DM_SESSION_SECRET_FILE": str(file)}, "is not text in UTF-8"),
    ):
        with pytest.raises(ValueError, match=f"DM_SESSION_SECRET_FILE.*{why}") as refused:
            read_settings(environ)
        assert "hidden" not in str(refused.value)


def test_the_address_of_the_database_may_ask_for_tls():
    address = "postgresql://db.example/dm?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    dsn = read_settings({"DM_DATABASE_URL": address}).database_dsn("orders")
    known = conninfo_to_dict(dsn)
    assert (known["sslmode"], known["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert make_url(dsn).query == {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}
