"""The gateway: sign-in, sessions, rights, headers, rate limits, home and search.

It never touches the database.
"""

from flask import Flask

from webapp.gateway import (
    access,
    configuration,
    failures,
    headers,
    health,
    observation,
    sessions,
    templates,
)
from webapp.gateway.directory import Directory
from webapp.gateway.identity import SessionWatch
from webapp.gateway.kept_posts import KeptPosts
from webapp.gateway.oidc import SignIn
from webapp.gateway.own_tokens import OwnTokens
from webapp.gateway.provider import Provider
from webapp.gateway.rates import Rates


def install(app: Flask, directory: Directory) -> None:
    """Wrap every view of `app` in sessions, identity, rights, CSRF checks, headers and error pages."""
    configuration.install(app)
    app.extensions.update(
        directory=directory,
        provider=Provider(),
        own_tokens=OwnTokens(),
        rates=Rates(),
        kept_posts=KeptPosts(),
        session_watch=SessionWatch,
    )
    sessions.install(app)
    app.extensions["sign_in"] = SignIn(app)
    for part in (observation, health, access, headers, failures, templates):
        part.install(app)
