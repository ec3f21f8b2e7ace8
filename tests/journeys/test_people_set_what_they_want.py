"""What people set for themselves, and administrators for all, seen to act: in Chromium, on the whole stack."""

import io
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browsers import Someone

pytestmark = [pytest.mark.stack, pytest.mark.journey]
OFFICE, TOKYO = "America/New_York", "Asia/Tokyo"


@pytest.fixture
def pam(arrive: Callable[..., Someone]) -> Any:
    """Pam, who sets everything back at the end: the other journeys meet her as she was."""
    someone = arrive("pam.beesly", color_scheme="light")
    yield someone
    save(someone, theme="auto", zone=OFFICE, start="")


def save(someone: Someone, *, theme: str, zone: str, start: str) -> None:
    page = someone.open("/profile/preferences")
    page.locator(".seg-form label", has_text=theme.capitalize()).click()
    page.get_by_label("Time zone").select_option(zone)
    page.get_by_label("Begin with").select_option(start)
    page.get_by_role("button", name="Save the preferences").click()
    expect(page.get_by_text("Saved, and in use already.")).to_be_visible()


def test_theme_clock_and_first_page_are_as_one_set_them(
    pam: Someone, arrive: Callable[..., Someone]
) -> None:
    day_there = (
        "new Date().toLocaleDateString('en-GB', "
        "{timeZone: 'Asia/Tokyo', weekday: 'long', day: 'numeric', month: 'long'})"
    )
    save(pam, theme="dark", zone=TOKYO, start="wuphf.inbox")
    expect(pam.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page = pam.open("/")
    expect(page.locator(".head-home .head-sub")).to_have_text(
        page.evaluate(day_there).replace(",", "")
    )
    elsewhere = arrive("pam.beesly", color_scheme="light")  # another browser, signed in by hand
    elsewhere.page.wait_for_url("**/wuphf*")
    expect(elsewhere.page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_picture_is_seen_by_everybody(arrive: Callable[..., Someone]) -> None:
    pam, jim = arrive("pam.beesly"), arrive("jim.halpert")
    photo = io.BytesIO()
    Image.new("RGB", (900, 600), (120, 60, 30)).save(photo, "JPEG")
    page = pam.open("/profile")
    page.get_by_label("A JPEG, PNG or WebP file").set_input_files(
        {"name": "../me.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    page.get_by_role("button", name="Use this picture").click()
    expect(page.locator("header img.face")).to_be_visible()
    directory = jim.open("/profile/people?q=pam")
    picture = directory.locator("main img.face")
    expect(picture).to_have_js_property("naturalWidth", 256)
    page.get_by_role("button", name="Take the picture away").click()
    expect(page.locator("header span.face")).to_be_visible()


def test_one_finds_a_colleague_as_one_types_and_their_place_in_the_chart(
    arrive: Callable[..., Someone],
) -> None:
    jim = arrive("jim.halpert", viewport={"width": 390, "height": 800})
    page = jim.open("/profile/people")
    page.get_by_role("searchbox", name="Search people").press_sequentially("schrute")
    expect(page.locator("main .people li")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=schrute"))
    page.get_by_role("link", name="Dwight Schrute").click()
    expect(page.get_by_role("heading", name="Dwight Schrute")).to_be_visible()
    chart = jim.open("/profile/people/chart")
    expect(
        chart.locator(".chart-team .chart-team .chart-team a", has_text="Dwight Schrute")
    ).to_be_visible()
    assert chart.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_palette_does_it_all_by_keyboard(arrive: Callable[..., Someone]) -> None:
    jim = arrive("jim.halpert", color_scheme="light")
    page, keys = jim.page, jim.page.keyboard
    keys.press("Control+k")
    keys.type("schrute")
    found = page.locator("#palette-found [role=option]", has_text="Dwight Schrute")
    expect(found).to_be_visible()
    expect(page.locator("#palette .late")).to_have_count(0)
    while (
        found.get_attribute("aria-selected") != "true"
    ):  # the people were slow, and an area below them came first
        keys.press("ArrowUp")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Dwight Schrute")).to_be_visible()
    for command, theme in (("dark theme", "dark"), ("theme of this", "auto")):
        keys.press("Control+k")
        keys.type(command)
        expect(page.locator("#palette [role=option][aria-selected=true]")).to_contain_text(
            re.compile(command, re.IGNORECASE)
        )
        keys.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    keys.press("Control+k")
    keys.type("new expense")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/expenses/[^/]+/edit$"))
    page.go_back()
    keys.press("g")
    keys.press("o")
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    keys.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    keys.press("Escape")
    keys.press("n")
    expect(page).to_have_url(re.compile("/orders/new"))


def test_what_an_area_finds_late_leaves_the_mark_where_it_was_seen(
    arrive: Callable[..., Someone], stack: Any
) -> None:
    page, waiting = arrive("jim.halpert").page, []
    page.route(
        "**/search/sales.search_leads*", lambda late: waiting.append(late)
    )  # playwright sets attributes on what it calls
    marked = page.locator("#palette-found [aria-selected=true]")
    with psycopg.connect(f"{stack.admin_dsn}/dundermifflin") as holder:
        holder.execute("LOCK TABLE sales.lead IN ACCESS EXCLUSIVE MODE")
        page.keyboard.press("Control+k")
        page.keyboard.type("schrute farms")
        expect(page.get_by_text("Leads is still looking")).to_be_visible()
        expect(marked).to_contain_text("CL-")
        holder.rollback()
    for late in waiting:
        late.continue_()
    expect(page.locator("#palette-found").get_by_role("option").first).not_to_contain_text("CL-")
    expect(marked).to_contain_text("CL-")
    page.keyboard.press("ArrowUp")
    expect(marked).not_to_contain_text("CL-")


def test_a_view_has_a_name_and_the_list_opens_with_it(arrive: Callable[..., Someone]) -> None:
    jim = arrive("jim.halpert")
    page = jim.open("/inventory/products")
    page.get_by_role("searchbox", name="Search products").press_sequentially("card")
    expect(page).to_have_url(re.compile(r"q=card"))
    page.locator("[data-saved-views] summary").click()
    page.get_by_label("Name of the view").fill("Cardstock")
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("link", name="Cardstock", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    jim.open("/profile/views").get_by_role(
        "button", name="Open the list with it: Cardstock"
    ).click()
    expect(page.get_by_text("Opens the list", exact=True)).to_be_visible()
    page.get_by_role("link", name="Products").first.click()
    expect(page).to_have_url(re.compile(r"/inventory/products\?q=card"))
    jim.open("/profile/views").get_by_role("button", name="Remove: Cardstock").click()
    expect(page.get_by_role("link", name="Cardstock", exact=True)).to_have_count(0)


def test_what_an_administrator_sets_acts_in_another_service_without_a_restart(
    arrive: Callable[..., Someone],
) -> None:
    nick, pam = arrive("nick.reyes"), arrive("pam.beesly")
    for days, before in (("45", "90"), ("90", "45")):
        page = nick.open("/profile/settings")
        expect(page.get_by_label("Keep notifications")).to_have_value(before)
        page.get_by_label("Keep notifications").fill(days)
        page.get_by_role("button", name="Save the settings").click()
        expect(page.get_by_role("link", name=re.compile("Nick Reyes")).last).to_be_visible()
        expect(inbox_that_keeps(pam, days)).to_be_visible()
    history = nick.open("/profile/settings/notification_retention_days")
    expect(history.locator("main tbody tr").first).to_contain_text("45 days")


def inbox_that_keeps(someone: Someone, days: str) -> Any:
    """Pam's inbox, opened again until it says how long it keeps things now."""
    said = someone.page.get_by_text(re.compile(rf"\b{days} days\b")).first
    for _ in range(60):
        someone.open("/wuphf")
        if said.count():
            break
        someone.page.wait_for_timeout(500)
    return said
