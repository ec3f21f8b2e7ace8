"""A product's page tells how its stock came to be: balances, days, prices."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from models.inventory.products import ProductChange, change_product
from models.inventory.receipts import receive_goods
from models.inventory.stock_history import stock_over_time
from models.shared import clock
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Office, add_product
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
PAGE = "/inventory/products/A"


def test_stock_is_told_by_day_from_the_first_entry_on_and_by_week_of_a_long_time(office: Office):
    with clock.at(NOW - timedelta(days=3)):
        add_product("A", 30)
    with clock.at(datetime(2026, 11, 24, 4, 59, tzinfo=UTC)):  # still Monday in Scranton
        office.place(Ordered("A", cases=4))
    with clock.at(NOW), reading("inventory") as session:
        days, weeks = (stock_over_time(session, "A", span) for span in (8, 26))
        assert stock_over_time(session, "none", 8)[0][1:] == (0, 0, 0, 0)
    assert [(f"{each.day:%d}", *each[1:], each.available) for each in days] == [
        ("22", 30, 0, 30, 0, 30),
        ("23", 30, 4, 0, 0, 26),
        ("24", 30, 4, 0, 0, 26),
        ("25", 30, 4, 0, 0, 26),
    ]
    assert [(f"{each.day:%d}", *each[1:]) for each in weeks] == [
        ("16", 30, 0, 30, 0),
        ("23", 30, 4, 0, 0),
    ]


def test_a_products_page_has_balances_figures_and_prices(office: Office, client_as):
    with clock.at(NOW - timedelta(days=90)):
        add_product("A", 5)
    with clock.at(NOW - timedelta(days=2)):
        for _ in range(25):
            with transaction("inventory", actor="darryl.philbin") as session:
                receive_goods(session, "A", 1)
        office.place(Ordered("A", cases=32))
        with transaction("inventory", actor="michael.scott") as session:
            new = ProductChange(
                name="Paper A",
                unit_price=Decimal("42.79"),
                location="Aisle 4",
                reorder_point=0,
                reorder_quantity=0,
            )
            change_product(session, "A", new, 1)
    with clock.at(NOW):
        darryl, pam = client_as("darryl.philbin"), client_as("pam.beesly")
        page, fragment = ServedPage(darryl.get(PAGE)), darryl.get(f"{PAGE}/stock", headers=PARTIAL)
        assert page.row("Reserved")[-4:] == ["–", "30", "+30", "30"]
        assert "2 cases" in page.text and "25 cases received" in page.text
        assert page.section("Price history").text.startswith("Price history USD per case 42.79")
        assert "+10.0% from 38.90" in page.section("Price history").text
        assert page.has("figure[data-chart=line]") and "Reorder at" in fragment.text
        older = ServedPage(darryl.get(page.link("Older")))
        assert older.row("Received")[-4:] == ["+1", "6", "–", "0"], (
            "page two goes on where one ended"
        )
        assert len(page.first(".list-stock").texts("tbody tr")) == 57
        year = ServedPage(darryl.get(page.link("1 year")))
        assert "30 cases received" in year.text
        assert ServedPage(darryl.get(f"{PAGE}?weeks=9999999")).has("[aria-current]")
        assert "/inventory/locations/" in page.html
        assert "/inventory/locations/" not in pam.get(PAGE).text, "she may not open one"
        rows = list(csv.reader(io.StringIO(darryl.get(f"{PAGE}/ledger.csv").text)))
    assert rows[0][-2:] == ["On hand after", "Reserved after"]
    assert rows[1][-2:] == ["30", "30"] and rows[-1][-2:] == ["5", "0"]
