"""Send wuphf's mails over SMTP (RFC 5321), each once, and retry what the server does not accept."""

import logging
import smtplib
import ssl
from functools import partial
from urllib.parse import unquote, urlsplit

from prometheus_client import Counter

from models.shared.jobs import task
from models.shared.transactions import transaction
from models.wuphf import mail_queue
from models.wuphf.mail_content import compose
from models.wuphf.mail_queue import Letter
from settings import settings

ITSELF = "service:notifications"
TIMEOUT = 10.0
MAILS = Counter("dm_mails_total", "Mails by what became of them", ["outcome"])
log = logging.getLogger(__name__)
begin = partial(transaction, "notifications", actor=ITSELF)


@task("notifications", cron="5 * * * *")
def gather_daily_mails() -> None:
    """Every hour, prepare the daily mail of the people whose morning has come."""
    with begin() as session:
        mail_queue.gather_daily(session)


@task("notifications", cron="0 * * * *")
def gather_hourly_mails() -> None:
    """Every hour, prepare one mail with everything new for the people who chose hourly mails."""
    with begin() as session:
        mail_queue.gather_hourly(session)


@task("notifications", cron="* * * * * */10")
def send_due_mails() -> None:
    """Send what is due; do nothing without a mail server."""
    if not settings().smtp_url.reveal():
        return
    while letters := _claim():
        if not _send(letters):
            return


def _claim() -> list[Letter]:
    with begin() as session:
        return mail_queue.claim_due(session)


def _send(letters: list[Letter]) -> bool:
    """Send these letters; return whether the server could be reached."""
    try:
        server = _connect()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server cannot be reached, trying again later: %r", error)
        for letter in letters:
            _refused(letter, error, for_good=False)
        return False
    with server:
        for letter in letters:
            _send_one(server, letter)
    return True


def _send_one(server: smtplib.SMTP, letter: Letter) -> None:
    config = settings()
    mail = compose(
        letter,
        public_url=config.public_url,
        sender=config.mail_from,
        secret=config.session_secret.reveal(),
    )
    try:
        server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        _refused(letter, error, for_good=_is_final(error))
        return
    with begin() as session:
        mail_queue.note_sent(session, letter.id)
    MAILS.labels("sent").inc()


def _refused(letter: Letter, error: Exception, *, for_good: bool) -> None:
    with begin() as session:
        mail_queue.note_refused(session, letter, f"{error!r}", for_good=for_good)
    MAILS.labels("failed" if for_good else "deferred").inc()


def _is_final(error: Exception) -> bool:
    """Check for a permanent failure: 5xx is permanent, 4xx and silence are not (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _connect() -> smtplib.SMTP:
    address = urlsplit(settings().smtp_url.reveal())
    host, trusted = address.hostname or "127.0.0.1", ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, address.port or 465, timeout=TIMEOUT, context=trusted
        )
    else:
        server = smtplib.SMTP(host, address.port or 25, timeout=TIMEOUT)
    if address.scheme == "smtp+starttls":
        server.starttls(context=trusted)
    if address.username:
        server.login(unquote(address.username), unquote(address.password or ""))
    return server
