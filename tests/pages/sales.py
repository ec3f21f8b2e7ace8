"""Sales: the form of a lead, its page, the board, the import of a file."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browsers import Someone
from tests.pages.frame import await_number

NUMBER = r"/sales/leads/LD-\d+"


class LeadForm:
    """The form of a new lead."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.company = page.get_by_label("Company", exact=True)
        self.duplicates = page.locator("#alike")  # a live region without a name

    @classmethod
    def open(cls, someone: Someone) -> "LeadForm":
        """Goes to the empty form."""
        return cls(someone.open("/sales/leads/new"))

    def save(self, source: str) -> "LeadPage":
        """Says where the lead comes from and sends the form; the lead's page."""
        self.page.get_by_label("Source", exact=True).select_option(source)
        self.page.get_by_role("button", name="Create lead").click()
        return LeadPage(self.page, await_number(self.page, NUMBER))


def create_lead(someone: Someone, company: str, mail: str = "") -> "LeadPage":
    """Fills and sends the form of a new lead; the lead's page, which follows."""
    form = LeadForm.open(someone)
    form.company.fill(company)
    form.page.get_by_label("Contact", exact=True).fill("Ann Petrov")
    if mail:
        form.page.get_by_label("Email", exact=True).fill(mail)
    return form.save("Cold call")


class LeadPage:
    """A lead's own page."""

    def __init__(self, page: Page, number: str) -> None:
        self.page, self.number = page, number
        self.stages = page.get_by_role("form", name="Stage")

    @classmethod
    def open(cls, someone: Someone, number: str) -> "LeadPage":
        """Goes to the lead's page."""
        return cls(someone.open(f"/sales/leads/{number}"), number)

    def add_note(self, words: str) -> None:
        """Writes a note down, and sees it."""
        self.page.get_by_label("Note", exact=True).fill(words)
        self.page.get_by_role("button", name="Add note").click()
        expect(self.page.get_by_text(words)).to_be_visible()

    def move_to(self, stage: str) -> None:
        """Moves the lead a stage on."""
        self.stages.get_by_role("button", name=stage).click()
        expect(self.stages.get_by_role("button", pressed=True)).to_have_text(stage)

    def convert(self, **address: str) -> str:
        """Makes the lead a client, pressing twice as people do; the client's number."""
        self.page.get_by_role("link", name="Convert to client").click()
        for label, value in address.items():
            self.page.get_by_label(label, exact=True).fill(value)
        self.page.get_by_role("button", name="Convert to client").dblclick()
        return await_number(self.page, r"/sales/clients/CL-\d+")

    def merge(self) -> None:
        """Merges the lead with the one that is like it."""
        self.page.get_by_role("link", name="Merge").click()
        self.page.get_by_role("button", name="Merge leads").click()
        self.page.wait_for_url(re.compile(NUMBER + "$"))


class LeadBoard:
    """The board of leads, a column for each stage."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.move_dialog = page.get_by_role("dialog")

    @classmethod
    def open(cls, someone: Someone, company: str) -> "LeadBoard":
        """Goes to the board, narrowed to this company."""
        return cls(someone.open(f"/sales/leads/board?q={company.replace(' ', '+')}"))

    def column(self, stage: str) -> Locator:
        """The column of one stage."""
        return self.page.get_by_role("region", name=stage, exact=True)

    def cards_of(self, stage: str) -> Locator:
        """The place in a column that takes cards."""
        return self.column(stage).locator(
            ".stage-cards"
        )  # where a card can be dropped, and no role

    def card(self, company: str) -> Locator:
        """The lead's card, wherever it is."""
        return self.page.get_by_role("article").filter(has_text=company)

    def card_in(self, stage: str, company: str) -> Locator:
        """The lead's card in this column."""
        return self.column(stage).get_by_role("article").filter(has_text=company)

    def refusal_of(self, stage: str) -> Locator:
        """What the column says to a card that it does not take."""
        return self.column(stage).get_by_role("alert")

    def press_in_dialog(self, name: str) -> None:
        """Presses a button of the dialog by keys."""
        self.move_dialog.get_by_role("button", name=name).focus()
        self.page.keyboard.press("Enter")


class LeadImport:
    """The import of leads from a file: shown first, then taken."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def look_at(cls, someone: Someone, file: Path | FilePayload) -> "LeadImport":
        """Sends the file and comes to the page that shows what would become of it."""
        page = someone.open("/sales/leads/import")
        page.get_by_label("File").set_input_files(file)
        page.get_by_role("button", name="Upload file").click()
        return cls(page)

    def should_say(self, words: str, **waits: Any) -> None:
        """The page shows these words."""
        expect(self.page.get_by_text(words)).to_be_visible(**waits)

    def create(self, count: int) -> None:
        """Confirms, with the count that the button names, and waits until the leads are there."""
        leads = "1 lead" if count == 1 else f"{count} leads"
        button = self.page.get_by_role("button", name=f"Create {leads}")
        expect(button).to_be_visible(timeout=60_000)
        button.click()
        self.should_say(f"{leads} {'was' if count == 1 else 'were'} created", timeout=60_000)
