"""From a stranger's card to a client with a first order; files with faults; two cards that are one; all by keyboard."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Someone
from tests.journeys.steps import drag, place_order

pytestmark = [pytest.mark.stack, pytest.mark.journey]


def write_down(someone: Someone, company: str, **more: str) -> str:
    """Fills and sends the form of a new lead; returns its number."""
    page = someone.open("/sales/leads/new")
    for label, value in {"Company": company, "Contact": "Ann Petrov", **more}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Source", exact=True).select_option("Cold call")
    page.get_by_role("button", name="Add the lead").click()
    page.wait_for_url(re.compile(r"/sales/leads/LD-\d+"))
    return page.url.rsplit("/", 1)[1]


def go_to_proposal(page: Page) -> None:
    for stage in ("Contacted", "Qualified", "Proposal"):
        page.locator(".moves").get_by_role("button", name=stage).click()
        expect(page.locator(".moves [aria-pressed=true]")).to_have_text(stage)


def test_a_card_becomes_a_client_with_a_first_order(arrive: Callable[..., Someone]) -> None:
    jim, michael = arrive("jim.halpert"), arrive("michael.scott")
    company = f"Journey Paper Mill {uuid.uuid4().hex[:6]}"
    number = write_down(jim, company, Mail=f"{uuid.uuid4().hex[:8]}@mill.example")
    page = jim.page
    page.get_by_label("What was said").fill("Met on the train, wants ivory.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Met on the train, wants ivory.")).to_be_visible()
    go_to_proposal(page)
    page.get_by_role("link", name="Convert to client").click()
    for label, value in {"Street": "1 Mill Lane", "City": "Moosic", "Postcode": "18507"}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Make it a client").dblclick()
    page.wait_for_url(re.compile(r"/sales/clients/CL-\d+"))
    client = page.url.rsplit("/", 1)[1]
    expect(page.get_by_role("link", name=company)).to_be_visible()
    page.get_by_role("link", name="New order").click()
    order = place_order(jim, client=client)
    page = jim.open(f"/sales/clients/{client}")
    expect(page.get_by_role("link", name=order)).to_be_visible()
    told = michael.open("/wuphf")
    expect(told.locator("main")).to_contain_text(company)
    assert number in jim.open(f"/sales/leads/{number}").content()


def test_a_file_with_faults_is_shown_first_and_then_taken(
    arrive: Callable[..., Someone], tmp_path: Path
) -> None:
    jim, mark = arrive("jim.halpert"), uuid.uuid4().hex[:6]
    file = tmp_path / "cards.csv"
    rows = (
        f"First {mark},Eve,eve@{mark}.example,Dwight Schrute",
        f"First {mark} Inc.,Eve,,",
        ",Nobody,,",
        f"Last {mark},Bo,wrong,Dwigt Schrute",
    )
    file.write_text("\n".join(("Company,Contact,Mail,Owner", *rows)))
    page = jim.open("/sales/leads/import")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("button", name="Create 1 lead")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Same company as line 2")).to_be_visible()
    expect(
        page.get_by_text("This is no mail address. Owner: Nobody in sales is called Dwigt Schrute.")
    ).to_be_visible()
    page.get_by_role("button", name="Create 1 lead").click()
    expect(page.get_by_text("1 lead was created")).to_be_visible(timeout=60_000)
    expect(
        jim.open(f"/sales/leads?q={mark}").get_by_role("link", name=f"First {mark}").first
    ).to_be_visible()


def test_two_cards_of_one_company_are_seen_while_typing_and_merged(
    arrive: Callable[..., Someone],
) -> None:
    jim, company = arrive("jim.halpert"), f"Twice {uuid.uuid4().hex[:6]}"
    first = write_down(jim, company)
    page = jim.open("/sales/leads/new")
    page.get_by_label("Company", exact=True).press_sequentially(f"{company}, Inc.")
    expect(page.locator("#alike").get_by_text(first)).to_be_visible()
    page.get_by_label("Source", exact=True).select_option("Referral")
    page.get_by_role("button", name="Add the lead").click()
    page.wait_for_url(re.compile(r"/sales/leads/LD-\d+"))
    page.get_by_role("link", name="Merge").click()
    page.get_by_role("button", name="Merge them").click()
    page.wait_for_url(re.compile(r"/sales/leads/LD-\d+$"))
    expect(page.get_by_text(f"Merged with {first}")).to_be_visible()


def test_a_card_moves_on_the_board_by_keyboard_alone(arrive: Callable[..., Someone]) -> None:
    jim, company = arrive("jim.halpert"), f"Keys only {uuid.uuid4().hex[:6]}"
    number = write_down(jim, company)
    page = jim.open(f"/sales/leads/board?q={company.replace(' ', '+')}")
    tile = page.locator(f"#tile-{number}")
    tile.get_by_role("link").focus()
    page.keyboard.press("m")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Converted").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("no proposal yet")
    dialog.get_by_role("button", name="Contacted").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-stage=contacted] #tile-{number}")).to_be_visible()
    expect(tile.get_by_role("link")).to_be_focused()


def test_the_column_that_refuses_a_dragged_card_says_why(arrive: Callable[..., Any]) -> None:
    jim, company = arrive("jim.halpert"), f"Dragged {uuid.uuid4().hex[:6]}"
    number = write_down(jim, company)
    page = jim.open(f"/sales/leads/board?q={company.replace(' ', '+')}")
    for stage in ("proposal", "contacted"):
        drag(
            page,
            page.locator(f"#tile-{number}"),
            page.locator(f".stage[data-stage={stage}] .stage-cards"),
        )
        if stage == "proposal":
            expect(page.locator(".stage[data-stage=proposal] .refusal")).to_contain_text(
                "next stage is Contacted"
            )
    expect(page.locator(f".stage[data-stage=contacted] #tile-{number}")).to_be_visible()
