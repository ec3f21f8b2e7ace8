"""What stands around every page: toasts that break no policy, and the palette."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from models.sales.commands import create_client
from models.shared.transactions import transaction
from tests.factories.office import MOST_CAPABLE, SmallOffice, key_for
from tests.factories.routes import address_of
from tests.factories.sales import make_client_facts
from tests.orders.inventory_stand_in import inventory
from tests.shared.test_unsent_forms import Desk, desk
from tests.web_client import known_people, sign_in

__all__ = ["desk", "inventory"]


@pytest.mark.parametrize("uid", ["jim.halpert", "darryl.philbin"])
def test_toasts_of_every_kind_leave_the_console_clean(uid: str, desk: Callable[[str], Desk]):
    page = desk(uid).page
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{error}"))
    for path in ("/", "/wuphf"):
        page.goto(path)
        for kind in ("good", "bad", "wait", "info"):
            page.evaluate(
                "(kind) => document.dispatchEvent(new CustomEvent('toast',"
                " { detail: { text: `Of kind ${kind}`, kind, undo: '/wuphf/undo' } }))",
                kind,
            )
            expect(page.locator("#toasts")).to_contain_text(f"Of kind {kind}")
    assert said == []


AWAY = "Failed to load resource: the server responded with a status of 503"  # the directory


@pytest.mark.long
@pytest.mark.parametrize("uid", MOST_CAPABLE)
def test_the_console_is_clean_on_every_page(
    uid: str, desk: Callable[[str], Desk], small_office: SmallOffice
) -> None:
    """No script's error, no word from the policy, nothing missing on any page a person may see."""
    app, dsn = small_office
    client, page = sign_in(app, known_people()[uid]), desk(uid).page
    said: list[str] = []
    page.on("console", lambda each: said.append(each.text) if each.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"{error}"))
    found, seen = dict[str, list[str]](), 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/api/", "/live", "/auth/")):
            continue
        address = address_of(app, rule, "GET").replace("X-1", key_for(rule.rule, dsn))
        answer = client.get(address)
        is_page = answer.data[:200].lower().lstrip().startswith(b"<!doctype html>")
        if answer.status_code != 200 or not is_page:
            continue
        said.clear()
        page.goto(address)
        expect(page.locator("main")).to_be_visible()
        found[address] = [each for each in said if not each.startswith(AWAY)]
        seen += 1
    assert seen > 12, "too few pages were seen"
    assert {address: faults for address, faults in found.items() if faults} == {}


def test_the_palette_offers_what_is_at_hand_and_says_when_nothing_is_found(
    served: str, web_app: Flask, clean_database: str, chromium: Browser
) -> None:
    with transaction("sales", actor="jim.halpert") as session:
        number = create_client(session, make_client_facts(name="Laurel Run Hospice"))
    someone = Desk(SmallOffice(web_app, clean_database), chromium, served, "jim.halpert")
    page, palette = someone.page, someone.page.locator("#palette")
    page.goto(f"/sales/clients/{number}")
    page.keyboard.press("Control+k")
    expect(palette.locator("#palette-here")).to_contain_text("Edit")
    expect(palette.locator("#palette-recent")).not_to_contain_text(number)
    page.keyboard.press("Escape")
    page.goto("/")
    page.get_by_role("button", name="Search or run a command").first.click()
    expect(palette.locator("#palette-recent")).to_contain_text("Laurel Run Hospice")
    page.locator("#palette-ask").fill("zzz nowhere")
    offers = palette.locator("#palette-offers")
    expect(offers).to_contain_text("No results for “zzz nowhere”", timeout=20_000)
    expect(offers.get_by_role("option", name="New client")).to_be_visible()
    expect(offers.get_by_role("option", name="Open the search page")).to_have_attribute(
        "href", "/search?q=zzz%20nowhere"
    )
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    page.keyboard.press("Control+k")
    page.locator("#palette-ask").fill(number)
    expect(offers).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served}/sales/clients/{number}")
    someone.context.close()


def test_a_search_that_finds_nothing_says_so_and_offers(served: str, client_as) -> None:
    page = client_as("jim.halpert").get("/search?q=zzz+nowhere").text
    assert "No results for “zzz nowhere”" in page and "/sales/clients/new" in page
    assert "/sales/clients/new" not in client_as("roy.anderson").get("/search?q=zzz+nowhere").text
