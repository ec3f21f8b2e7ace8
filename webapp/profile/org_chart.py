"""Who reports to whom, from the directory's manager attribute; whatever somebody wrote there,
everybody stands in it once.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from webapp.profile.directory import Employee


class Post(msgspec.Struct, frozen=True):
    """A person with those who report to them, by name. `size` is how many are below, at any depth."""

    employee: Employee
    team: tuple["Post", ...]

    @property
    def size(self) -> int:
        return len(self.team) + sum(post.size for post in self.team)


def draw_chart(employees: Iterable[Employee]) -> list[Post]:
    """The tops of the company: those without a manager, or whose manager is nobody of the company.

    Where managers form a circle, its first person by uid counts as its top.
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
