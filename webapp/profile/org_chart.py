"""The org chart, from the directory's manager attribute.

Everybody appears exactly once, even if that data has gaps or cycles.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from webapp.profile.directory import Employee


class Post(msgspec.Struct, frozen=True):
    """A person and those who report to them, by name.

    `size` counts everybody below, at any depth.
    """

    employee: Employee
    team: tuple["Post", ...]

    @property
    def size(self) -> int:
        return len(self.team) + sum(post.size for post in self.team)


def draw_chart(employees: Iterable[Employee]) -> list[Post]:
    """Return the tops of the company: people without a manager, or whose manager is not in it.

    If managers form a cycle, its first person by uid becomes a top.
    """
    known = {each.uid: each for each in employees}
    teams: dict[str | None, list[Employee]] = defaultdict(list)
    for each in sorted(known.values(), key=lambda one: (one.name, one.uid)):
        teams[each.manager if each.manager in known and each.manager != each.uid else None].append(
            each
        )
    placed: set[str] = set()
    tops = [_post(top, teams, placed) for top in teams[None]]
    for uid in sorted(known):
        if uid not in placed:
            tops.append(_post(known[uid], teams, placed))
    return tops


def _post(employee: Employee, teams: dict[str | None, list[Employee]], placed: set[str]) -> Post:
    placed.add(employee.uid)
    return Post(
        employee,
        tuple(_post(each, teams, placed) for each in teams[employee.uid] if each.uid not in placed),
    )
