"""How leads and clients change: the difference goes into history, the version counts, who looks on is told."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models.sales.tables import FAR, Client, Lead
from models.shared.errors import NotFound, Stale
from models.shared.history import list_history, write_history
from models.shared.live import signal_record

QUIET = {
    "company_key",
    "mail_key",
    "phone_key",
    "search_text",
    "stage_since",
    "closed_at",
    "lost_from",
    "created_at",
}


def lock_lead(session: Session, number: str) -> Lead:
    """The lead, locked until the transaction ends; raises NotFound, also for one that was merged away."""
    lead = session.get(Lead, number, with_for_update=True, populate_existing=True)
    if lead is None or lead.merged_into:
        raise NotFound("lead", number)
    return lead


def lock_client(session: Session, number: str) -> Client:
    """The client, locked until the transaction ends; raises NotFound."""
    client = session.get(Client, number, with_for_update=True, populate_existing=True)
    if client is None:
        raise NotFound("client", number)
    return client


def check_version(session: Session, record: Lead | Client, seen: int) -> None:
    """Raises Stale, with each field as it was seen and as it is, unless `seen` is the record's version."""
    if record.version == seen:
        return
    kind = _kind(record)
    changes: dict[str, tuple[object, object]] = {}
    for entry in list_history(session, kind, record.number):  # newest first
        if entry.changes.get("version", 0) > seen:
            for field, (before, after) in entry.changes.get("fields", {}).items():
                changes[field] = (before, changes[field][1] if field in changes else after)
    name = record.company if isinstance(record, Lead) else record.name
    raise Stale(f"{name} was changed by somebody else since you opened it.", changes)


def change(
    session: Session, record: Lead | Client, what: str, new: dict[str, Any], **more: Any
) -> list[str]:
    """Sets what differs, counts the version, writes history and tells who looks on; returns the fields that moved.

    Nothing happens where nothing differs, unless there is `more` to write down.
    """
    moved = {field: value for field, value in new.items() if getattr(record, field) != value}
    if not moved and not more:
        return []
    fields = {
        field: [plain(getattr(record, field)), plain(value)]
        for field, value in moved.items()
        if field not in QUIET
    }
    for field, value in moved.items():
        setattr(record, field, value)
    record.version += 1
    note(session, record, what, fields=fields, **more)
    return [field for field in moved if field not in QUIET]


def note(session: Session, record: Lead | Client, what: str, **changes: Any) -> None:
    """Writes history of the record at its version, and tells who looks on."""
    kind = _kind(record)
    write_history(session, kind, record.number, what, version=record.version, **changes)
    signal_record(session, kind, record.number)
    signal_record(session, f"{kind}s", "*")


def plain(value: Any) -> Any:
    """A value as history keeps it: JSON, money and dates as text, no date as empty."""
    if isinstance(value, Decimal | datetime):
        return str(value)
    if isinstance(value, date):
        return "" if value == FAR else value.isoformat()
    return value


def searchable(*texts: str) -> str:
    """What a search looks in: these texts in small letters."""
    return " ".join(text for text in texts if text).lower()


def _kind(record: Lead | Client) -> str:
    return "lead" if isinstance(record, Lead) else "client"
