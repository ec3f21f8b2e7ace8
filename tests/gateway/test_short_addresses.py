"""Addresses that people type lead to the page they mean."""

import pytest

from tests.factories.routes import product
from webapp.shared.manifest import Registry


def leads_to(typed: str, method: str = "GET") -> str | None:
    answer = product().test_client().open(typed, method=method)
    return answer.location if answer.status_code == 308 else None


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("/leads", "/sales/leads"),
        ("/leads/", "/sales/leads"),
        ("/clients?q=school&page=2", "/sales/clients?q=school&page=2"),
        ("/clients/CL-1001", "/sales/clients/CL-1001"),
        ("/leads/new", "/sales/leads/new"),
        ("/inbox", "/wuphf"),
        ("/directory/", "/profile/people"),
        ("/shipments", "/inventory/shipments/"),
        ("/shipments/SH-20211", "/inventory/shipments/SH-20211"),
        ("/DM-100209", "/orders/DM-100209"),
        ("/dm-100209/", "/orders/DM-100209"),
        ("/SH-20211", "/inventory/shipments/SH-20211"),
        ("/EX-2067", "/expenses/EX-2067"),
        ("/rc-1001", "/inventory/receipts/RC-1001"),
        ("/GR-3001", "/inventory/receipts/GR-3001"),
        ("/home", "/"),
    ],
)
def test_a_typed_address_leads_to_the_page_it_means(typed: str, page: str) -> None:
    assert leads_to(typed) == page
    assert leads_to(typed, "HEAD") == page
    assert leads_to(typed, "POST") is None


@pytest.mark.parametrize(
    "typed",
    ["/nothing", "/XX-1", "/DM-", "/DM-１２", "//evil.example/leads", "/leads/../../x", "/static"],
)
def test_an_address_that_means_nothing_stays_unknown(typed: str) -> None:
    assert leads_to(typed) is None


def test_every_short_address_and_every_number_has_its_page() -> None:
    registry: Registry = product().extensions["registry"]
    assert len(registry.addresses) > 10 and len(registry.prefixes) == 10
    assert {name for name in registry.addresses if not leads_to(f"/{name}")} == set()
    assert {prefix for prefix in registry.prefixes if not leads_to(f"/{prefix}-1")} == set()
