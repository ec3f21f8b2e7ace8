"""Mail: each once, after quiet hours, a digest a day, again when the server was away, stopped by its own link."""

import email
import re
import socket
import threading
import time as time_of_day
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from email import policy
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup

from consumers.jobs import mail as sender
from models.shared import clock
from models.shared.database.deadlines import within
from models.shared.settings.preferences import Preferences
from models.shared.transactions import transaction
from models.wuphf import jobs, mail_queue
from models.wuphf.mail_content import sign
from settings import settings
from tests.conftest import free_port
from tests.factories.notifications import RAISED, do_as_jim, learn_preferences, make_raised

MORNING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 9:00 in the office


class Server:
    """A mail server that takes, or answers what the test says."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.raw: list[bytes] = []
        self.answer = "250 OK"
        self.hangs_up = 0  # without a word, at every such mail
        self.asked = 0
        self.port = free_port()

    def start(self) -> None:
        """Listens from now on, always on the same port."""
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_MAIL(self, server, _session, envelope, address, options):
        self.asked += 1
        if self.hangs_up and self.asked % self.hangs_up == 0:
            server.transport.abort()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        if self.answer.startswith("250"):
            self.raw.append(envelope.content)
            self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        if self.answer.endswith("and gone"):
            server.transport.abort()
        return self.answer


@pytest.fixture
def server(office, clean_database, monkeypatch) -> Iterator[Server]:
    kept = Server()
    monkeypatch.setenv("DM_SMTP_URL", f"smtp://127.0.0.1:{kept.port}")
    settings.cache_clear()
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("UPDATE notifications.person SET mail = uid || '@dundermifflin.com'")
    kept.start()
    yield kept
    if kept.controller.server:
        kept.controller.stop()
    settings.cache_clear()


def text_of(mail: Any) -> str:
    """The plain part of a mail that arrived."""
    return mail.get_body(("plain",)).get_content()


def arrive(happens, **changes) -> uuid.UUID:
    id_ = uuid.uuid4()
    happens(RAISED, {**make_raised(id_), "mail": "each", **changes})
    return id_


def states(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [
            row[0]
            for row in connection.execute("SELECT state FROM notifications.mail ORDER BY up_to")
        ]


def test_a_mail_each_is_sent_once_with_words_link_and_the_way_out(server, happens, clean_database):
    id_ = arrive(happens)
    for _ in range(3):
        sender.send_due_mails()
    [mail] = server.mails
    assert mail["To"].addresses[0].addr_spec == "jim.halpert@dundermifflin.com"
    assert "is fully reserved" in mail["Subject"]
    assert f"/wuphf/{id_}/open" in text_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/wuphf/unsubscribe/" in mail["List-Unsubscribe"]
    assert states(clean_database) == ["sent"]


def test_the_way_out_arrives_as_rfc_8058_wants_it_whatever_the_names(server, happens):
    id_ = arrive(happens, parts={"client_name": "Müller & <Söhne> 株式会社 " + "x" * 90})
    sender.send_due_mails()
    [raw], [mail] = server.raw, server.mails
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    way_out = [line for line in head if line.lower().startswith(b"list-unsubscribe")]
    found = re.fullmatch(rb"List-Unsubscribe: <(http://[!-~]+)>", way_out[0])
    assert found and way_out[1:] == [b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    page = BeautifulSoup(mail.get_body(("html",)).get_content(), "html.parser")
    links = [link["href"] for link in page.select("a")]
    assert links[0].endswith(f"/wuphf/{id_}/open") and links[-1] == found[1].decode()
    assert "Müller & <Söhne> 株式会社" in page.text and "Müller & <Söhne> 株式会社" in text_of(mail)
    assert not page.select("script, img, link, [style]")


def test_who_wants_no_mail_gets_none(server, happens, clean_database):
    arrive(happens, mail="off")
    sender.send_due_mails()
    assert (server.mails, states(clean_database)) == ([], [])


def test_what_was_read_or_withdrawn_meanwhile_is_not_mailed(server, happens, clean_database):
    from models.wuphf import commands

    do_as_jim(commands.mark_read, [arrive(happens)])
    sender.send_due_mails()
    assert (server.mails, states(clean_database)) == ([], ["skipped"])


def test_quiet_hours_hold_the_mail_back_and_not_the_row(server, happens, clean_database):
    arrive(happens, quiet_until=(clock.now() + timedelta(hours=2)).isoformat())
    sender.send_due_mails()
    assert (server.mails, states(clean_database)) == ([], ["waiting"])
    with clock.at(clock.now() + timedelta(hours=3)):
        sender.send_due_mails()
    assert len(server.mails) == 1


def test_a_server_that_says_later_or_is_away_gets_it_again_with_longer_pauses(
    server, happens, clean_database
):
    arrive(happens)
    server.answer = "451 later"
    sender.send_due_mails()
    server.controller.stop()
    for minutes in (2, 10):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            sender.send_due_mails()
    assert states(clean_database) == ["waiting"]
    with psycopg.connect(clean_database) as connection:
        attempts, due = connection.execute(
            "SELECT attempts, due_at FROM notifications.mail"
        ).fetchone()
    assert attempts == 3
    assert due > clock.now() + timedelta(minutes=11)


def test_a_server_that_says_never_is_not_asked_again(server, happens, clean_database):
    arrive(happens)
    server.answer = "554 no"
    sender.send_due_mails()
    assert states(clean_database) == ["failed"]


def test_a_mail_whose_sender_died_is_never_sent_twice(server, happens, clean_database):
    arrive(happens)
    with transaction("notifications", actor="service:test") as session:
        [letter] = mail_queue.claim_due(session)
    sender.send_due_mails()
    with clock.at(clock.now() + timedelta(hours=1)):
        sender.send_due_mails()
    assert (server.mails, states(clean_database)) == ([], ["unknown"])
    assert letter.attempts == 1


def test_a_server_that_hangs_up_between_mails_gets_the_rest_over_new_connections_each_once(
    server, happens, clean_database
):
    for _ in range(7):
        arrive(happens)
    server.hangs_up = 3
    sender.send_due_mails()
    assert len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == 7
    assert states(clean_database) == ["sent"] * 7


def test_a_server_that_hangs_up_on_every_mail_is_asked_once_and_again_later(
    server, happens, clean_database
):
    for _ in range(3):
        arrive(happens)
    server.hangs_up = 1
    sender.send_due_mails()
    assert (server.asked, states(clean_database)) == (1, ["waiting"] * 3)
    server.hangs_up = 0
    with clock.at(clock.now() + timedelta(minutes=2)):
        sender.send_due_mails()
    assert states(clean_database) == ["sent"] * 3


def test_a_mail_whose_server_was_lost_before_it_answered_is_never_sent_twice(
    server, happens, clean_database
):
    for _ in range(2):
        arrive(happens)
    server.answer = "250 taken, and gone"
    sender.send_due_mails()
    server.answer = "250 OK"
    with clock.at(clock.now() + timedelta(hours=1)):
        sender.send_due_mails()
    assert (len(server.mails), states(clean_database)) == (2, ["unknown"] * 2)


def test_a_mail_server_killed_and_revived_gets_what_was_due_meanwhile_once(
    server, happens, clean_database
):
    arrive(happens)
    sender.send_due_mails()
    server.controller.stop()
    arrive(happens)
    sender.send_due_mails()
    assert states(clean_database) == ["sent", "waiting"]
    server.start()
    with clock.at(clock.now() + timedelta(minutes=2)):
        sender.send_due_mails()
    assert (len(server.mails), states(clean_database)) == (2, ["sent"] * 2)


def test_a_mail_server_that_answers_letter_by_letter_holds_nobody_up(
    server, happens, clean_database, monkeypatch
):
    monkeypatch.setattr(sender, "REPLY", 0.5)
    arrive(happens)
    server.controller.stop()
    with socket.create_server(("127.0.0.1", server.port)) as drips:
        threading.Thread(target=drip, args=(drips,), daemon=True).start()
        sender.send_due_mails()
    assert states(clean_database) == ["waiting"]


def drip(server: socket.socket) -> None:
    """A greeting without an end."""
    with suppress(OSError):
        connection, _ = server.accept()
        while True:
            connection.sendall(b"2")
            time_of_day.sleep(0.05)


def test_what_a_job_has_no_time_for_is_sent_by_the_next(server, happens, clean_database):
    for _ in range(3):
        arrive(happens)
    with within(0.0):
        sender.send_due_mails()
    assert (server.mails, states(clean_database)) == ([], ["waiting"] * 3)
    with transaction("notifications", actor="service:test") as session:
        letters = mail_queue.claim_due(session)
    with within(0.2 * settings().job_seconds):
        assert not sender._send(letters)
    sender.send_due_mails()
    assert (len(server.mails), states(clean_database)) == (3, ["sent"] * 3)


def test_two_senders_at_once_never_claim_the_same(server, happens):
    arrive(happens)
    with (
        transaction("notifications", actor="service:a") as one,
        transaction("notifications", actor="service:b") as other,
    ):
        assert [len(mail_queue.claim_due(session)) for session in (one, other)] == [1, 0]


def test_the_daily_mail_comes_once_a_day_with_what_is_new_since(server, happens, clean_database):
    for _ in range(3):
        arrive(happens, mail="digest", occurred_at=MORNING.isoformat())
    for hours in (0, 1, 2):
        with clock.at(MORNING + timedelta(hours=hours)):
            sender.gather_daily_mails()
            sender.send_due_mails()
    assert [mail["Subject"] for mail in server.mails] == ["3 new notifications since yesterday"]
    with clock.at(MORNING + timedelta(days=1)):
        sender.gather_daily_mails()
    assert states(clean_database) == ["sent"]


def test_before_the_morning_there_is_no_daily_mail(server, happens, clean_database):
    arrive(happens, mail="digest", occurred_at=MORNING.isoformat())
    with clock.at(MORNING - timedelta(hours=2)):
        sender.gather_daily_mails()
    assert states(clean_database) == []


def hour(later: float = 0.0) -> None:
    """What the clock does, so many hours after the morning."""
    with clock.at(MORNING + timedelta(hours=later)):
        sender.gather_hourly_mails()
        sender.gather_daily_mails()
        sender.send_due_mails()


def test_the_hourly_mail_has_all_that_is_new_and_nothing_a_second_time(
    server, happens, clean_database
):
    first = [arrive(happens, mail="hourly", occurred_at=MORNING.isoformat()) for _ in range(3)]
    hour()
    hour(0.5)
    [mail] = server.mails
    assert mail["Subject"] == "3 new notifications"
    assert all(f"/wuphf/{id_}/open" in text_of(mail) for id_ in first)
    hour(1)
    assert len(server.mails) == 1, "nothing new, no mail"
    later = arrive(happens, mail="hourly", occurred_at=MORNING.isoformat())
    hour(1.5)
    assert len(server.mails) == 2
    assert str(later) in text_of(server.mails[1]) and str(first[0]) not in text_of(server.mails[1])
    assert states(clean_database) == ["sent", "sent"]


def test_hourly_daily_and_single_mails_each_have_their_own(server, happens):
    with clock.at(MORNING):
        ids = {
            mail: arrive(happens, mail=mail, occurred_at=MORNING.isoformat())
            for mail in ("off", "digest", "hourly", "each")
        }
    for later in (0, 1, 2):
        hour(later)
    said = [text_of(mail) for mail in server.mails]
    assert [sum(str(id_) in text for text in said) for id_ in ids.values()] == [0, 1, 1, 1]
    assert len(said) == 3


def test_quiet_hours_hold_the_hourly_mail_and_the_first_after_them_has_everything(
    server, happens, clean_database
):
    learn_preferences(
        Preferences(uid="jim.halpert", quiet_from=time(9, 0), quiet_until=time(12, 0))
    )
    for later in (0, 1, 2):
        arrive(happens, mail="hourly", occurred_at=MORNING.isoformat())
        hour(later)
    assert (server.mails, states(clean_database)) == ([], [])
    hour(3)
    assert [mail["Subject"] for mail in server.mails] == ["3 new notifications"]


def test_what_slept_or_was_read_is_not_in_a_second_mail(server, happens):
    from models.wuphf import commands

    again, slept = (
        arrive(happens, mail="hourly", occurred_at=MORNING.isoformat()) for _ in range(2)
    )
    do_as_jim(commands.change, "snooze", [slept], MORNING + timedelta(minutes=5))
    hour()
    do_as_jim(commands.mark_read, [again])
    do_as_jim(commands.mark_unread, [again])
    hour(1)
    assert [str(again) in text_of(mail) for mail in server.mails] == [True]
    with clock.at(MORNING + timedelta(hours=2)):
        jobs.wake_what_is_due("jim.halpert")
    hour(2)
    assert [str(slept) in text_of(mail) for mail in server.mails] == [False, True], (
        "awake, it is in its first mail"
    )


def test_the_link_of_an_hourly_mail_stops_what_comes_hourly_and_nothing_else(
    server, happens, anonymous, served, bearer_for
):
    jim = bearer_for("jim.halpert", "profile")
    wanted = {"orders": {"bell": False, "mail": "hourly"}, "stock": {"bell": True, "mail": "each"}}
    assert (
        anonymous.patch("/api/v1/me/preferences", json={"notify": wanted}, headers=jim).status_code
        == 200
    )
    arrive(happens, mail="hourly", occurred_at=MORNING.isoformat())
    hour()
    link = urlsplit(server.mails[0]["List-Unsubscribe"].strip("<>")).path
    assert link.startswith("/wuphf/unsubscribe/")
    assert "hourly emails" in anonymous.get(link).text
    assert anonymous.post(link).status_code == 200
    notify = anonymous.get("/api/v1/me/preferences", headers=jim).json["notify"]
    assert notify == {
        "orders": {"bell": False, "mail": "off"},
        "stock": {"bell": True, "mail": "each"},
    }


def test_a_subject_is_one_line_whatever_a_name_holds(server, happens):
    arrive(
        happens,
        kind="client_created",
        subject_type="client",
        parts={"name": "A\r\nBcc: x@evil.example"},
    )
    sender.send_due_mails()
    [mail] = server.mails
    assert mail["Bcc"] is None
    assert "Bcc" in mail["Subject"]


def test_the_link_stops_that_category_and_no_other_without_a_session(
    server, anonymous, served, bearer_for
):
    link = f"/wuphf/unsubscribe/{sign(settings().session_secret.reveal(), 'jim.halpert', 'orders')}"
    assert anonymous.get(link).status_code == 200
    jim = bearer_for("jim.halpert", "profile")
    notify = lambda: anonymous.get("/api/v1/me/preferences", headers=jim).json["notify"]  # noqa: E731
    assert notify() == {}
    assert anonymous.post(link).status_code == 200
    assert notify() == {"orders": {"bell": True, "mail": "off"}}


@pytest.mark.parametrize("word", ["forged", "WyJqaW0iLCJvcmRlcnMiXQ.abc", ""])
def test_a_forged_link_stops_nothing(office, anonymous, word):
    assert anonymous.post(f"/wuphf/unsubscribe/{word}").status_code == 404
