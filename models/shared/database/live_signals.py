"""Signals to the live stream, sent by NOTIFY when the transaction commits.

They carry ids only; webapp/wuphf reads and renders what changed.
"""

import json
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

import telemetry

CHANNEL = "dm_live"
MOST_BYTES = 7900  # NOTIFY takes fewer than 8,000
TOGETHER = 40  # inboxes per message: fits NOTIFY's 8,000 bytes even with 64-letter names and traces
KINDS = frozenset(
    {
        "broadcast",
        "client",
        "clients",
        "drafts",
        "expense",
        "expenses",
        "lead",
        "lead_import",
        "leads",
        "locations",
        "order",
        "orders",
        "product",
        "products",
        "receipts",
        "shipment",
        "shipments",
        "stock_take",
        "stock_takes",
        "webhook",
    }
)
_NOTIFY = text(
    "SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message"
)


def signal_record(session: Session, kind: str, key: str) -> None:
    """Tell viewers of this record ("order", "DM-100042") on commit that its fragments changed.

    `kind` is one of KINDS; the key "*" of a plural one stands for the list of all, and a uid after
    "drafts" for that person's own.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of record that pages can watch")
    record = f"{kind}:{key}"
    _note(session, ("record", record), {"watch": record, **_trace(telemetry.current_traceparent())})


def signal_inbox(session: Session, recipient: str, n: int, traceparent: str | None = None) -> None:
    """Tell the streams of `recipient` on commit that their feed has reached entry `n`."""
    moved = [recipient, n, traceparent or telemetry.current_traceparent()]
    _note(session, ("inbox", recipient, n), moved if moved[2] else moved[:2])


def signal_watch(session: Session, stream: str, uid: str, records: Mapping[str, float]) -> None:
    """Tell the process that holds this stream of `uid` on commit to watch these records.

    `records` says of each when its page was read, in seconds since 1970. Raises ValueError for names
    that together exceed what one NOTIFY carries.
    """
    signal = {"stream": stream, "uid": uid, "records": dict(records)}
    if len(json.dumps(signal)) > MOST_BYTES:
        raise ValueError("These names are too long to be watched together.")
    _note(session, ("record", stream), signal)


def send_signals(session: Session) -> None:
    """Send the collected signals, each once, in one statement.

    Called at the end of every transaction.
    """
    signals, session.info["signals"] = session.info["signals"], {}
    if signals:
        moved = [signal for (what, *_), signal in signals.items() if what == "inbox"]
        told = [signal for (what, *_), signal in signals.items() if what == "record"]
        told += [
            {"inboxes": moved[start : start + TOGETHER]} for start in range(0, len(moved), TOGETHER)
        ]
        session.execute(
            _NOTIFY, {"channel": CHANNEL, "messages": [json.dumps(each) for each in told]}
        )


def _note(session: Session, what: tuple[str | int, ...], signal: object) -> None:
    if "rebuilding" not in session.info:
        session.info["signals"][what] = signal


def _trace(traceparent: str | None) -> dict[str, str]:
    return {"traceparent": traceparent} if traceparent else {}
