"""Signals to the live stream: ids only, sent by NOTIFY with the transaction; the hub renders (DESIGN.md,
Live)."""

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

import telemetry

CHANNEL = "dm_live"
_NOTIFY = text("SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message")


def signal_record(session: Session, kind: str, key: str) -> None:
    """Tells whoever watches this record ("order", "DM-100042") that its fragments changed, once committed."""
    _notify(session, {"watch": f"{kind}:{key}"})


def signal_inbox(session: Session, recipient: str, n: int) -> None:
    """Tells the streams of `recipient` that their feed reached entry `n`, once committed."""
    _notify(session, {"to": recipient, "n": n})


def send_signals(session: Session) -> None:
    """Sends what was signalled, each signal once, in one statement; called at the end of every
    transaction."""
    signals, session.info["signals"] = session.info["signals"], {}
    if signals:
        session.execute(
            _NOTIFY, {"channel": CHANNEL, "messages": [json.dumps(message) for message in signals.values()]}
        )


def _notify(session: Session, message: dict[str, object]) -> None:
    if "rebuilding" in session.info:
        return
    traceparent = telemetry.current_traceparent()
    trace = {"traceparent": traceparent} if traceparent else {}
    session.info["signals"][tuple(message.items())] = {**message, **trace}
