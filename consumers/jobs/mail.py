"""Send wuphf's mails over SMTP (RFC 5321), each once, and retry what the server does not accept."""

import logging
import smtplib
import socket
import ssl
import threading
from collections import deque
from contextlib import suppress
from functools import partial
from urllib.parse import unquote, urlsplit

from prometheus_client import Counter

from models.shared.database.deadlines import seconds_left
from models.shared.jobs import task
from models.shared.transactions import transaction
from models.wuphf import mail_queue
from models.wuphf.mail_content import compose
from models.wuphf.mail_queue import Letter
from settings import settings

ITSELF = "service:notifications"
TIMEOUT = 10.0  # seconds between two signs of life
REPLY = 20.0  # seconds for a whole answer, of a server that sends it letter by letter
ENOUGH = 0.25  # of the job's time must be left to begin a mail
GO_AHEAD, CLOSING = 354, 421  # answers (RFC 5321, 4.2.2): send the text now; I hang up
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
    while _has_time() and (letters := _claim()):
        if not _send(letters):
            return


def _claim() -> list[Letter]:
    with begin() as session:
        return mail_queue.claim_due(session)


def _send(letters: list[Letter]) -> bool:
    """Send these letters; return whether the server could be reached.

    A server may hang up between two letters: the next goes over a new connection.
    """
    left = deque(letters)
    while left:
        first = left[0]
        try:
            with _connect() as server:
                while left and _has_time():
                    _send_one(server, left[0])
                    left.popleft()
        except OSError as error:  # of smtplib, too
            if left and left[0] is first:  # a new connection was of no use
                log.warning("the mail server cannot be reached, trying again later: %r", error)
                for letter in left:
                    _refused(letter, error, for_good=False)
                return False
        if not _has_time():
            with begin() as session:
                mail_queue.give_back(session, [letter.id for letter in left])
            return False
    return True


def _has_time() -> bool:
    """Return whether there is time for another mail; the next run goes on with the rest."""
    left = seconds_left()
    return left is None or left > ENOUGH * settings().job_seconds


def _send_one(server: "Server", letter: Letter) -> None:
    """Send it and note what became of it. Raises OSError if the connection was lost before its text."""
    config = settings()
    mail = compose(
        letter,
        public_url=config.public_url,
        sender=config.mail_from,
        secret=config.session_secret.reveal(),
    )
    server.waits_for_text = False
    try:
        server.send_message(mail)
    except OSError as error:
        if server.waits_for_text:
            _unknown(letter, error)
        elif _is_lost(error):
            server.close()
            raise
        else:
            _refused(letter, error, for_good=_is_final(error))
    else:
        _sent(letter)


def _sent(letter: Letter) -> None:
    with begin() as session:
        mail_queue.note_sent(session, letter.id)
    MAILS.labels("sent").inc()


def _unknown(letter: Letter, error: Exception) -> None:
    """The text was under way and no answer came: it may have arrived, so it is not sent again."""
    log.warning("mail %s: nobody knows whether it was taken: %r", letter.id, error)
    with begin() as session:
        mail_queue.note_unknown(session, letter.id, f"{error!r}")
    MAILS.labels("unknown").inc()


def _refused(letter: Letter, error: Exception, *, for_good: bool) -> None:
    with begin() as session:
        mail_queue.note_refused(session, letter, f"{error!r}", for_good=for_good)
    MAILS.labels("failed" if for_good else "deferred").inc()


def _is_final(error: Exception) -> bool:
    """Check for a permanent failure: 5xx is permanent, 4xx and silence are not (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _is_lost(error: Exception) -> bool:
    """Return whether the connection failed, or the server closes it (421, RFC 5321, 3.8)."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == CLOSING
    is_answer = isinstance(error, smtplib.SMTPException)
    return not is_answer or isinstance(error, smtplib.SMTPServerDisconnected)


class Server(smtplib.SMTP):
    """A connection to the mail server that remembers its last answer."""

    waits_for_text = False

    def getreply(self) -> tuple[int, bytes]:
        """Return code and words; raises SMTPServerDisconnected if none come in time."""
        late = threading.Timer(REPLY, _shut, [self.sock])
        late.start()
        try:
            code, words = super().getreply()
        finally:
            late.cancel()
        self.waits_for_text = code == GO_AHEAD
        return code, words


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class TlsServer(Server, smtplib.SMTP_SSL):
    """The same over TLS from the start."""


def _connect() -> Server:
    address = urlsplit(settings().smtp_url.reveal())
    host, trusted = address.hostname or "127.0.0.1", ssl.create_default_context()
    if address.scheme == "smtps":
        server: Server = TlsServer(host, address.port or 465, timeout=TIMEOUT, context=trusted)
    else:
        server = Server(host, address.port or 25, timeout=TIMEOUT)
    if address.scheme == "smtp+starttls":
        server.starttls(context=trusted)
    if address.username:
        server.login(unquote(address.username), unquote(address.password or ""))
    return server
