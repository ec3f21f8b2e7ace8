"""The directory of people with search, the org chart, and the page of one person.

While the directory is down, they show the last known state.
"""

import msgspec
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoPage

from models.profile.avatars import MOST_BYTES
from models.shared import clock
from models.shared.records.lists import Count, Page
from models.shared.search import fold, words_of
from webapp.profile.area import blueprint
from webapp.profile.directory import DirectoryAway, Employee, company
from webapp.profile.org_chart import draw_chart
from webapp.shared.lists.cursors import PAGE_SIZE, Keys
from webapp.shared.lists.lists import Choice, List, Tab
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.pages.presentation import name_of
from webapp.shared.people.preferences import memory
from webapp.shared.people.rights import needs, person

IN_PALETTE = 6
SORTS = {"name": "Name, A to Z", "department": "Department, A to Z", "title": "Title, A to Z"}


class PeopleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory is narrowed to; every word of `q` occurs in a person's entry."""

    q: str = ""
    departments: tuple[str, ...] = ()


class People:
    """The company's directory as a list reads it: all of it is in memory."""

    def page(
        self,
        _session: object,
        wanted: PeopleFilter,
        sort: str = "name",
        *,
        after: Keys | None = None,
        before: Keys | None = None,
        start: Keys | None = None,
        size: int = PAGE_SIZE,
    ) -> Page:
        """The people after the one that the keys name, or before; from the first where that one is gone."""
        found = self.each(None, wanted, sort)
        if before:
            end = self._place(found, before)
            first = max(end - size, 0)
        else:
            first = self._place(found, start) if start else 0
            first = self._place(found, after) + 1 if after else first
            end = first + size
        rows = found[first:end]
        ends = [(rows[0].uid,), (rows[-1].uid,)] if rows else [None, None]
        return Page(rows, first > 0, len(found) > end, *ends)

    def each(self, _session: object, wanted: PeopleFilter, sort: str = "name") -> list[Employee]:
        """Those in whom every word stands somewhere, in the list's order."""
        words = words_of(wanted.q)
        found = [
            each
            for each in known() or []
            if (not wanted.departments or each.department in wanted.departments)
            and all(word in _looked_in(each) for word in words)
        ]
        return sorted(
            found,
            key=lambda each: (fold(getattr(each, sort)), fold(each.name), each.uid),
        )

    def count(
        self, _session: object, wanted: PeopleFilter, _most: int = 0, page: Page | None = None
    ) -> Count:
        """How many people."""
        return Count(len(page.rows if page and page.is_whole else self.each(None, wanted)))

    def count_before(self, _session: object, wanted: PeopleFilter, sort: str, keys: Keys) -> int:
        """How many people stand before this one."""
        return max(self._place(self.each(None, wanted, sort), keys), 0)

    @staticmethod
    def _place(found: list[Employee], keys: Keys) -> int:
        return next((n for n, each in enumerate(found) if each.uid == keys[0]), -1)


def _looked_in(each: Employee) -> str:
    digits = "".join(filter(str.isdigit, each.phone))
    return fold(f"{each.name} {each.title} {each.department} {each.mail} {each.phone} {digits}")


def departments() -> dict[str, str]:
    """Return the departments in the directory."""
    return {name: name for name in sorted({each.department for each in known() or []}) if name}


PEOPLE_LIST = List(
    name="people",
    title="Directory",
    endpoint="profile.people",
    export_endpoint="profile.export_people",
    service="",
    template="profile/people.html",
    source=People(),
    wanted=lambda state, _session: PeopleFilter(
        q=state.q, departments=state.filters.get("department", ())
    ),
    search="Name, title, email, phone",
    search_label="Search people",
    watches="",
    sorts=SORTS,
    filters=(
        Choice("department", "Department", departments, nothing="All departments", place="inline"),
    ),
    tabs=(
        Tab("Everyone", endpoint="profile.people"),
        Tab("Org chart", endpoint="profile.chart"),
    ),
    columns={
        "Name": "name",
        "Title": "title",
        "Department": "department",
        "Email": "mail",
        "Phone": "phone",
        "Manager": lambda row: row.manager or "",
    },
)


@blueprint.get("/people")
@needs("people.see")
def people() -> ResponseReturnValue:
    """Show the directory, filtered while one types."""
    everybody = known()
    status = 200 if everybody is not None else 503
    return PEOPLE_LIST.show(status, everybody=everybody, away=company().away_since)


@blueprint.get("/people.csv")
@needs("people.see")
def export_people() -> ResponseReturnValue:
    """Export the filtered list as CSV."""
    return PEOPLE_LIST.export()


@blueprint.get("/people/chart")
@needs("people.see")
def chart() -> ResponseReturnValue:
    """Show the org chart."""
    everybody = known()
    return render_page_or_block(
        "profile/org_chart.html",
        "main",
        200 if everybody is not None else 503,
        tops=draw_chart(everybody or []),
        everybody=everybody,
        away=company().away_since,
    )


@blueprint.get("/people/<uid>")
@needs("people.see")
def person_page(uid: str) -> ResponseReturnValue:
    """Show one person: how to reach them, their manager, their team."""
    return show_person(uid)


@blueprint.get("")
@needs("profile.own")
def own_page() -> ResponseReturnValue:
    """Show the person's own page, with the form for the avatar."""
    return show_person(person().uid)


@blueprint.get("/search")
@needs("people.see")
def search() -> ResponseReturnValue:
    """Return a few people for the command palette."""
    q = PEOPLE_LIST.state().q
    rows = People().each(None, PeopleFilter(q=q))[:IN_PALETTE] if q else []
    return render_page_or_block("profile/_search.html", "results", rows=rows, q=q)


def known() -> list[Employee] | None:
    """Return everybody, as last known while the directory is down; None if nothing is known."""
    try:
        return company().listing().employees
    except DirectoryAway:
        return None


def show_person(
    uid: str, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Render a person's page; `errors` are those of the avatar form on one's own page.

    Raises NotFound if there is no such person.
    """
    everybody = known()
    by_uid = {each.uid: each for each in everybody or []}
    if uid not in by_uid and (everybody is not None or uid != person().uid):
        raise NoPage("No one in the company directory has this username.")
    one = by_uid.get(uid) or _of_session()
    team = sorted(
        (each for each in by_uid.values() if each.manager == uid), key=lambda each: each.name
    )
    set_here = memory().about(uid)
    return render_page_or_block(
        "profile/person.html",
        "main",
        status,
        one=one,
        team=team,
        manager=by_uid.get(one.manager or ""),
        errors=errors or {},
        is_own=uid == person().uid,
        away=company().away_since,
        known=everybody is not None,
        most=MOST_BYTES // 1024 // 1024,
        has_picture=bool(set_here and set_here.avatar),
        absence=set_here if set_here and set_here.is_away(clock.now()) else None,
        name_of_delegate=name_of,
    )


def _of_session() -> Employee:
    """Return the person of this request by their sign-in, for when the directory is unknown."""
    me = person()
    return Employee(
        uid=me.uid,
        name=me.name,
        mail=me.mail,
        title=me.title,
        department=me.department,
        manager=None,
        groups=[],
    )
