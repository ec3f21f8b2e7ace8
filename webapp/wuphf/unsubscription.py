"""Stop mails by the signed link in them, signed in or not (RFC 8058).

The profile service owns the preference, so it is changed through its API.
"""

from flask import g, make_response, render_template
from flask.typing import ResponseReturnValue

from models.shared.errors import NotFound
from models.shared.settings.preferences import CATEGORIES
from models.wuphf.mail_content import EVERY, read_signed
from models.wuphf.mail_queue import HOURLY
from settings import settings
from webapp.shared.people.rights import Person, public
from webapp.shared.services.client import call
from webapp.wuphf.area import blueprint

EMAILS = {
    **{category: f"emails about {label.lower()}" for category, label in CATEGORIES},
    "broadcasts": "emails about WUPHFs to groups",
    EVERY: "emails about any notifications",
    HOURLY: "hourly emails",
}


@blueprint.get("/unsubscribe/<word>")
@public
def ask_to_unsubscribe(word: str) -> ResponseReturnValue:
    """Ask for confirmation: merely opening the link (a scanner might) changes nothing."""
    return render_template(
        "wuphf/unsubscribe.html", emails=EMAILS[_whose(word)[1]], word=word, done=False
    )


@blueprint.post("/unsubscribe/<word>")
@public
def unsubscribe(word: str) -> ResponseReturnValue:
    """Stop mails of that category; for an hourly mail, of every category now delivered hourly."""
    uid, category = _whose(word)
    _stop(uid, category)
    return make_response(
        render_template("wuphf/unsubscribe.html", emails=EMAILS[category], word=word, done=True)
    )


def _whose(word: str) -> tuple[str, str]:
    found = read_signed(settings().session_secret.reveal(), word)
    if found is None or found[1] not in EMAILS:
        raise NotFound("unsubscribe link", word[:12])
    return found


def _stop(uid: str, stopped: str) -> None:
    """Change the preference as the person in the link; the visitor's own session is unaffected."""
    before = g.person
    g.person = Person(uid, uid, roles=frozenset({"employee"}))
    try:
        notify = call("profile", "GET", "/me/preferences")["notify"]
        for category, _ in CATEGORIES:
            wanted = notify.get(category, {})
            if stopped in (EVERY, category, wanted.get("mail")):
                notify[category] = {"bell": wanted.get("bell", True), "mail": "off"}
        call("profile", "PATCH", "/me/preferences", json={"notify": notify})
    finally:
        g.person = before
