"""Expenses: the form as on a phone, the expense's page, the runs to payroll."""

import re
from datetime import timedelta

from playwright.sync_api import FilePayload, Page, expect

from models.finance.people import office_today
from tests.browsers import Someone
from tests.pages.frame import await_number, reload_until, should_be


class ExpenseForm:
    """The form of an expense with one line."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.goes_to = page.get_by_role("main").get_by_text(re.compile(r"approves this expense\."))

    @classmethod
    def begin(cls, someone: Someone) -> "ExpenseForm":
        """Begins a new expense."""
        page = someone.open("/expenses/")
        page.get_by_role("button", name="New expense").click()
        page.wait_for_url(re.compile(r"/expenses/EX-\d+/edit"))
        return cls(page)

    def should_name_delegate(self, words: str) -> None:
        """The form says so once the service has heard of the absence, which takes it a few seconds."""
        reload_until(self.page, self.goes_to, words)

    def fill(self, purpose: str, amount: str, category: str) -> None:
        """Fills in what it was for and its one line, spent yesterday."""
        self.page.get_by_label("Purpose").fill(purpose)
        self.page.get_by_label("Description").fill(purpose)
        self.page.get_by_label("Category").select_option(label=category)
        yesterday = office_today() - timedelta(days=1)
        self.page.get_by_label("Date").fill(yesterday.isoformat())
        self.page.get_by_label("Amount").fill(amount)

    def add_receipt(self, photo: FilePayload) -> None:
        """Adds the photo that the form asks for."""
        remarks = self.page.get_by_role("status").filter(has_text="A receipt photo is required")
        expect(remarks).to_be_visible()
        self.page.get_by_label(re.compile("^Receipt photo for .*: choose a file")).set_input_files(
            photo
        )
        expect(self.page.get_by_label(f"Open {photo['name']}")).to_be_visible()

    def send(self) -> str:
        """Submits it; the expense's number."""
        self.page.get_by_role("button", name="Submit expense").click()
        return await_number(self.page, r"/expenses/EX-\d+")


def submit_expense(
    someone: Someone, purpose: str, amount: str, category: str, photo: FilePayload, why: str = ""
) -> str:
    """Fills the form as on a phone, with a photo for the receipt; the expense's number."""
    form = ExpenseForm.begin(someone)
    form.fill(purpose, amount, category)
    form.add_receipt(photo)
    if why:
        form.page.get_by_label("Reason for going over the limit").fill(why)
    return form.send()


class ExpensePage:
    """An expense's own page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.history = page.locator("section", has=page.get_by_role("heading", name="History"))

    def should_be(self, words: str) -> None:
        """The expense's status, now or as soon as the page hears of it."""
        should_be(self.page, words)


class PaymentRuns:
    """What waits to be paid, and the runs to payroll."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, someone: Someone) -> "PaymentRuns":
        """Goes to the page."""
        return cls(someone.open("/expenses/runs"))

    def pay_only(self, number: str) -> list[str]:
        """Makes a run of this expense alone; the lines of its file for payroll."""
        waiting = self.page.get_by_role("region", name="Expenses to reimburse")
        for box in waiting.get_by_role("checkbox").all():
            box.set_checked(number in (box.get_attribute("aria-label") or ""))
        self.page.get_by_role("button", name="Reimburse selected").click()
        question = self.page.get_by_role("alertdialog")
        question.get_by_role("button", name="Reimburse 1 expense, $").click()
        self.page.wait_for_url(re.compile(r"/expenses/runs/RR-\d+"))
        with self.page.expect_download() as payroll:
            self.page.get_by_role("button", name="Download payroll CSV").click()
        return payroll.value.path().read_text().splitlines()
