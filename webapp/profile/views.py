"""Saved views: naming the state of a list, and the page where one's views are renamed, picked and removed."""

from collections.abc import Callable

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from models.profile import views as commands
from models.shared.database import transaction
from models.shared.errors import DomainError, Invalid
from models.shared.preferences import Preferences
from webapp.profile.area import blueprint
from webapp.profile.own_preferences import current
from webapp.shared.fragments import go_to, render_page_or_block
from webapp.shared.rights import needs, person


@blueprint.post("/views")
@needs("profile.own")
def save_view() -> ResponseReturnValue:
    """Names the state of a list, and goes back to it."""
    list_, name, query = (request.form.get(field, "") for field in ("list", "name", "query"))
    try:
        keep(lambda session: commands.save_view(session, list_, name, query))
    except Invalid as error:
        return _page(error)
    return go_to(f"{list_}?{commands.plain_query(query)}".rstrip("?"))


@blueprint.get("/views")
@needs("profile.own")
def views_page() -> ResponseReturnValue:
    """All one's views, by list."""
    return _page()


@blueprint.post("/views/<deed>")
@needs("profile.own")
def change_view(deed: str) -> ResponseReturnValue:
    """Renames a view, has its list open with it (or plain again), or removes it."""
    list_, name = request.form.get("list", ""), request.form.get("name", "")
    deeds: dict[str, Callable[[Session], Preferences]] = {
        "rename": lambda session: commands.rename_view(
            session, list_, name, request.form.get("new_name", "")
        ),
        "open": lambda session: commands.open_with_view(session, list_, name),
        "plain": lambda session: commands.open_with_view(session, list_, None),
        "remove": lambda session: commands.delete_view(session, list_, name),
    }
    if deed not in deeds:
        raise BadRequest("A view can be renamed, opened with, or removed.")
    return _done(deeds[deed])


def keep(change: Callable[[Session], Preferences]) -> None:
    """The command, in this process at once."""
    with transaction("profile", actor=person().uid) as session:
        holds = change(session)
    current_app.extensions["preferences"].learn(holds)


def _done(change: Callable[[Session], Preferences]) -> ResponseReturnValue:
    try:
        keep(change)
    except DomainError as error:
        return _page(error)
    return go_to(url_for("profile.views_page"))


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    words = (
        next(iter(error.errors.values()))
        if isinstance(error, Invalid)
        else error.message
        if error
        else ""
    )
    lists = {path: views for path, views in sorted(current().views.items()) if views}
    return render_page_or_block(
        "profile/views.html", "main", error.status if error else 200, lists=lists, error=words
    )
