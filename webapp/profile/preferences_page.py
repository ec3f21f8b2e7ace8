"""The page with a person's own preferences: show and save the form."""

from collections.abc import Mapping

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from models.profile.commands import set_preferences
from models.shared.errors import DomainError, Invalid, Stale
from models.shared.settings.preferences import CATEGORIES, MAILS, Preferences
from webapp.profile.area import blueprint
from webapp.profile.directory import colleagues_of
from webapp.profile.preferences import change_preferences, current_preferences
from webapp.profile.preferences_form import ZONES, as_typed, read_preferences_form
from webapp.shared.answers.problems import answer
from webapp.shared.pages.form_keys import serial
from webapp.shared.pages.fragments import is_partial, render_page_or_block
from webapp.shared.people.rights import NEEDED_FOR, can, needs, person


@blueprint.get("/preferences")
@needs("profile.own")
def preferences_page() -> ResponseReturnValue:
    """Show the form with the current preferences."""
    now = current_preferences()
    return _form(as_typed(now), now)


@blueprint.post("/preferences")
@needs("profile.own")
def save_preferences() -> ResponseReturnValue:
    """Save all fields, unless the preferences changed since the person opened the page."""
    revision = serial(request.form.get("revision"))
    try:
        if revision is None:
            return answer(400, "invalid", "This form is incomplete. Reload the page and try again.")
        wanted = read_preferences_form(request.form, colleagues_of(person().uid))
        change_preferences(set_preferences, wanted, revision)
    except (Invalid, Stale) as error:
        return _form(request.form, current_preferences(), error)
    url = url_for("profile.preferences_page", saved="yes")
    return (
        Response(status=204, headers={"HX-Redirect": url}) if is_partial() else redirect(url, 303)
    )


def _form(
    typed: Mapping[str, str], now: Preferences, error: DomainError | None = None
) -> ResponseReturnValue:
    return render_page_or_block(
        "profile/preferences.html",
        "form",
        error.status if error else 200,
        typed=typed,
        revision=now.revision,
        errors=error.errors if isinstance(error, Invalid) else {},
        stale=error if isinstance(error, Stale) else None,
        colleagues=colleagues_of(person().uid),
        zones=ZONES,
        categories=[each for each in CATEGORIES if _is_told_of(each[0])],
        others=[name for name, _ in CATEGORIES if not _is_told_of(name)],
        mails=MAILS,
        saved="saved" in request.args,
    )


def _is_told_of(category: str) -> bool:
    """Return whether this person is ever told of anything in the category."""
    return can(NEEDED_FOR.get(category, "inbox.see"))
