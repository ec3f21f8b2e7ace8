"""From a stranger's card to a client with a first order; files with faults; two cards that are one; all by keyboard."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.browsers import Arrive
from tests.factories.files import make_csv, unique
from tests.pages.drag import drag
from tests.pages.orders import place_order
from tests.pages.sales import LeadBoard, LeadForm, LeadImport, LeadPage, create_lead
from tests.pages.wuphf import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.journey]


def test_a_card_becomes_a_client_with_a_first_order(arrive: Arrive) -> None:
    jim, michael = arrive("jim.halpert"), arrive("michael.scott")
    company = unique("Journey Paper Mill")
    lead = create_lead(jim, company, mail=f"{uuid.uuid4().hex[:8]}@mill.example")
    lead.add_note("Met on the train, wants ivory.")
    for stage in ("Contacted", "Qualified", "Proposal"):
        lead.move_to(stage)
    client = lead.convert(**{"Street": "1 Mill Lane", "City": "Moosic", "ZIP code": "18507"})
    expect(jim.page.get_by_role("link", name=company)).to_be_visible()
    jim.page.get_by_role("link", name="New order").click()
    order = place_order(jim, client=client).number
    page = jim.open(f"/sales/clients/{client}")
    expect(page.get_by_role("link", name=order)).to_be_visible()
    expect(Inbox.open(michael).main).to_contain_text(company)
    assert lead.number in LeadPage.open(jim, lead.number).page.content()


@pytest.mark.long
def test_a_file_with_faults_is_shown_first_and_then_taken(arrive: Arrive) -> None:
    jim, mark = arrive("jim.halpert"), uuid.uuid4().hex[:6]
    file = make_csv(
        "Company,Contact,Mail,Owner",
        f"First {mark},Eve,eve@{mark}.example,Dwight Schrute",
        f"First {mark} Inc.,Eve,,",
        ",Nobody,,",
        f"Last {mark},Bo,wrong,Dwigt Schrute",
    )
    found = LeadImport.look_at(jim, file)
    found.should_say("Same company as line 2", timeout=60_000)
    found.should_say("such as pam@example.com. Owner: No one in sales is named Dwigt Schrute.")
    found.create(1)
    leads = jim.open(f"/sales/leads?q={mark}")
    expect(leads.get_by_role("link", name=f"First {mark}").first).to_be_visible()


@pytest.mark.long
def test_two_cards_of_one_company_are_seen_while_typing_and_merged(arrive: Arrive) -> None:
    jim, company = arrive("jim.halpert"), unique("Twice")
    first = create_lead(jim, company).number
    form = LeadForm.open(jim)
    form.company.press_sequentially(f"{company}, Inc.")
    expect(form.duplicates.get_by_text(first)).to_be_visible()
    second = form.save("Referral")
    second.merge()
    expect(second.page.get_by_text(f"Merged {first} into this lead")).to_be_visible()


@pytest.mark.long
def test_a_card_moves_on_the_board_by_keyboard_alone(arrive: Arrive) -> None:
    jim, company = arrive("jim.halpert"), unique("Keys only")
    create_lead(jim, company)
    board = LeadBoard.open(jim, company)
    link = board.card(company).get_by_role("link")
    link.focus()
    jim.page.keyboard.press("m")
    offered = board.move_dialog.get_by_role("button")
    expect(offered).to_have_text(["Contacted", "Mark as lost…", "Cancel"])
    board.press_in_dialog("Contacted")
    expect(board.card_in("Contacted", company)).to_be_visible()
    expect(link).to_be_focused()


def test_the_column_that_refuses_a_dragged_card_says_why(arrive: Arrive) -> None:
    jim, company = arrive("jim.halpert"), unique("Dragged")
    create_lead(jim, company)
    board = LeadBoard.open(jim, company)
    drag(jim.page, board.card(company), board.cards_of("Proposal"))
    expect(board.refusal_of("Proposal")).to_contain_text("next stage is Contacted")
    drag(jim.page, board.card(company), board.cards_of("Contacted"))
    expect(board.card_in("Contacted", company)).to_be_visible()
