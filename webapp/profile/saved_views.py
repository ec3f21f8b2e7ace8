"""Saved views: save the state of a list and its columns, and the page to rename, choose and delete one's views."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.profile import saved_views as commands
from models.shared.errors import DomainError, Invalid
from webapp.profile.area import blueprint
from webapp.profile.preferences import change_preferences, current_preferences
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs


@blueprint.post("/views")
@needs("profile.own")
def save_view() -> ResponseReturnValue:
    """Save the state of a list under a name, and return to it."""
    list_, name, query = (request.form.get(field, "") for field in ("list", "name", "query"))
    try:
        change_preferences(commands.save_view, list_, name, query)
    except Invalid as error:
        return _page(error)
    return go_to(f"{list_}?{commands.plain_query(query)}".rstrip("?"))


@blueprint.post("/columns")
@needs("profile.own")
def save_columns() -> ResponseReturnValue:
    """Keep the columns that the person chose for a list in their order, and return to it.

    With `default` the list has its usual columns again.
    """
    form = request.form
    list_, names = form.get("list", ""), form.getlist("column")
    change_preferences(commands.choose_columns, list_, [] if form.get("default") else names)
    return go_to(f"{list_}?{commands.plain_query(form.get('query', ''))}".rstrip("?"))


@blueprint.get("/views")
@needs("profile.own")
def views_page() -> ResponseReturnValue:
    """Show the person's views, by list."""
    return _page()


@blueprint.post("/views/<deed>")
@needs("profile.own")
def change_view(deed: str) -> ResponseReturnValue:
    """Rename a view, make its list open with it (or without any), or delete it."""
    list_, name = request.form.get("list", ""), request.form.get("name", "")
    try:
        match deed:
            case "rename":
                new_name = request.form.get("new_name", "")
                change_preferences(commands.rename_view, list_, name, new_name)
            case "open":
                change_preferences(commands.open_with_view, list_, name)
            case "plain":
                change_preferences(commands.open_with_view, list_, None)
            case "remove":
                change_preferences(commands.delete_view, list_, name)
            case _:
                raise BadRequest("You can rename a view, set it as default or delete it.")
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
    lists = {path: views for path, views in sorted(current_preferences().views.items()) if views}
    return render_page_or_block(
        "profile/saved_views.html", "main", error.status if error else 200, lists=lists, error=words
    )
