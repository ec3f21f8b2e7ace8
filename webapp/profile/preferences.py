"""Read and change the preferences of this request's person."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from flask import current_app
from sqlalchemy.orm import Session

from models.profile.queries import get_preferences
from models.shared.settings.preferences import Preferences
from models.shared.transactions import reading
from webapp.shared.people.rights import person
from webapp.shared.requests.commands import run_each_time

P = ParamSpec("P")


def current_preferences() -> Preferences:
    """Return the person's current preferences."""
    with reading("profile") as session:
        return get_preferences(session, person().uid)


def change_preferences(
    command: Callable[Concatenate[Session, P], Preferences], *args: P.args, **kwargs: P.kwargs
) -> Preferences:
    """Run the command and return the resulting preferences.

    They take effect in this process at once, in others within seconds.
    """
    holds = run_each_time(command, *args, **kwargs)
    current_app.extensions["preferences"].learn(holds)
    return holds
