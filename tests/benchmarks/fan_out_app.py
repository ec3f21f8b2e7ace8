"""The real application with as many signed-in people as streams are wanted (`DM_BENCH_PEOPLE`), for gunicorn."""

import os

from flask import Flask

from tests.wuphf.live_app import cookie_name, sign_in
from webapp.app import create_app
from webapp.gateway.people.directory import Directory
from webapp.gateway.people.ldap_reader import Entry


def uid_of(n: int) -> str:
    """The `n`-th person."""
    return f"p{n}"


def make_app() -> Flask:
    """For `gunicorn tests.benchmarks.fan_out_app:make_app()`."""
    people = {
        uid_of(n): Entry(uid_of(n), f"Person {n}", groups=frozenset({"sales", "everyone"}))
        for n in range(int(os.environ["DM_BENCH_PEOPLE"]))
    }
    app = create_app(directory=Directory(read=lambda uid, seconds: people.get(uid)))
    with app.test_request_context():
        for entry in people.values():
            sign_in(app.session_interface, entry)
    app.add_url_rule("/test/name", view_func=cookie_name)
    return app
