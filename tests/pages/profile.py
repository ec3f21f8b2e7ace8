"""What people set for themselves and administrators for all; the directory; saved views."""

from datetime import date
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.browsers import Someone


class Preferences:
    """A person's preferences."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, someone: Someone) -> "Preferences":
        """Goes to the page."""
        return cls(someone.open("/profile/preferences"))

    def choose_theme(self, theme: str) -> None:
        """Chooses a theme; the radio button itself is covered by its word."""
        group = self.page.get_by_role("group", name="Theme")
        group.locator("label", has_text=theme.capitalize()).click()

    def choose_delegate(self, name: str) -> None:
        """Chooses who stands in while one is out of office."""
        choice = self.page.get_by_label("Delegate")
        option = choice.locator("option", has_text=name).first
        choice.select_option(value=option.get_attribute("value"))

    def set_absence(self, first: date | None, last: date | None, delegate: str) -> None:
        """Saves from when to when one is out of office; nobody and no day where one is back."""
        for label, day in (("First day", first), ("Last day", last)):
            self.page.get_by_label(label).fill(day.isoformat() if day else "")
        self.choose_delegate(delegate)
        self.save()

    def save(self) -> None:
        """Saves, and sees that it was."""
        self.page.get_by_role("button", name="Save preferences").click()
        expect(self.page.get_by_text("Preferences saved.")).to_be_visible()


class OwnPage:
    """A person's own page in the directory."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.banner = page.get_by_role("banner")

    @classmethod
    def open(cls, someone: Someone) -> "OwnPage":
        """Goes to the page."""
        return cls(someone.open("/profile"))

    def set_picture(self, picture: FilePayload) -> None:
        """Uploads a picture of oneself, and sees it in the bar above."""
        self.page.get_by_label("New photo").set_input_files(picture)
        self.page.get_by_role("button", name="Save photo").click()
        expect(self.banner.locator("img.face")).to_be_visible()  # the name stands beside it

    def remove_picture(self) -> None:
        """Removes the photo; initials stand in its place."""
        self.page.get_by_role("button", name="Remove photo").click()
        expect(self.banner.locator("img.face")).to_have_count(0)
        expect(self.banner.locator("span.face")).to_be_visible()


class Directory:
    """The list of colleagues."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.search = page.get_by_role("searchbox", name="Search people")
        self.people = page.locator("#people-list").get_by_role("list").get_by_role("listitem")

    @classmethod
    def open(cls, someone: Someone, query: str = "") -> "Directory":
        """Goes to the list, narrowed to what fits the query."""
        return cls(someone.open(f"/profile/people{f'?q={query}' if query else ''}"))


class SavedViews:
    """The views of a list that a person named, above the list."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def save(self, name: str) -> None:
        """Names the view that is shown, and sees it marked as the current one."""
        self.page.get_by_text("Save this view").click()
        self.page.get_by_label("View name").fill(name)
        self.page.get_by_role("button", name="Save view").click()
        expect(self.link(name)).to_have_attribute("aria-current", "page")

    def link(self, name: str) -> Any:
        """The link to a view."""
        return self.page.get_by_role("link", name=name, exact=True)


def change_view(someone: Someone, name: str, deed: str) -> None:
    """Presses the button of this deed beside a view, on the page of one's views."""
    someone.open("/profile/views").get_by_role("button", name=f"{deed}: {name}").click()


class CompanySettings:
    """The settings that act for everybody."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, someone: Someone) -> "CompanySettings":
        """Goes to the page."""
        return cls(someone.open("/profile/settings"))

    def change(self, label: str, before: str, value: str, by: str) -> None:
        """Changes a setting, and sees that it was saved by this person."""
        field = self.page.get_by_label(label)
        expect(field).to_have_value(before)
        field.fill(value)
        self.page.get_by_role("button", name="Save settings").click()
        expect(self.page.get_by_role("main").get_by_role("link", name=by).last).to_be_visible()
