"""Mails received by the demo's mail server, which stores them as files and delivers none.

See stack/embedded/mail_sink.py.
"""

from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple


class Mail(NamedTuple):
    """One received mail."""

    at: datetime
    to: str
    subject: str
    path: Path


def received(folder: Path) -> Iterator[Mail]:
    """Yield the mails of the stack in `folder`, oldest first."""
    for path in sorted((folder / "mail").glob("*.eml"), key=_when):
        with path.open("rb") as file:
            head = BytesParser(policy=policy.default).parse(file, headersonly=True)
        yield Mail(
            datetime.fromtimestamp(_when(path) / 1e9).astimezone(),
            str(head["To"]),
            str(head["Subject"]),
            path,
        )


def _when(path: Path) -> int:
    return int(path.name.split("-")[0])
