"""The application for gunicorn with an export that never ends by itself, and readers who are given seconds."""

from flask import Flask, Response, jsonify

from tests.wuphf import live_app
from webapp.shared.lists import csv_files
from webapp.shared.lists.csv_files import csv_response, until_sent
from webapp.shared.people.rights import needs, public
from webapp.shared.process.turns import EXPORTS


def make_app() -> Flask:
    """For `gunicorn tests.shared.long_export_app:make_app()`."""
    csv_files.SECONDS, csv_files.GRACE = 1.0, 0.5
    app = live_app.make_app()
    app.add_url_rule("/test/long.csv", view_func=_long)
    app.add_url_rule("/test/turns", view_func=_turns)
    return app


@needs("home.see")
@until_sent
def _long() -> Response:
    return csv_response("long.csv", ("n",), (("x" * 100,) for _ in iter(int, 1)))


@public
def _turns() -> Response:
    return jsonify(EXPORTS._under_way.total())
