"""Group similar notifications of one section into one row ("4 shipments left the dock").

A section is one day, or what is important and unread. Requests are never grouped.
"""

from typing import NamedTuple

from models.wuphf.words import words_of
from webapp.wuphf.presentation import Shown

FEWEST = 3


class Group(NamedTuple):
    """One row of the list: a notification, or (`title` set) several of one kind, newest first."""

    members: list[Shown]
    title: str = ""

    @property
    def first(self) -> Shown:
        """The newest notification."""
        return self.members[0]

    @property
    def ids(self) -> str:
        """The ids of all notifications, comma-separated, for a form."""
        return ",".join(str(each.notice.id) for each in self.members)

    @property
    def read(self) -> bool:
        """Whether everything in it is read."""
        return all(each.notice.read for each in self.members)


def grouped(rows: list[Shown]) -> list[Group]:
    """Group the rows of one section, in order; a group takes the place of its newest row."""
    groups: dict[object, list[Shown]] = {}
    for row in rows:
        groups.setdefault(_key(row), []).append(row)
    found: list[Group] = []
    for key, members in groups.items():
        if isinstance(key, str) and len(members) >= FEWEST:
            found.append(Group(members, words_of(key).many.format(len(members))))
        else:
            found += [Group([each]) for each in members]
    return sorted(found, key=lambda group: rows.index(group.first))


def _key(row: Shown) -> object:
    notice, words = row.notice, words_of(row.notice.kind)
    alone = not words.many or row.deeds or notice.pinned or notice.snoozed_until or notice.mentions
    return notice.id if alone else notice.kind
