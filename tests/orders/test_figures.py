"""Charts of orders and the order on paper."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from models.orders.figures import booked_by_person, booked_by_product, weeks_of_orders
from models.shared import clock
from models.shared.transactions import reading
from tests.factories.orders import Ordered, Packed, Reserved, Wire, make_reservation, make_shipment
from tests.pages.served import ServedPage

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
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert (
        number in text
        and "Pine Ridge School District" in text
        and "113.05" in text
        and "<b>PR & 1</b>" in text
    )


@pytest.mark.parametrize(("percent", "is_sold"), [(5, True), (15, False)])
def test_paper_says_of_an_order_that_it_is_not_sold(
    wire: Wire, place, client_as, percent: int, is_sold: bool
) -> None:
    number = place(Ordered("CP-20-LTR", cases=2), discount_percent=Decimal(percent))
    jim = client_as("jim.halpert")
    pages = PdfReader(io.BytesIO(jim.get(f"/orders/{number}/order.pdf").data)).pages
    text = "".join(page.extract_text() for page in pages)
    assert ("Waits for approval" not in text) is is_sold
    shown = ServedPage(jim.get(f"/orders/{number}/print")).first("article").text
    assert number in shown and ("Waits for approval" not in shown) is is_sold
