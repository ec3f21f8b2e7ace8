"""Forms posted without JavaScript after the session was lost.

They are kept, shown again after sign-in, and never sent automatically.
"""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from flask import Blueprint, current_app, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.gateway.sign_in.cookies import seat_subject, subject_digest
from webapp.shared.people.rights import needs

blueprint = Blueprint("kept", __name__)

MOST = 200
MOST_BYTES = 64 * 1024
KEPT_FOR = 900.0
OURS = {"csrf_token"}


@dataclass(frozen=True)
class KeptPost:
    """One form, a digest of the subject it belongs to, and when it arrived."""

    action: str
    fields: list[tuple[str, str]]
    subject: str
    at: float


class KeptPosts:
    """A bounded in-memory store of unsent forms. Each is offered once and can be opened again."""

    def __init__(self) -> None:
        self._posts: OrderedDict[str, KeptPost] = OrderedDict()
        self._offered: set[str] = set()
        self._lock = Lock()

    def keep(self, post: KeptPost) -> None:
        """Store a form, dropping the oldest when there are too many."""
        with self._lock:
            self._posts[secrets.token_urlsafe(16)] = post
            while len(self._posts) > MOST:
                self._offered.discard(self._posts.popitem(last=False)[0])

    def offer(self, subject: str) -> str | None:
        """Return the id of the newest form of this subject digest that was not offered yet."""
        with self._lock:
            waiting = [
                key for key in self._posts if key not in self._offered and self.get(key, subject)
            ]
            self._offered.update(waiting)
        return waiting[-1] if waiting else None

    def get(self, key: str, subject: str) -> KeptPost | None:
        """Return a form if it belongs to this subject digest and is not too old."""
        post = self._posts.get(key)
        return (
            post
            if post and post.subject == subject and time.monotonic() - post.at < KEPT_FOR
            else None
        )


@blueprint.get("/kept/<key>")
@needs("home.see")
def show(key: str) -> ResponseReturnValue:
    """Show what was typed, with one button to send it now."""
    post = _store().get(key, subject_digest(session["sub"]))
    if post is None:
        raise NotFound("This saved form is no longer available.")
    return render_template("resume.html", action=post.action, fields=post.fields)


def keep_request() -> None:
    """Keep this request's form for whoever last signed in with this browser.

    Uploads and forms over 64 KiB are not kept.
    """
    size, who = request.content_length or 0, seat_subject()
    if request.mimetype != "application/x-www-form-urlencoded" or size > MOST_BYTES or not who:
        return
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]
    _store().keep(KeptPost(request.full_path.rstrip("?"), fields, who, time.monotonic()))


def claim(subject: str) -> str | None:
    """Return the address of a form kept for the person who just signed in, if there is one."""
    key = _store().offer(subject_digest(subject))
    return f"/kept/{key}" if key else None


def _store() -> KeptPosts:
    found: KeptPosts = current_app.extensions["kept_posts"]
    return found
