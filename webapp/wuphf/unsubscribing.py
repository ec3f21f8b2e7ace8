"""Stop mails by the signed link in them, signed in or not (RFC 8058).

The preference is the profile service's: it is asked.
"""

from flask import g, make_response, render_template
from flask.typing import ResponseReturnValue

from models.notifications.letters import EVERY, read_signed
from models.notifications.mailing import HOURLY
from models.shared.errors import NotFound
from models.shared.preferences import CATEGORIES
from settings import settings
from webapp.shared.rights import Person, public
from webapp.shared.service_client import call
from webapp.wuphf.area import blueprint

WORDS = {**dict(CATEGORIES), EVERY: "everything", HOURLY: "what comes every hour"}


@blueprint.get("/unsubscribe/<word>")
@public
def ask_to_unsubscribe(word: str) -> ResponseReturnValue:
    """Asks once more: a link that is only looked at (by a scanner, say) changes nothing."""
    return render_template(
        "wuphf/unsubscribe.html", category=WORDS[_whose(word)[1]], word=word, done=False
    )


@blueprint.post("/unsubscribe/<word>")
@public
def unsubscribe(word: str) -> ResponseReturnValue:
    """No more mails of that category; of an hourly one, none of the categories that come so now."""
    uid, category = _whose(word)
    _stop(uid, category)
    return make_response(
        render_template("wuphf/unsubscribe.html", category=WORDS[category], word=word, done=True)
    )


def _whose(word: str) -> tuple[str, str]:
    found = read_signed(settings().session_secret.reveal(), word)
    if found is None or found[1] not in WORDS:
        raise NotFound("such link", word[:12])
    return found


def _stop(uid: str, stopped: str) -> None:
    """Changes the preference as that person, whom the link names; the session of who clicked stays as it is."""
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
