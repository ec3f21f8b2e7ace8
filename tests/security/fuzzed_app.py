"""The real application for gunicorn with a token for whoever asks, and without limits on how often."""

from flask import Flask, current_app

from tests.web_client import known_people
from tests.wuphf import live_app
from webapp.gateway.safety.rate_limits import Rate, Rates
from webapp.shared.people.rights import ROLE_OF_GROUP, Person, public

EVERYTHING = frozenset({*ROLE_OF_GROUP.values(), "service"})


class NoLimits(Rates):
    """Lets through as much as is asked: what a test sends in a minute is more than any person does."""

    def take(self, rate: Rate, key: str) -> float:
        """Always at once."""
        return 0.0


def make_app() -> Flask:
    """For `gunicorn tests.security.fuzzed_app:make_app()`."""
    app = live_app.make_app()
    app.extensions["rates"] = NoLimits()
    app.add_url_rule("/test/token/<service>", view_func=_token)
    return app


@public
def _token(service: str) -> str:
    entry = known_people()["michael.scott"]
    person = Person(entry.uid, entry.name, entry.mail, roles=EVERYTHING)
    return current_app.extensions["own_tokens"].issue(person, service)
