"""What people set for themselves, and administrators for all, seen to act: in Chromium, on the whole stack."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browsers import Arrive, Someone
from tests.factories.files import make_photo
from tests.pages.frame import Palette, should_fit, should_have_theme
from tests.pages.orders import place_order
from tests.pages.profile import (
    CompanySettings,
    Directory,
    OwnPage,
    Preferences,
    SavedViews,
    change_view,
)
from tests.pages.wuphf import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.journey]
OFFICE, TOKYO = "America/New_York", "Asia/Tokyo"


@pytest.fixture
def pam(arrive: Arrive) -> Iterator[Someone]:
    """Pam, who sets everything back at the end: the other journeys meet her as she was."""
    someone = arrive("pam.beesly", color_scheme="light")
    yield someone
    save(someone, theme="auto", zone=OFFICE, start="")


def save(someone: Someone, *, theme: str, zone: str, start: str) -> None:
    """Saves these preferences by the form."""
    preferences = Preferences.open(someone)
    preferences.choose_theme(theme)
    someone.page.get_by_label("Time zone").select_option(zone)
    someone.page.get_by_label("Start page").select_option(start)
    preferences.save()


def test_theme_clock_and_first_page_are_as_one_set_them(pam: Someone, arrive: Arrive) -> None:
    day_there = (
        "new Date().toLocaleDateString('en-US', "
        "{timeZone: 'Asia/Tokyo', weekday: 'long', day: 'numeric', month: 'long'})"
    )
    save(pam, theme="dark", zone=TOKYO, start="wuphf.inbox")
    should_have_theme(pam.page, "dark")
    page = pam.open("/")
    day = page.evaluate(day_there)
    expect(page.get_by_role("main").get_by_text(day, exact=True)).to_be_visible()
    elsewhere = arrive("pam.beesly", by_form=True, color_scheme="light")
    elsewhere.page.wait_for_url("**/wuphf*")
    should_have_theme(elsewhere.page, "dark")


@pytest.mark.long
def test_a_picture_is_seen_by_everybody(arrive: Arrive) -> None:
    pam, jim = arrive("pam.beesly"), arrive("jim.halpert")
    own = OwnPage.open(pam)
    own.set_picture(make_photo("../me.jpg", size=(900, 600)))
    picture = Directory.open(jim, "pam").people.locator("img.face")
    expect(picture).to_have_js_property("naturalWidth", 256)
    own.remove_picture()


@pytest.mark.long
def test_one_finds_a_colleague_as_one_types_and_their_place_in_the_chart(arrive: Arrive) -> None:
    jim = arrive("jim.halpert", viewport={"width": 390, "height": 800})
    directory = Directory.open(jim)
    directory.search.press_sequentially("schrute")
    expect(directory.people).to_have_count(1)
    expect(jim.page).to_have_url(re.compile(r"q=schrute"))
    jim.page.get_by_role("link", name="Dwight Schrute").click()
    expect(jim.page.get_by_role("heading", name="Dwight Schrute")).to_be_visible()
    chart = jim.open("/profile/people/chart")
    third_row = chart.get_by_role("main").locator(
        "li li li li"
    )  # he reports to the third from the top
    expect(third_row.get_by_role("link", name="Dwight Schrute")).to_be_visible()
    should_fit(chart, 390)


def test_the_palette_does_it_all_by_keyboard(arrive: Arrive) -> None:
    page = arrive("jim.halpert", color_scheme="light").open("/")
    palette, keys = Palette(page), page.keyboard
    palette.ask("schrute")
    palette.mark(palette.found.filter(has_text="Dwight Schrute"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Dwight Schrute")).to_be_visible()
    palette.run("dark theme")
    should_have_theme(page, "dark")
    palette.run("system theme")
    should_have_theme(page, "auto")
    palette.ask("new expense")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/expenses/[^/]+/edit$"))
    page.go_back()
    keys.press("g")
    keys.press("o")
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys.press("Escape")
    keys.press("n")
    expect(page).to_have_url(re.compile("/orders/new"))


@pytest.mark.long
def test_what_an_area_finds_late_leaves_the_mark_where_it_was_seen(
    arrive: Arrive, stack: Any
) -> None:
    page, waiting = arrive("jim.halpert").open("/"), []
    page.route(
        "**/search/sales.search_leads*", lambda late: waiting.append(late)
    )  # playwright sets attributes on what it calls
    palette = Palette(page)
    marked = palette.found.and_(palette.marked)
    with psycopg.connect(f"{stack.admin_dsn}/dundermifflin") as holder:
        holder.execute("LOCK TABLE sales.lead IN ACCESS EXCLUSIVE MODE")
        palette.ask("schrute farms")
        expect(page.get_by_text("Searching Leads…")).to_be_visible()
        expect(marked).to_contain_text("CL-")
        holder.rollback()
    for late in waiting:
        late.continue_()
    expect(palette.found.first).not_to_contain_text("CL-")
    expect(marked).to_contain_text("CL-")
    page.keyboard.press("ArrowUp")
    expect(marked).not_to_contain_text("CL-")


@pytest.mark.long
def test_enter_opens_the_record_whose_number_was_typed_whichever_area_answers_first(
    arrive: Arrive, stack: Any
) -> None:
    jim = arrive("jim.halpert")
    number = place_order(jim, cases=1).number
    page = jim.open("/")
    palette = Palette(page)
    with psycopg.connect(f"{stack.admin_dsn}/dundermifflin") as holder:
        holder.execute('LOCK TABLE orders."order" IN ACCESS EXCLUSIVE MODE')
        palette.ask(number)
        expect(page.get_by_text("Searching Orders…")).to_be_visible()
        expect(palette.marked).to_contain_text("SH-")
        holder.rollback()
    expect(palette.marked).to_contain_text(number)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(number))


@pytest.mark.long
def test_a_view_has_a_name_and_the_list_opens_with_it(arrive: Arrive) -> None:
    jim = arrive("jim.halpert")
    page = jim.open("/inventory/products")
    page.get_by_role("searchbox", name="Search products").press_sequentially("card")
    expect(page).to_have_url(re.compile(r"q=card"))
    views = SavedViews(page)
    views.save("Cardstock")
    change_view(jim, "Cardstock", "Set as default")
    expect(page.get_by_text("Default view", exact=True)).to_be_visible()
    page.get_by_role("link", name="Products").first.click()
    expect(page).to_have_url(re.compile(r"/inventory/products\?q=card"))
    change_view(jim, "Cardstock", "Delete view")
    expect(views.link("Cardstock")).to_have_count(0)


def test_what_an_administrator_sets_acts_in_another_service_without_a_restart(
    arrive: Arrive,
) -> None:
    nick, pam = arrive("nick.reyes"), arrive("pam.beesly")
    for days, before in (("45", "90"), ("90", "45")):
        CompanySettings.open(nick).change("Keep notifications", before, days, by="Nick Reyes")
        Inbox.open(pam).await_retention(days)
    history = nick.open("/profile/settings/notification_retention_days")
    newest = history.get_by_role("main").get_by_role("row").nth(1)
    expect(newest).to_contain_text("45 days")
