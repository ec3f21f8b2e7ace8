"""Render rows and toasts for the streams, from the same partials as the pages.

Each is rendered once for everyone who gets the same notification.
"""

from functools import lru_cache
from typing import NamedTuple
from uuid import uuid4

import msgspec
from flask import current_app

from models.wuphf.queries import Notice
from webapp.shared.pages.presentation import since
from webapp.shared.people.preferences import zone
from webapp.wuphf.presentation import shown

NOBODYS = uuid4()  # placeholder for each reader's own notification id
_WRITTEN = str(NOBODYS)


class Drawn(NamedTuple):
    """A notification's row for the bell, and its toast (empty if not requested)."""

    row: str
    toast: str


def draw(notice: Notice, *, toast: bool) -> Drawn:
    """Render the row and the toast as this person sees them now.

    A WUPHF to thousands differs only in the notification's id, so it is rendered once and the id is
    filled in. A row with actions is rendered per person, since its forms contain their own keys.
    """
    if notice.asked:
        return _draw(notice, toast)
    same = msgspec.structs.replace(notice, id=NOBODYS, n=0, quiet_until=None)
    drawn = _draw_for_all(msgspec.json.encode(same), toast, str(zone()), since(notice.at))
    own = str(notice.id)
    return Drawn(drawn.row.replace(_WRITTEN, own), drawn.toast.replace(_WRITTEN, own))


@lru_cache(maxsize=512)
def _draw_for_all(notice: bytes, toast: bool, *_differs: str) -> Drawn:
    return _draw(msgspec.json.decode(notice, type=Notice), toast)


def _draw(notice: Notice, toast: bool) -> Drawn:
    given = shown(notice)
    row = _render("wuphf/_row.html", notice=given, place="bell")
    return Drawn(row, _render("wuphf/_toast.html", notice=given) if toast else "")


def _render(template: str, **values: object) -> str:
    """Render without the context that pages get (person, navigation): the partials use none."""
    return current_app.jinja_env.get_template(template).render(values)
