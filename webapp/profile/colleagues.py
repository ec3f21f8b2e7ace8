"""The directory of people with search, the org chart, and the page of one person.

While the directory is down, they show the last known state.
"""

from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoPage

from models.profile.pictures import MOST_BYTES
from models.shared import clock
from webapp.profile.area import blueprint
from webapp.profile.directory import DirectoryAway, Employee, company
from webapp.profile.org_chart import draw_chart
from webapp.shared.fragments import render_page_or_block
from webapp.shared.listing import Listing, csv_response, listing_from_request
from webapp.shared.preferences import memory
from webapp.shared.presentation import name_of
from webapp.shared.rights import needs, person

SORTS = {"name": "By name", "department": "By department", "title": "By title"}
IN_PALETTE = 6


@blueprint.get("/people")
@needs("people.see")
def people() -> ResponseReturnValue:
    """Show the directory; the list narrows while one types."""
    everybody, asked = known(), _asked()
    found = _found(everybody or [], asked)
    shown, more = _page_of(found, asked)
    return render_page_or_block(
        "profile/people.html",
        "list",
        200 if everybody is not None else 503,
        asked=asked,
        found=found,
        shown=shown,
        more=more,
        everybody=everybody,
        sorts=SORTS,
        departments=_departments(everybody),
        away=company().away_since,
    )


@blueprint.get("/people.csv")
@needs("people.see")
def export_people() -> ResponseReturnValue:
    """Export the people who match the filter, as CSV."""
    rows = _found(known() or [], _asked())
    cells = (
        [each.name, each.title, each.department, each.mail, each.phone, each.manager or ""]
        for each in rows
    )
    return csv_response(
        "people.csv", ("Name", "Title", "Department", "Mail", "Phone", "Manager"), cells
    )


@blueprint.get("/people/chart")
@needs("people.see")
def chart() -> ResponseReturnValue:
    """Show the org chart."""
    everybody = known()
    return render_page_or_block(
        "profile/chart.html",
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
    asked = _asked()
    rows = _found(known() or [], asked)[:IN_PALETTE] if asked.q else []
    return render_page_or_block("profile/_search.html", "results", rows=rows, q=asked.q)


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
        raise NoPage("There is nobody of this name in the company's directory.")
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


def _asked() -> Listing:
    return listing_from_request(sorts=tuple(SORTS), filters={"department": _departments(known())})


def _departments(everybody: list[Employee] | None) -> list[str]:
    return sorted({each.department for each in everybody or [] if each.department})


def _found(everybody: list[Employee], asked: Listing) -> list[Employee]:
    """Return the people who match every word, sorted as the list is."""
    words, departments = asked.q.casefold().split(), asked.filters.get("department", ())
    found = [
        each
        for each in everybody
        if (not departments or each.department in departments)
        and all(
            word
            in f"{each.name} {each.title} {each.department} {each.mail} {each.phone}".casefold()
            for word in words
        )
    ]
    return sorted(
        found,
        key=lambda each: (getattr(each, asked.sort).casefold(), each.name.casefold(), each.uid),
    )


def _page_of(found: list[Employee], asked: Listing) -> tuple[list[Employee], bool]:
    """Return the page after the person that the cursor names, and whether there are more."""
    after = (asked.after or ("",))[0]
    first = next((n + 1 for n, each in enumerate(found) if each.uid == after), 0)
    return found[first : first + asked.size], len(found) > first + asked.size
