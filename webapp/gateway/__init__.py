"""The door: sign-in, sessions, rights, headers, rates, home and search. Touches no database."""

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from webapp.gateway.directory import Directory


def install(app: Flask, directory: "Directory") -> None:
    """Puts sessions, identity, rights, CSRF, headers and error pages around every view of `app`."""
    from webapp.gateway import access, configuration, failures, headers, sessions, templates

    configuration.install(app)
    app.extensions["directory"] = directory
    sessions.install(app)
    access.install(app)
    headers.install(app)
    failures.install(app)
    templates.install(app)
