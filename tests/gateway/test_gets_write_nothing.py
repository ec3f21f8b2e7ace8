"""No GET writes: every address of the product is read by somebody who may, and no row of any schema
is another after it.
"""

from flask.testing import FlaskClient

from models.inventory.commands import receive_goods
from models.shared.transactions import transaction
from tests.factories.office import MOST_CAPABLE, SKU, SmallOffice, digest_tables, key_for
from tests.factories.routes import address_of
from tests.web_client import known_people, sign_in

AWAY = 503  # what needs the directory or the provider, which are not part of this test
ENDLESS = {
    "live.stream"
}  # begins a thread of this process that listens on; tests/wuphf/test_live.py has it in its own


def test_no_get_writes_a_row_and_none_fails(small_office: SmallOffice):
    app, dsn = small_office
    browsers = [sign_in(app, known_people()[uid]) for uid in MOST_CAPABLE]
    before, answers = digest_tables(dsn), {}
    for rule in app.url_map.iter_rules():
        if (
            "GET" in (rule.methods or ())
            and rule.endpoint not in {"static", *ENDLESS}
            and not rule.rule.startswith("/api/")
        ):
            address = address_of(app, rule, "GET").replace("X-1", key_for(rule.rule, dsn))
            answers[address] = _answer(browsers, address)
    assert {
        address: status for address, status in answers.items() if status >= 500 and status != AWAY
    } == {}
    seen = [address for address, status in answers.items() if status == 200]
    assert len(seen) > len(answers) * 0.6, f"too few were really shown: {answers}"
    assert digest_tables(dsn) == before


def test_the_digest_sees_a_row_that_changed(small_office: SmallOffice):
    _, dsn = small_office
    before = digest_tables(dsn)
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, SKU, 1, "another")
    assert {
        name.split(".")[0] for name, digest in digest_tables(dsn).items() if before[name] != digest
    } == {"inventory"}


def _answer(browsers: list[FlaskClient], address: str) -> int:
    statuses = []
    for browser in browsers:
        answer = browser.get(address)
        statuses.append(answer.status_code)
        if answer.status_code < 400 or answer.status_code >= 500:
            break
    return statuses[-1] if statuses[-1] >= 500 else min(statuses)
