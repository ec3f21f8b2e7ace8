"""A notification as templates show it: its text, its link, and its actions."""

from typing import Any, NamedTuple

from flask import url_for
from markupsafe import Markup

from models.wuphf.notifications.shape import Tone
from models.wuphf.queries import Notice
from models.wuphf.words import detail_of, title_of, words_of
from webapp.shared.manifest import registry
from webapp.wuphf.row_actions import Offered, offered


class Shown(NamedTuple):
    """A notification as templates show it."""

    notice: Notice
    icon: str
    tone: Tone
    title: Markup
    detail: Markup
    plain_title: str
    url: str
    deeds: list[Offered]


def shown(notice: Notice) -> Shown:
    """Return the notification as text; an unknown kind still names its subject."""
    words, title = words_of(notice.kind), title_of(notice)
    url = url_for("wuphf.open_notice", id_=notice.id)
    return Shown(
        notice,
        words.icon,
        words.tone,
        title,
        detail_of(notice),
        title.striptags(),
        url,
        offered(notice),
    )


def record_url(notice: Notice) -> str:
    """Return the URL of the notification's record, built from the subject's type and key alone.

    A subject without a page leads to the inbox.
    """
    record = registry().records.get(notice.subject_type)
    if record is None:
        return url_for("wuphf.inbox")
    values: dict[str, Any] = {record.argument: notice.subject_key}
    return url_for(record.endpoint, **values)
