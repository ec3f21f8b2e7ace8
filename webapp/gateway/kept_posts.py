"""A form that was sent without a script after its session was lost: kept, shown again, never sent by itself."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from flask import Blueprint, current_app, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.gateway.sign_in_cookies import seat_subject, subject_digest
from webapp.shared.rights import needs

blueprint = Blueprint("kept", __name__)

MOST = 200
MOST_BYTES = 64 * 1024
KEPT_FOR = 900.0
OURS = {"csrf_token"}


@dataclass(frozen=True)
class KeptPost:
    """One form, for whom it is (a digest of the subject), and when it came."""

    action: str
    fields: list[tuple[str, str]]
    subject: str
    at: float


class KeptPosts:
    """A few of them, in memory; each is offered once, and can be looked at again."""

    def __init__(self) -> None:
        self._posts: OrderedDict[str, KeptPost] = OrderedDict()
        self._offered: set[str] = set()
        self._lock = Lock()

    def keep(self, post: KeptPost) -> None:
        """Keeps it; the oldest goes when there are too many."""
        with self._lock:
            self._posts[secrets.token_urlsafe(16)] = post
            while len(self._posts) > MOST:
                self._offered.discard(self._posts.popitem(last=False)[0])

    def offer(self, subject: str) -> str | None:
        """The id of the newest one for this digest that was not offered yet."""
        with self._lock:
            waiting = [
                key for key in self._posts if key not in self._offered and self.get(key, subject)
            ]
            self._offered.update(waiting)
        return waiting[-1] if waiting else None

    def get(self, key: str, subject: str) -> KeptPost | None:
        """It, when it is theirs and not too old."""
        post = self._posts.get(key)
        return (
            post
            if post and post.subject == subject and time.monotonic() - post.at < KEPT_FOR
            else None
        )


@blueprint.get("/kept/<key>")
@needs("home.see")
def show(key: str) -> ResponseReturnValue:
    """What was typed, with one button to send it now."""
    post = _store().get(key, subject_digest(session["sub"]))
    if post is None:
        raise NotFound("What was kept is no longer here.")
    return render_template("resume.html", action=post.action, fields=post.fields)


def keep_request() -> None:
    """Keeps the form of this request for whoever last signed in in this browser; files and large ones not."""
    size, who = request.content_length or 0, seat_subject()
    if request.mimetype != "application/x-www-form-urlencoded" or size > MOST_BYTES or not who:
        return
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]
    _store().keep(KeptPost(request.full_path.rstrip("?"), fields, who, time.monotonic()))


def claim(subject: str) -> str | None:
    """The address that shows what is kept for the person who just signed in, if anything is."""
    key = _store().offer(subject_digest(subject))
    return f"/kept/{key}" if key else None


def _store() -> KeptPosts:
    return current_app.extensions["kept_posts"]
