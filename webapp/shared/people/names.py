"""The people in the company, held in this process's memory so that every page can show them for free.

The pull in webapp/shared/services/pull.py refreshes them every two seconds. Before the first pull, and
for people who have left the company, a name is made from the uid.
"""

from collections.abc import Collection
from typing import NamedTuple

import msgspec
from flask import Flask, current_app, has_app_context

from models.shared.settings.names import name_from_uid
from models.shared.settings.pulled_records import PulledPage


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the profile service returns them; fields not needed here are ignored."""

    name: str = ""
    mail: str = ""
    groups: list[str] = []


class Member(NamedTuple):
    """A person in one of some groups."""

    name: str
    mail: str


def install(app: Flask) -> None:
    """Create an empty memory."""
    app.extensions["names"] = Names()


class Names:
    """People by uid, as last pulled; who left the company keeps their name while the process runs."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._people: dict[str, Colleague] = {}

    def learn_page(self, page: PulledPage) -> None:
        """Store the people that were pulled."""
        self._people = msgspec.convert(page.records, dict[str, Colleague])
        self._known |= {uid: each.name for uid, each in self._people.items() if each.name}

    def of(self, uid: str) -> str:
        """Return this person's name."""
        return self._known.get(uid) or name_from_uid(uid)

    def in_groups(self, groups: Collection[str]) -> dict[str, Member]:
        """Return the members of any of these groups of the directory, by uid."""
        return {
            uid: Member(self.of(uid), each.mail)
            for uid, each in self._people.items()
            if not set(groups).isdisjoint(each.groups)
        }


def person_name(uid: str) -> str:
    """Return a person's name by their uid."""
    return _names().of(uid)


def members_of(groups: Collection[str]) -> dict[str, Member]:
    """Return the members of any of these groups by uid; nobody before the first pull."""
    return _names().in_groups(groups)


def _names() -> Names:
    known: Names = current_app.extensions["names"] if has_app_context() else Names()
    return known
