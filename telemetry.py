"""What every process shares to be seen from outside: the correlation id, JSON logs, trace context."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import uuid_utils

correlation: ContextVar[str] = ContextVar("correlation_id", default="")
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_correlation_id() -> str:
    """A fresh correlation id (UUIDv7, hex)."""
    return uuid_utils.uuid7().hex


def accept_correlation_id(given: str | None) -> str:
    """`given` when it is a harmless id (8 to 64 of letters, digits, `._-`), else a fresh one."""
    return given if given and _SAFE.fullmatch(given) else new_correlation_id()


class JsonLines(logging.Formatter):
    """One JSON object a line (so no CR/LF injection), with the correlation id; never a secret."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self.process,
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": getattr(record, "correlation_id", "") or correlation.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure_logging(process: str, level: str = "INFO") -> None:
    """Send the root logger to standard error as JSON lines named for this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiokafka", "faust", "mode", "ldap3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
