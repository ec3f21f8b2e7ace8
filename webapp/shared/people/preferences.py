"""People's preferences, held in this process's memory so that every page can read them for free.

The pull in webapp/shared/services/pull.py refreshes them every two seconds, and changes made here apply
at once. Until the first pull, the browser's cookies supply theme and density, so that a restart
does not flash another theme.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from flask import Flask, Response, current_app, g, has_app_context, has_request_context, request

from models.shared import clock
from models.shared.settings.preferences import (
    DENSITIES,
    HOME_ZONE,
    THEMES,
    Preferences,
    read_record,
)
from models.shared.settings.pulled_records import PulledPage

YEAR = 365 * 24 * 3600
_COOKIES = {"dm_theme": "theme", "dm_density": "density"}
_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)
_HOME = ZoneInfo(HOME_ZONE)
Look = TypeVar("Look", bound=str)


def install(app: Flask) -> None:
    """Create an empty memory, give templates theme and density, and keep cookies current."""
    app.extensions["preferences"] = Memory()
    app.context_processor(_looks)
    app.after_request(_tell_browser)


class Memory:
    """Preferences by uid; an older revision never replaces a newer one."""

    def __init__(self) -> None:
        self._known: dict[str, Preferences] = {}
        self._faces: tuple[tuple[str, str], ...] = ()

    def learn(self, preferences: Preferences) -> None:
        """Store preferences that were just set or pulled, unless this revision is known already.

        The same revision may come again from a pull: it must not take back what `set_look` set.
        """
        known = self._known.get(preferences.uid)
        if known is None or known.revision < preferences.revision:
            self._known[preferences.uid] = preferences
            self._look_at_faces()

    def learn_page(self, page: PulledPage) -> None:
        """Store what was pulled; a complete page replaces everything."""
        pulled = {uid: read_record(record) for uid, record in page.records.items()}
        if page.complete:
            self._known = pulled
            self._look_at_faces()
            return
        for each in pulled.values():
            self.learn(each)

    def _look_at_faces(self) -> None:
        self._faces = tuple(
            sorted((uid, each.avatar) for uid, each in self._known.items() if each.avatar)
        )

    def faces(self) -> tuple[tuple[str, str], ...]:
        """Return who has which picture, as a cache key for rendered parts."""
        return self._faces

    def set_look(self, uid: str, **looks: str) -> None:
        """Set the theme and density that this person just chose, until something newer is learned."""
        self._known[uid] = msgspec.structs.replace(self.about(uid) or Preferences(uid=uid), **looks)

    def start_page(self, uid: str) -> str:
        """Return the endpoint of this person's start page; empty for home."""
        known = self.about(uid)
        return known.start_page if known else ""

    def about(self, uid: str) -> Preferences | None:
        """Return what this person set; None if nothing is known."""
        return self._known.get(uid)


def memory() -> Memory:
    """Return the memory of this application."""
    found: Memory = current_app.extensions["preferences"]
    return found


def preferences() -> Preferences:
    """Return the current person's preferences, or what the browser's cookies say."""
    person = g.get("person")
    known = memory().about(person.uid) if person else None
    return known or Preferences(
        theme=_cookie("dm_theme", THEMES), density=_cookie("dm_density", DENSITIES)
    )


def zone() -> ZoneInfo:
    """Return the time zone in which times are shown: the reader's, or else the office's."""
    given = _zone.get()
    if given is not None:
        return given
    if not has_request_context() or g.get("person") is None:
        return _HOME
    if "zone" not in g:
        known = memory().about(g.person.uid)
        g.zone = known.zone if known else _HOME
    found: ZoneInfo = g.zone
    return found


def today() -> date:
    """Return today's date in the time zone in which times are shown."""
    return clock.today(zone())


@contextmanager
def on_the_clock_of(uid: str) -> Iterator[None]:
    """Show times in this person's zone within the block.

    For text that is written to them outside their own request.
    """
    known = memory().about(uid) if has_app_context() else None
    token = _zone.set(known.zone if known else _HOME)
    try:
        yield
    finally:
        _zone.reset(token)


def _cookie(name: str, allowed: tuple[Look, ...]) -> Look:
    value = request.cookies.get(name, "") if has_request_context() else ""
    return value if value in allowed else allowed[0]


def _tell_browser(response: Response) -> Response:
    person = g.get("person")
    known = memory().about(person.uid) if person and response.mimetype == "text/html" else None
    for cookie, field in _COOKIES.items() if known else ():
        if request.cookies.get(cookie) != getattr(known, field):
            response.set_cookie(
                cookie,
                getattr(known, field),
                max_age=YEAR,
                samesite="Lax",
                httponly=True,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )
    return response


def _looks() -> dict[str, str]:
    holds = preferences()
    return {"theme": holds.theme, "density": holds.density}
