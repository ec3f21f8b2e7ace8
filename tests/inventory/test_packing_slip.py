"""The packing slip: what is in the shipment, where it goes, who packed it, and what is still to come."""

import pytest

from tests.factories.inventory import Office, add_product
from tests.factories.orders import Ordered
from tests.printed import Printed

WHERE = {"street": "725 Spruce Street", "city": "Scranton", "state": "PA", "postcode": "18503"}


@pytest.fixture
def darryl(office: Office, client_as):
    return client_as("darryl.philbin")


def test_a_packing_slip_can_go_with_the_goods(darryl, office: Office, published):
    for sku, cases in (("A", 5), ("B", 0), ("C", 9)):
        add_product(sku, cases)
    lines = (Ordered("A", cases=8), Ordered("B", cases=1), Ordered("C", cases=2))
    office.place(*lines, deliver_to=WHERE, purchase_order="PO-7731 & Co")
    shipment = published("shipment.created")[0]["shipment_number"]
    address = f"/inventory/shipments/{shipment}"
    darryl.post(f"{address}/pick", data={"version": "1"})
    darryl.post(f"{address}/pack", data={"version": "2"})
    answer = darryl.get(f"{address}/slip.pdf")
    assert answer.headers["Content-Disposition"].startswith("inline"), "it opens in the browser"
    printed = Printed(answer.data, "packing-slip")
    missing = printed.first_missing(
        "Dunder Mifflin Paper Company",
        "1725 Slough Avenue, Scranton, PA 18505 · (570) 555-0100",
        f"Packing slip {shipment}",
        "Order",
        "DM-100001",
        "Your purchase order",
        "PO-7731 & Co",
        "Your contact",
        "Jim Halpert",
        "Packed by",
        "Darryl Philbin",
        "Carrier",
        "Not assigned yet",
        "Ship to",
        "Pine Ridge",
        "725 Spruce Street",
        "Scranton, PA 18503",
        "Ship from",
        "Product SKU Ordered In this shipment Back-ordered",
        "Paper A A 8 5 3",
        "Paper C C 2 2 –",
        "Cases in this shipment 7",
        "Back-orders",
        "3 cases of Paper A (A)",
        "1 case of Paper B (B)",
        "Received by Date",
        f"Packing slip {shipment} Page 1 of 1",
    )
    assert missing == "", printed.text
    assert printed.reader.metadata.title == f"Packing slip {shipment}"
    assert f"QR code of {shipment}" in printed.alternatives()


def test_a_complete_shipment_has_no_back_orders_and_a_cancelled_one_must_not_ship(
    darryl, office: Office, published
):
    add_product("A", 5)
    order = office.place(Ordered("A", cases=2))
    address = f"/inventory/shipments/{published('shipment.created')[0]['shipment_number']}/slip.pdf"
    before = Printed(darryl.get(address).data).text
    assert "Back-orders" not in before and "do not ship" not in before
    assert "Your purchase order" not in before, "the client gave none"
    office.give_up(order)
    assert "do not ship" in Printed(darryl.get(address).data).text
