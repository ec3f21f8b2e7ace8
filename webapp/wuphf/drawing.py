"""Rows and toasts for the streams, by the same partials as the pages', drawn once for all who are told the same."""

from functools import lru_cache
from typing import NamedTuple
from uuid import uuid4

import msgspec
from flask import current_app

from models.notifications.queries import Notice
from webapp.shared.presentation import since, zone
from webapp.wuphf.wording import shown

NOBODYS = uuid4()  # stands where each reader's own number comes
_WRITTEN = str(NOBODYS)


class Drawn(NamedTuple):
    """A notification's row for the bell, and its toast (empty where none was asked for)."""

    row: str
    toast: str


def draw(notice: Notice, *, toast: bool) -> Drawn:
    """The row and the toast, as this person sees them now.

    What a WUPHF says to thousands differs in nothing but the notification's id. A row with actions in it is each
    person's own: its forms bear their keys.
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
    """Without what pages get beside it (person, navigation): these partials name none of it."""
    return current_app.jinja_env.get_template(template).render(values)
