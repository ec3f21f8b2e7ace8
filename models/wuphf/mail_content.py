"""The text of a mail, and its signed unsubscribe link (RFC 8058)."""

from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from itsdangerous import BadSignature, URLSafeSerializer

from models.shared import clock
from models.wuphf.mail_queue import DAILY, HOURLY, Letter
from models.wuphf.queries import Notice
from models.wuphf.words import detail_of, title_of

EVERY = "all"
STOPS = {DAILY: "the daily mail and all others", HOURLY: "the mail of every hour"}


def compose(letter: Letter, *, public_url: str, sender: str, secret: str) -> EmailMessage:
    """Compose the mail as plain text. The same letter always has the same Message-ID."""
    mail, category = EmailMessage(), letter.category or EVERY
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
    about = STOPS.get(letter.category, "mails like this")
    told = "\n\n".join(_told(notice, public_url) for notice in letter.notices)
    mail.set_content(f"{told}\n\n-- \nYour inbox: {public_url}/wuphf\nStop {about}: {stop}\n")
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
    return f"{count} new WUPHFs" if letter.category == HOURLY else f"{count} WUPHFs since yesterday"


def _told(notice: Notice, public_url: str) -> str:
    lines = [
        title_of(notice).striptags(),
        detail_of(notice).striptags(),
        f"{public_url}/wuphf/{notice.id}/open",
    ]
    return "\n".join(line for line in map(_one_line, lines) if line)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="wuphf-unsubscribe")
