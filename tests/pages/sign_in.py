"""The way in: our own page, then the provider's."""

import re

from playwright.sync_api import Page, expect

PASSWORD = "demo-only-paper"


class SignIn:
    """The sign-in page and the provider's form, embedded or Keycloak's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.company_account = page.get_by_role("link", name="Continue with your company account")
        self.name = page.get_by_label("Username")
        self.password = page.get_by_label("Password", exact=True)

    def sign_in(self, uid: str) -> None:
        """Signs in as this person: with one click where the provider offers it, else by password."""
        if self.company_account.count():
            self.company_account.click()
        one_click = self.page.locator(f"button[value='{uid}']")
        expect(one_click.or_(self.name).first).to_be_visible()
        if one_click.count():
            one_click.click()
        else:
            self.name.fill(uid)
            self.password.fill(PASSWORD)
            self.page.get_by_role("button", name="Sign in", exact=True).click()

    def should_say(self, words: str) -> None:
        """The page gives this reason for being here."""
        expect(self.page.get_by_role("status")).to_contain_text(re.compile(words))
