"""Rules of webhooks: signatures by the specification, reachable addresses, and who may hear what."""

import pytest

from models.shared.events.catalogue import EVENTS, NOTIFICATIONS
from models.wuphf.webhooks.rules import HEARD_BY, hearable_types, is_reachable, problem_of_url
from models.wuphf.webhooks.signatures import signature_of
from webapp.shared.people.rights import ACTIONS, ROLE_OF_GROUP


def test_signatures_are_those_of_the_specification():
    signed = signature_of(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("address", "networks", "plain", "reachable"),
    [
        ("93.184.216.34", "", False, True),
        ("93.184.216.34", "", True, False),
        ("10.0.0.1", "", False, False),
        ("10.0.0.1", "10.0.0.0/8", True, True),
        ("127.0.0.1", "10.0.0.0/8", False, False),
        ("169.254.169.254", "", False, False),
        ("100.64.0.1", "", False, False),
        ("224.0.0.1", "", False, False),
        ("0.0.0.0", "", False, False),
        ("::1", "", False, False),
        ("fe80::1%eth0", "", False, False),
        ("fd00::1", "", False, False),
        ("::ffff:10.0.0.1", "", False, False),
        ("::ffff:93.184.216.34", "", False, True),
        ("2002:7f00:1::", "", False, False),
        ("64:ff9b::a00:1", "", False, False),
        ("2606:2800:220:1:248:1893:25c8:1946", "", False, True),
    ],
)
def test_only_public_and_allowed_addresses_are_reachable(address, networks, plain, reachable):
    assert is_reachable(address, networks, plain=plain) is reachable


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://example.com/hooks?a=1", ""),
        ("http://example.com", "must begin with https://"),
        ("ftp://example.com", "such as https"),
        ("https://", "such as https"),
        ("https://example.com:99999/", "such as https"),
        ("https://a b.com", "such as https"),
        ("https://exämple.com", "such as https"),
        ("https://user:pw@example.com", "Leave out the user"),
        ("https://example.com/#x", "such as https"),
        ("https://" + "x" * 600, "such as https"),
        ("javascript:alert(1)", "such as https"),
    ],
)
def test_a_bad_address_is_refused_with_what_is_right(url, sentence):
    said = problem_of_url(url, "")
    assert sentence in said and bool(said) == bool(sentence)


def test_who_may_hear_what_are_the_rights_of_the_pages():
    actions = {
        "dm.profile.access_token.": "tokens.manage",
        "dm.sales.lead.": "leads.see",
        "dm.sales.client.": "clients.see",
        "dm.orders.": "orders.see",
        "dm.inventory.reservation.": "shipments.see",
        "dm.inventory.release.": "shipments.see",
        "dm.inventory.shipment.": "shipments.see",
        "dm.inventory.": "products.see",
    }
    for start, heard_by in HEARD_BY.items():
        if start == "dm.finance.":  # models/finance/rules.py: only accounting sees all
            assert heard_by == {"accounting"}
            continue
        roles = ACTIONS[actions[start]].roles
        assert heard_by == {group for group, role in ROLE_OF_GROUP.items() if role in roles}, start
    everything = hearable_types([*ROLE_OF_GROUP])
    assert everything == [event.type for event in EVENTS if event.topic != NOTIFICATIONS]
