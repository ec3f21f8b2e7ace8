"""Signals to the live stream: ids only, sent by NOTIFY with the transaction; the hub renders (DESIGN.md, Live)."""

import json

from opentelemetry import propagate
from sqlalchemy import func, select
from sqlalchemy.orm import Session

CHANNEL = "dm_live"


def signal_record(session: Session, kind: str, key: str) -> None:
    """Tells whoever watches this record ("order", "DM-100042") that its fragments changed, once committed."""
    _notify(session, {"watch": f"{kind}:{key}"})


def signal_inbox(session: Session, recipient: str, n: int) -> None:
    """Tells the streams of `recipient` that their feed reached entry `n`, once committed."""
    _notify(session, {"to": recipient, "n": n})


def _notify(session: Session, message: dict[str, object]) -> None:
    trace: dict[str, str] = {}
    propagate.inject(trace)
    session.execute(select(func.pg_notify(CHANNEL, json.dumps({**message, **trace}))))
