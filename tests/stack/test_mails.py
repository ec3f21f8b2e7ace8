"""The command that shows what the demo's mail server took in."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from stack.__main__ import show_mails
from stack.embedded.mail_sink import serve
from tests.conftest import free_port


def test_mails_that_were_sent_are_listed_in_order_and_none_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_mails(tmp_path) == 0
    assert "No email was sent yet" in capsys.readouterr().out
    port = free_port()
    server = serve(f"{tmp_path / 'mail'}@127.0.0.1:{port}")
    try:
        for subject in ("Your expense was approved", "Paper, größer"):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = (
                "wuphf@dundermifflin.example",
                "jim@dundermifflin.example",
                subject,
            )
            mail.set_content("Hello")
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.send_message(mail)
    finally:
        server.stop()
    assert show_mails(tmp_path) == 0
    shown = capsys.readouterr().out
    assert shown.index("Your expense was approved") < shown.index("Paper, größer")
    assert "jim@dundermifflin.example" in shown and "2 emails" in shown
