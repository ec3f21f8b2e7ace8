"""The inbox under a thumb, and the bell under two hands on a keyboard."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.shared.test_lists import DARRYL, JIM, office
from tests.shared.test_lists_in_a_browser import page_of

__all__ = ["office", "page_of"]
PHONE = {"width": 390, "height": 844}
THUMB = 44  # pixels, as platforms recommend for what a finger presses


def should_fit_a_thumb(control: Locator) -> None:
    """It is shown, within the screen's width, and large enough."""
    expect(control).to_be_visible()
    box = control.bounding_box()
    assert box is not None
    assert box["width"] >= THUMB and box["height"] >= THUMB, (control, box)
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], (control, box)


def test_on_a_phone_a_row_is_worked_and_taken_back_by_a_thumb(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of(JIM, "/wuphf")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    rows = page.locator("#inbox-rows > .wu")
    first = rows.first
    name, count = first.get_attribute("id"), rows.count()
    acts = first.locator(".wu-acts > button, .wu-snooze > summary")
    expect(acts).to_have_count(4)
    for act in acts.all():
        should_fit_a_thumb(act)
    first.locator(".wu-snooze > summary").click()
    should_fit_a_thumb(first.get_by_role("button", name="Tomorrow"))
    page.keyboard.press("Escape")

    should_fit_a_thumb(first.locator(".wu-pick"))
    first.locator(".wu-pick").click()
    bulk = page.get_by_role("toolbar", name="Selected notifications")
    should_fit_a_thumb(bulk.get_by_role("button", name="Mark as read", exact=True))
    first.locator(".wu-pick").click()
    expect(bulk).to_be_hidden()

    first.get_by_role("button", name="Archive").click()
    expect(page.locator(f"#{name}")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    should_fit_a_thumb(undo)
    undo.click()
    expect(rows).to_have_count(count)
    expect(page.locator(f"#{name}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_bell_is_opened_worked_and_left_by_keys(page_of: Callable[[str, str], Page]) -> None:
    page = page_of(DARRYL, "/")
    panel, keys = page.locator("#bell-panel"), page.keyboard
    expect(page.locator("#home-parcels")).to_be_visible()
    keys.press("b")
    expect(panel).to_be_visible()
    expect(panel.locator(":focus")).to_have_count(1)

    picked = panel.get_by_role("button", name=re.compile(r"^Pick\b")).first
    row = panel.locator("li:has([data-key=a])").first
    row.locator(".wu-t a").focus()
    keys.press("a")
    expect(picked).to_be_focused()
    keys.press("a")
    expect(panel.locator("li:has([data-key=a])")).to_have_count(0)
    expect(panel.locator(":focus")).to_have_count(1)

    panel.get_by_role("button", name="Mark all as read").focus()
    keys.press("Enter")
    expect(page.locator(".toast-slip form button")).to_be_visible()
    expect(panel.locator(":focus")).to_have_count(1)
    keys.press("z")
    expect(page.locator(".toast-slip").filter(has_text="restored")).to_be_visible()
    keys.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("#bell")).to_be_focused()
    keys.press("b")
    expect(panel).to_be_visible()
    keys.press("b")
    expect(panel).to_be_hidden()


def test_the_keys_that_are_listed_work_on_this_page(page_of: Callable[[str, str], Page]) -> None:
    page = page_of(JIM, "/wuphf")
    keys = page.locator("#shortcuts dt:visible")
    page.keyboard.press("?")
    assert {"b", "x", "e", "z", "j"} <= set(keys.all_inner_texts())
    assert "m" not in keys.all_inner_texts()
    page.keyboard.press("Escape")
    page.goto("/profile/me")
    page.keyboard.press("?")
    assert "b" in keys.all_inner_texts()
    assert not {"x", "e", "m", "/"} & set(keys.all_inner_texts())
