"""What the demo's mail server took in: it delivers none, it keeps each as a file (stack/embedded/mail_sink.py)."""

from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple


class Mail(NamedTuple):
    """One mail as it came in."""

    at: datetime
    to: str
    subject: str
    path: Path


def received(folder: Path) -> Iterator[Mail]:
    """The mails of the stack over `folder`, the oldest first."""
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
