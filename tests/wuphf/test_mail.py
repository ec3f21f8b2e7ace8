"""Mail: each once, after quiet hours, a digest a day, again when the server was away, stopped by its own link."""

import email
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email import policy
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from aiosmtpd.controller import Controller

from consumers.jobs import mail as sender
from models.shared import clock
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
        self.answer = "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def server(office, clean_database, monkeypatch) -> Iterator[Server]:
    kept = Server()
    port = free_port()
    monkeypatch.setenv("DM_SMTP_URL", f"smtp://127.0.0.1:{port}")
    settings.cache_clear()
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("UPDATE notifications.person SET mail = uid || '@dundermifflin.com'")
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    kept.controller = controller
    yield kept
    if controller.server:
        controller.stop()
    settings.cache_clear()


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
    assert "everything is on the shelf" in mail["Subject"]
    assert f"/wuphf/{id_}/open" in mail.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/wuphf/unsubscribe/" in mail["List-Unsubscribe"]
    assert states(clean_database) == ["sent"]


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
    assert [mail["Subject"] for mail in server.mails] == ["3 WUPHFs since yesterday"]
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
    assert mail["Subject"] == "3 new WUPHFs"
    assert all(f"/wuphf/{id_}/open" in mail.get_content() for id_ in first)
    hour(1)
    assert len(server.mails) == 1, "nothing new, no mail"
    later = arrive(happens, mail="hourly", occurred_at=MORNING.isoformat())
    hour(1.5)
    assert len(server.mails) == 2
    assert (
        str(later) in server.mails[1].get_content()
        and str(first[0]) not in server.mails[1].get_content()
    )
    assert states(clean_database) == ["sent", "sent"]


def test_hourly_daily_and_single_mails_each_have_their_own(server, happens):
    with clock.at(MORNING):
        ids = {
            mail: arrive(happens, mail=mail, occurred_at=MORNING.isoformat())
            for mail in ("off", "digest", "hourly", "each")
        }
    for later in (0, 1, 2):
        hour(later)
    said = [mail.get_content() for mail in server.mails]
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
    assert [mail["Subject"] for mail in server.mails] == ["3 new WUPHFs"]


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
    assert [str(again) in mail.get_content() for mail in server.mails] == [True]
    with clock.at(MORNING + timedelta(hours=2)):
        jobs.wake_what_is_due("jim.halpert")
    hour(2)
    assert [str(slept) in mail.get_content() for mail in server.mails] == [False, True], (
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
    assert "what comes every hour" in anonymous.get(link).text
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
