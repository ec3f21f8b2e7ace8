"""Saved views: a list's filters and sort order under a name; and the columns of its table.

They belong to one person; a list can open with one of them.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import msgspec
from sqlalchemy.orm import Session

from models.profile.commands import keep_changed
from models.profile.rules import current_preferences
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.search import fold
from models.shared.settings.preferences import Preferences, SavedView

MOST = 20  # views per list
MOST_COLUMNS = 30
LONGEST_NAME, LONGEST_QUERY = 40, 1000
PLACES = ("after", "before")  # the page of the list is not part of a view
_COLUMN = re.compile(r"[a-z][a-z_]{0,30}", re.ASCII)
_LIST = re.compile(r"/(?!/)[a-z0-9/_-]{1,80}", re.ASCII)


def plain_query(query: str) -> str:
    """Return the query string without page and empty fields, in one spelling.

    Raises Invalid if it is too long.
    """
    kept = [
        (name, value)
        for name, value in parse_qsl(query.removeprefix("?"))
        if name not in PLACES and value
    ]
    spelt = urlencode(kept)
    if len(spelt) > LONGEST_QUERY:
        raise Invalid({"query": "This view has too many filters to save. Remove some of them."})
    return spelt


def save_view(session: Session, list_: str, name: str, query: str) -> Preferences:
    """Save the actor's view under this name, replacing one of the same name. Raises Invalid."""
    if not _LIST.fullmatch(list_):
        raise Invalid({"list": "This page has no list to save as a view."})
    name = _name(name)
    before, views = _of_actor(session, list_)
    same = next((n for n, view in enumerate(views) if fold(view.name) == fold(name)), len(views))
    if same == MOST:
        raise Invalid({"name": f"A list can have at most {MOST} saved views. Delete one first."})
    opens = views[same].opens if same < len(views) else False
    return _keep(
        session,
        before,
        list_,
        [*views[:same], SavedView(name, plain_query(query), opens), *views[same + 1 :]],
    )


def choose_columns(session: Session, list_: str, names: Sequence[str]) -> Preferences:
    """Show these columns of a list to the actor, in this order; those by default if there are none.

    A list shows what it knows of them. Raises Invalid.
    """
    if not _LIST.fullmatch(list_) or len(names) > MOST_COLUMNS:
        raise Invalid({"list": "This page has no list with such columns."})
    if not all(_COLUMN.fullmatch(name) for name in names):
        raise Invalid({"column": "This list has no such column."})
    before = current_preferences(session, current_actor(session))
    columns = {path: kept for path, kept in before.columns.items() if path != list_}
    if names:
        columns[list_] = list(dict.fromkeys(names))
    return keep_changed(session, before, columns=columns)


def rename_view(session: Session, list_: str, name: str, new_name: str) -> Preferences:
    """Rename a view. Raises NotFound, Invalid, DomainError `name_taken`."""
    before, views = _of_actor(session, list_)
    old, new = _find(views, name), _name(new_name)
    if any(fold(view.name) == fold(new) for view in views if view is not old):
        raise DomainError("name_taken", f"You already have a view named {new}.")
    return _keep(
        session,
        before,
        list_,
        [msgspec.structs.replace(view, name=new) if view is old else view for view in views],
    )


def delete_view(session: Session, list_: str, name: str) -> Preferences:
    """Delete a view. Raises NotFound."""
    before, views = _of_actor(session, list_)
    gone = _find(views, name)
    return _keep(session, before, list_, [view for view in views if view is not gone])


def open_with_view(session: Session, list_: str, name: str | None) -> Preferences:
    """Make the list open with this view, or with None without any. Raises NotFound."""
    before, views = _of_actor(session, list_)
    chosen = _find(views, name) if name is not None else None
    return _keep(
        session,
        before,
        list_,
        [msgspec.structs.replace(view, opens=view is chosen) for view in views],
    )


def _of_actor(session: Session, list_: str) -> tuple[Preferences, list[SavedView]]:
    before = current_preferences(session, current_actor(session))
    return before, before.views.get(list_, [])


def _find(views: list[SavedView], name: str) -> SavedView:
    found = next((view for view in views if view.name == name), None)
    if found is None:
        raise NotFound("view", name[:LONGEST_NAME])
    return found


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid({"name": f"Enter a name of at most {LONGEST_NAME} characters."})
    return name


def _keep(session: Session, before: Preferences, list_: str, views: list[SavedView]) -> Preferences:
    return keep_changed(session, before, views={**before.views, list_: views})
