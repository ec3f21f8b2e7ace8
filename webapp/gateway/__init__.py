"""The gateway: sign-in, sessions, rights, headers, rate limits, home and search.

It never touches the database.
"""

from flask import Flask

from webapp.gateway import templates
from webapp.gateway.people.directory import Directory
from webapp.gateway.people.identity import SessionWatch
from webapp.gateway.process import configuration, health
from webapp.gateway.requests import access, deadlines, failures, observation
from webapp.gateway.safety import headers, rate_limits
from webapp.gateway.safety.rate_limits import Rates
from webapp.gateway.sessions import store
from webapp.gateway.sign_in.oidc import SignIn
from webapp.gateway.sign_in.unsent_forms import KeptPosts
from webapp.gateway.tokens.own_tokens import OwnTokens
from webapp.gateway.tokens.provider import Provider


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
    store.install(app)
    app.extensions["sign_in"] = SignIn(app)
    for part in (observation, health, access, deadlines, headers, rate_limits, failures, templates):
        part.install(app)
