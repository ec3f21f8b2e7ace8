"""Charts of orders and the order on paper."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.orders.commands import request_cancellation
from models.orders.figures import (
    booked_by_person,
    booked_by_product,
    figures_of_client,
    weeks_of_orders,
)
from models.orders.tables import OrderLine
from models.orders.vocabulary import Status
from models.shared import clock
from models.shared.transactions import reading, transaction
from tests.factories.orders import Ordered, Packed, Reserved, Wire, make_reservation, make_shipment
from tests.pages.served import ServedPage
from tests.printed import Printed

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def test_figures_count_what_is_booked_by_the_offices_weeks(wire: Wire, place) -> None:
    with clock.at(NOW - timedelta(weeks=20)):
        place(Ordered("CP-20-LTR", cases=9))
    with clock.at(NOW - timedelta(weeks=1)):
        place(Ordered("CP-20-LTR", cases=2), actor="dwight.schrute")
    with clock.at(datetime(2026, 11, 23, 4, 59, tzinfo=UTC)):  # still Sunday in Scranton
        place(Ordered("CS-110-IV", cases=1))
    with clock.at(NOW):
        place(Ordered("CS-110-IV", cases=2), discount_percent=Decimal(50))  # waits for approval
    with clock.at(NOW), reading("orders") as session:
        weeks, people, products = (
            weeks_of_orders(session),
            booked_by_person(session),
            booked_by_product(session),
        )
    assert [(week.orders, week.worth) for week in weeks[-2:]] == [
        (2, Decimal("119.00")),
        (0, Decimal(0)),
    ]
    assert len(weeks) == 12 and weeks[-1].monday.isoformat() == "2026-11-23"
    assert [(row.owner, row.orders) for row in people] == [
        ("dwight.schrute", 1),
        ("jim.halpert", 1),
    ]
    assert [(row.sku, row.cases) for row in products] == [("CP-20-LTR", 2), ("CS-110-IV", 1)]


def test_the_way_to_delivery_is_a_median_in_days(wire: Wire, place) -> None:
    with clock.at(datetime(2026, 11, 18, 14, 0, tzinfo=UTC)):
        number = place(Ordered("CP-20-LTR", cases=3))
    wire.deliver(
        "dm.inventory.reservation.made.v1",
        make_reservation(number, Reserved(line=1, cases=3, short=0)),
    )
    wire.deliver(
        "dm.inventory.shipment.dispatched.v1", make_shipment(number, Packed(line=1, cases=3))
    )
    wire.deliver(
        "dm.inventory.shipment.delivered.v1", make_shipment(number, Packed(line=1, cases=3))
    )
    with clock.at(NOW), reading("orders") as session:
        days = [week.days for week in weeks_of_orders(session)]
    assert round(days[-2] or 0, 2) == 2.0 and days[-1] is None


def test_a_client_is_shown_by_year_with_what_is_open_and_its_credit(
    wire: Wire, place, client_as
) -> None:
    for day, cases in (
        (datetime(2024, 12, 31, tzinfo=UTC), 50),
        (datetime(2025, 11, 1, tzinfo=UTC), 2),
        (datetime(2025, 12, 31, 22, tzinfo=UTC), 3),
        (datetime(2026, 1, 1, 4, 59, tzinfo=UTC), 4),  # still the old year in Scranton
        (NOW - timedelta(days=1), 8),
    ):
        with clock.at(day):
            number = place(Ordered("CP-20-LTR", cases=cases))
    with clock.at(NOW):
        place(Ordered("CP-20-LTR", cases=1), discount_percent=Decimal(50))  # waits for approval
        with transaction("orders", actor="jim.halpert") as session:
            request_cancellation(session, number, "Typed twice", 1, may_cancel_any=False)
    wire.deliver("dm.inventory.reservation.released.v1", {"order_number": number, "lines": []})
    price = Decimal("38.90")
    with clock.at(NOW), reading("orders") as session:
        found = figures_of_client(session, "CL-1001")
        assert figures_of_client(session, "CL-9")[1:] == (0, 0, 0, 0, 0, None)
    assert found[:5] == (2026, 0, 9 * price, 2 * price, 5), "cancelled orders do not count"
    assert found.last == datetime(2026, 1, 1, 4, 59, tzinfo=UTC)
    with clock.at(NOW):
        jim = client_as("jim.halpert")
        card = ServedPage(jim.get("/orders/of-client/CL-1001"))
        assert "Revenue in 2025" in card.text and "$350.10" in card.text
        assert "−100% on last year to date" in card.text
        assert "Credit used $2,295.10 of $25,000.00" in card.text and "$22,704.90 left" in card.text
        listed = jim.get(card.link("Show in the list")).text
        assert listed.count('name="number"') == 6 and "CL-1001" in listed
        assert jim.get("/orders/?client=CL-1002").text.count('name="number"') == 0
        assert jim.get("/orders/?client=<b>").text.count('name="number"') == 6, "no client's number"
    assert client_as("toby.flenderson").get("/orders/of-client/CL-1001").status_code == 403


def test_the_charts_have_their_tables(wire: Wire, place, client_as) -> None:
    place(Ordered("CP-20-LTR", cases=2))
    page = ServedPage(client_as("jim.halpert").get("/orders/charts"))
    assert len(page.texts("canvas")) == page.text.count("As a table") == 5
    assert "77.80" in page.text
    assert client_as("pam.beesly").get("/orders/charts").status_code == 403


def test_an_order_is_a_pdf_one_can_send(wire: Wire, place, client_as) -> None:
    number = place(
        Ordered("CP-20-LTR", cases=2),
        Ordered("CS-110-IV", cases=1),
        discount_percent=Decimal(5),
        purchase_order="<b>PR & 1</b>",
    )
    answer = client_as("jim.halpert").get(f"/orders/{number}/order.pdf")
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline"), "it opens in the browser"
    printed = Printed(answer.data, "order-confirmation")
    missing = printed.first_missing(
        "Dunder Mifflin Paper Company",
        "1725 Slough Avenue, Scranton, PA 18505 · (570) 555-0100",
        f"Order confirmation {number}",
        "Order date",
        "Your purchase order",
        "<b>PR & 1</b>",
        "Your contact",
        "Jim Halpert",
        "Payment terms",
        "Net 30 days",
        "Bill to",
        "Pine Ridge School District",
        "Dan Ferreira",
        "40 Quarry Road",
        "Old Forge, PA 18518",
        "570 555 0142",
        "dan@pineridge.example",
        "Ship to",
        "Pine Ridge School District",
        "Product SKU Cases Price Amount",
        "Discount, 5% −$5.95",
        "Total $113.05",
        "Terms",
        "Payment is due within 30 days of the invoice.",
        f"Order confirmation {number} Page 1 of 1",
    )
    assert missing == "", printed.text
    assert printed.reader.metadata.title == f"Order confirmation {number}"
    assert f"QR code of {number}" in printed.alternatives()


def test_an_order_confirmation_says_what_is_back_ordered(wire: Wire, place, client_as) -> None:
    number = place(Ordered("CP-20-LTR", cases=10), Ordered("CS-110-IV", cases=1))
    jim = client_as("jim.halpert")
    assert "ack-order" not in Printed(jim.get(f"/orders/{number}/order.pdf").data).text
    held = make_reservation(number, Reserved(1, cases=6, short=4), Reserved(2, cases=1, short=0))
    wire.deliver("dm.inventory.reservation.made.v1", held)
    printed = Printed(jim.get(f"/orders/{number}/order.pdf").data, "order-with-back-orders")
    assert "4 of 10 cases back-ordered" in printed.text
    assert "Back-ordered cases ship as soon as they are in stock" in printed.text
    assert "Your purchase order" not in printed.text, "it has none"


def test_an_order_of_many_lines_repeats_its_head_on_numbered_sheets(
    wire: Wire, place, client_as
) -> None:
    number = place(Ordered("CP-20-LTR", cases=2))
    with transaction("orders", actor="service:test") as session:
        line = {"order_number": number, "unit_price": 0, "ordered": 1, "name": "Cardstock, ivory"}
        session.add_all(OrderLine(line=n, sku=f"CS-{n}", **line) for n in range(2, 61))
    printed = Printed(client_as("jim.halpert").get(f"/orders/{number}/order.pdf").data, "60-lines")
    count = len(printed.texts)
    assert count > 1 and printed.text.count("Cardstock, ivory") == 59
    for n, text in enumerate(printed.texts, start=1):
        assert f"Order confirmation {number} Page {n} of {count}" in text
        assert ("Product SKU Cases Price Amount" in text) == ("Cardstock, ivory" in text)


@pytest.mark.parametrize(("percent", "is_sold"), [(5, True), (15, False)])
def test_paper_says_of_an_order_that_it_is_not_sold(
    wire: Wire, place, client_as, percent: int, is_sold: bool
) -> None:
    number = place(Ordered("CP-20-LTR", cases=2), discount_percent=Decimal(percent))
    jim = client_as("jim.halpert")
    text = Printed(jim.get(f"/orders/{number}/order.pdf").data).text
    said = f"{Status.AWAITING_APPROVAL.label}: this is not an order confirmation."
    assert (said not in text) is is_sold
    assert (f"Order confirmation {number}" in text) is is_sold and f" {number}" in text
