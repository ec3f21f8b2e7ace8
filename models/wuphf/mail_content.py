"""The text of a mail, and its signed unsubscribe link (RFC 8058)."""

from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from models.shared import clock
from models.shared.counts import counted
from models.wuphf.mail_queue import DAILY, HOURLY, Letter
from models.wuphf.queries import Notice
from models.wuphf.words import detail_of, title_of

EVERY = "all"
# A header line may have 998 characters (RFC 5322); folded at 78, a long link would be sent as
# encoded words, which no reader takes for a link.
WIRE = policy.SMTP.clone(max_line_length=998)
HTML = Markup(
    '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
    "<body>\n{told}\n<hr>\n"
    '<p><a href="{inbox}">Open your inbox</a> · <a href="{stop}">Unsubscribe from {about}</a></p>\n'
    "</body>\n</html>\n"
)
STOPS = {DAILY: "all emails", HOURLY: "hourly emails"}


def compose(letter: Letter, *, public_url: str, sender: str, secret: str) -> EmailMessage:
    """Compose the mail, as plain text and as HTML.

    The same letter always has the same Message-ID.
    """
    mail, category = EmailMessage(WIRE), letter.category or EVERY
    stop = f"{public_url}/wuphf/unsubscribe/{sign(secret, letter.recipient, category)}"
    mail["From"], mail["To"] = sender, formataddr((letter.name, letter.address))
    mail["Subject"] = _one_line(_subject(letter))
    mail["Date"], mail["Message-ID"] = (
        format_datetime(clock.now()),
        f"<{letter.id}@dundermifflin.com>",
    )
    mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"] = (
        f"<{stop}>",
        "List-Unsubscribe=One-Click",
    )
    mail["Auto-Submitted"] = "auto-generated"
    about = STOPS.get(letter.category, "emails like this")
    told = "\n\n".join(_told(notice, public_url) for notice in letter.notices)
    mail.set_content(
        f"{told}\n\n-- \nYour inbox: {public_url}/wuphf\nUnsubscribe from {about}: {stop}\n"
    )
    shown = Markup("\n").join(_shown(notice, public_url) for notice in letter.notices)
    page = HTML.format(
        title=mail["Subject"], told=shown, inbox=f"{public_url}/wuphf", stop=stop, about=about
    )
    mail.add_alternative(str(page), subtype="html")
    return mail


def sign(secret: str, uid: str, category: str) -> str:
    """Return the signed token for the unsubscribe link."""
    return str(_signer(secret).dumps([uid, category]))


def read_signed(secret: str, word: str) -> tuple[str, str] | None:
    """Return the uid and category of an unsubscribe token, or None if we did not sign it."""
    try:
        uid, category = _signer(secret).loads(word)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(uid), str(category)


def _subject(letter: Letter) -> str:
    count = len(letter.notices)
    if count == 1:
        return title_of(letter.notices[0]).striptags()
    told = counted(count, "new notification")
    return told if letter.category == HOURLY else f"{told} since yesterday"


def _told(notice: Notice, public_url: str) -> str:
    lines = [
        title_of(notice).striptags(),
        detail_of(notice).striptags(),
        f"{public_url}/wuphf/{notice.id}/open",
    ]
    return "\n".join(line for line in map(_one_line, lines) if line)


def _shown(notice: Notice, public_url: str) -> Markup:
    """Return the notification as HTML; title and detail are escaped where they are made."""
    link = f"{public_url}/wuphf/{notice.id}/open"
    return Markup('<p><a href="{}">{}</a><br>{}</p>').format(
        link, title_of(notice), detail_of(notice)
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="wuphf-unsubscribe")
