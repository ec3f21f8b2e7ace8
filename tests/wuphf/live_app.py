"""The real application for gunicorn, over a directory and sessions of the test's own.

A browser is signed in by the cookie `sid-<uid>`; `/test/end/<uid>` ends that person's session from outside, and
`/test/begin/<uid>` begins another.
"""

from flask import Flask, current_app

from tests.web_client import known_people
from webapp.app import create_app
from webapp.gateway.people.directory import Directory
from webapp.gateway.sessions.store import Session, SessionInterface
from webapp.shared.people.rights import public


def make_app() -> Flask:
    """For `gunicorn tests.wuphf.live_app:make_app()`."""
    people = known_people()
    app = create_app(directory=Directory(read=lambda uid, seconds: people.get(uid)))
    app.jinja_env.filters.setdefault("ago", str)
    app.jinja_env.filters.setdefault("moment", str)
    app.jinja_env.filters.setdefault("day", lambda moment: str(moment)[:10])
    app.jinja_env.globals.setdefault("icon", lambda name: "")
    with app.test_request_context():
        for entry in people.values():
            sign_in(app.session_interface, entry)
    app.add_url_rule("/test/end/<uid>", view_func=_end)
    app.add_url_rule("/test/begin/<uid>", view_func=_begin)
    app.add_url_rule("/test/name", view_func=cookie_name)
    return app


def sign_in(interface: SessionInterface, entry) -> None:
    """A session of this person under the cookie `sid-<uid>`."""
    made = Session(sid="unused")
    interface.begin(
        made,
        {
            "uid": entry.uid,
            "sub": entry.uid,
            "name": entry.name,
            "mail": entry.mail,
            "csrf": f"csrf-{entry.uid}",
        },
        {},
    )
    sid = f"sid-{entry.uid}"
    interface.cache.set(interface._get_store_id(sid), dict(made), timeout=3600)
    interface.keep_tokens(sid, {"groups": sorted(entry.groups)})


@public
def _end(uid: str) -> str:
    current_app.session_interface.end(f"sid-{uid}")
    return "ended"


@public
def _begin(uid: str) -> str:
    sign_in(current_app.session_interface, known_people()[uid])
    return "begun"


@public
def cookie_name() -> str:
    """What the cookie is called here."""
    return current_app.config["SESSION_COOKIE_NAME"]
