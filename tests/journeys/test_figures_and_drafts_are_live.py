"""Charts and the list of drafts follow what happens while one looks at them."""

import re
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import Arrive
from tests.pages.frame import Bell
from tests.pages.orders import CLIENT, OrderForm, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]


class OrderCharts(NamedTuple):
    """The page of charts; the table under a chart has what its bars show."""

    page: Page

    def orders_of_this_week(self) -> int:
        """How many orders the last row of the table counts."""
        return int(self.last_count.inner_text().replace(",", ""))

    @property
    def last_count(self) -> Locator:
        """The cell of the current week."""
        return self.page.locator("#orders-count tbody tr").last.locator("td").last


def test_charts_and_drafts_show_an_order_from_its_first_letter_on(arrive: Arrive) -> None:
    jim, michael = arrive("jim.halpert"), arrive("michael.scott")
    charts = OrderCharts(michael.open("/orders/charts"))
    Bell(charts.page).should_be_live()
    charts.page.locator("#orders-count summary").click()
    before = charts.orders_of_this_week()
    drafts = jim.open("/orders/drafts", jim.new_tab())
    Bell(drafts).should_be_live()
    count = drafts.locator(".head-count")
    drafts_before = int(count.inner_text())

    form = OrderForm.open(jim)
    form.fill(cases=3)
    form.should_say("Draft saved")
    expect(count).to_have_text(str(drafts_before + 1))
    expect(drafts.locator("#drafts-list")).to_contain_text(CLIENT)

    form.place()
    expect(count).to_have_text(str(drafts_before))
    place_order(jim)
    expect(charts.last_count).to_have_text(re.compile(rf"^{before + 2}$"))
    expect(charts.page.locator("#orders-count details")).to_have_attribute("open", "")
