"""No GET writes: every address of the product is read by somebody of each role, and no row of any
schema is another after it.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from models.inventory.receipts import receive_goods
from models.shared.transactions import transaction
from tests.factories.office import MOST_CAPABLE, SKU, SmallOffice, digest_tables, key_for
from tests.factories.routes import address_of
from tests.security.late_pages import late_pages
from tests.web_client import SignedInClient, known_people, sign_in
from webapp.shared.people.rights import Person, roles_of_groups

AWAY = 503  # what needs the directory or the provider, which are not part of this test
ENDLESS = {
    "live.stream"
}  # begins a thread of this process that listens on; tests/wuphf/test_live.py has it in its own
ONE_OF_EACH_ROLE = (
    *MOST_CAPABLE,
    "kelly.kapoor",
    "toby.flenderson",
    "pam.beesly",
    "jan.levinson",
)


@pytest.fixture(scope="module")
def busy_office(small_office: SmallOffice) -> Iterator[SmallOffice]:
    """The office with records of every kind, in their later states too, and unread notifications."""
    late_pages(small_office.app)
    yield small_office


def test_no_get_writes_a_row_and_none_fails(busy_office: SmallOffice):
    app, dsn = busy_office
    seen: dict[str, int] = {}
    before = digest_tables(dsn)
    for uid in MOST_CAPABLE:
        for rule in rules_read(app):
            if seen.get(rule.rule) != 200:
                seen[rule.rule] = read(busy_office, rule, uid)
    assert {rule: status for rule, status in seen.items() if is_failure(status)} == {}
    shown = [rule for rule, status in seen.items() if status in (200, 303)]
    assert len(shown) > len(seen) * 0.8, f"too few were really shown: {seen}"
    assert changed_tables(dsn, before) == []


def test_opening_a_notification_by_its_address_leaves_it_unread(busy_office: SmallOffice):
    app, dsn = busy_office
    [rule] = [each for each in rules_read(app) if each.endpoint == "wuphf.open_notice"]
    before = digest_tables(dsn)
    assert key_for(rule.rule, dsn, "darryl.philbin") != "X-1", "nothing to open: shows nothing"
    assert read(busy_office, rule, "darryl.philbin") == 303
    assert changed_tables(dsn, before) == []


@pytest.mark.long
@pytest.mark.parametrize("uid", ONE_OF_EACH_ROLE)
def test_no_get_writes_a_row_whoever_asks(busy_office: SmallOffice, uid: str):
    app, dsn = busy_office
    before = digest_tables(dsn)
    answers = {rule.rule: read(busy_office, rule, uid) for rule in rules_read(app)}
    assert {rule: status for rule, status in answers.items() if is_failure(status)} == {}
    assert 200 in answers.values()
    assert changed_tables(dsn, before) == []


def test_one_person_of_each_role_asks():
    asking = {role for uid in ONE_OF_EACH_ROLE for role in roles_of(uid)}
    assert asking == {role for uid in known_people() for role in roles_of(uid)}


def test_the_digest_sees_a_row_that_changed(busy_office: SmallOffice):
    _, dsn = busy_office
    before = digest_tables(dsn)
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, SKU, 1, "another")
    assert {name.split(".")[0] for name in changed_tables(dsn, before)} == {"inventory"}


def rules_read(app: Flask) -> list[Rule]:
    """Each route that answers GET, REST too."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in {"static", *ENDLESS}
    ]


def read(office: SmallOffice, rule: Rule, uid: str) -> int:
    """The status of the answer that `uid` gets at an address of the route, of a record if one is theirs."""
    app, dsn = office
    address = address_of(app, rule, "GET", key_for(rule.rule, dsn, uid))
    if rule.rule.startswith("/api/"):
        return app.test_client().get(address, headers=bearer(app, rule, uid)).status_code
    return browser(app, uid).get(address).status_code


def browser(app: Flask, uid: str) -> SignedInClient:
    """This person's browser, the same for the whole module."""
    browsers = app.extensions.setdefault("browsers", {})
    if uid not in browsers:
        browsers[uid] = sign_in(app, known_people()[uid])
    return browsers[uid]


def bearer(app: Flask, rule: Rule, uid: str) -> dict[str, str]:
    """The header with a token of this person's for the service that answers."""
    person = Person(uid, known_people()[uid].name, roles=roles_of(uid))
    service = rule.endpoint.split(".")[0].removesuffix("_api")
    return {"Authorization": f"Bearer {app.extensions['own_tokens'].issue(person, service)}"}


def roles_of(uid: str) -> frozenset[str]:
    """Every role of this person."""
    return roles_of_groups(known_people()[uid].groups)


def is_failure(status: int) -> bool:
    """An answer that says that we failed, not who is away."""
    return status >= 500 and status != AWAY


def changed_tables(dsn: str, before: dict[str, str]) -> list[str]:
    """The tables whose rows are others than they were."""
    return sorted(name for name, digest in digest_tables(dsn).items() if before[name] != digest)
