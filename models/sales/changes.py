"""Apply changes to leads and clients: bump the version, write history, signal open pages."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from models.sales.due_steps import follow_owner_and_step
from models.sales.normal_forms import shown_phone
from models.sales.tables import FAR, Client, Lead
from models.shared.database.live_signals import signal_record
from models.shared.errors import NotFound, Stale
from models.shared.records.history import list_history, write_history
from models.shared.texts import isolate

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
    """Lock a lead until the transaction ends.

    Raises NotFound if there is no such lead or it was merged into another one.
    """
    lead = session.get(Lead, number, with_for_update=True, populate_existing=True)
    if lead is None or lead.merged_into:
        raise NotFound("lead", number)
    return lead


def lock_client(session: Session, number: str) -> Client:
    """Lock a client until the transaction ends. Raises NotFound."""
    client = session.get(Client, number, with_for_update=True, populate_existing=True)
    if client is None:
        raise NotFound("client", number)
    return client


def check_version(session: Session, record: Lead | Client, seen: int) -> None:
    """Raise Stale unless `seen` is the record's current version.

    Stale carries, per field, the value as the caller saw it and the value now.
    """
    if record.version == seen:
        return
    kind = _kind(record)
    changes: dict[str, tuple[object, object]] = {}
    for entry in list_history(session, kind, record.number):  # newest first
        if entry.changes.get("version", 0) > seen:
            for field, (before, after) in entry.changes.get("fields", {}).items():
                changes[field] = (before, changes[field][1] if field in changes else after)
    name = record.company if isinstance(record, Lead) else record.name
    raise Stale(f"{isolate(name)} changed since you opened it.", changes)


def change(
    session: Session, record: Lead | Client, what: str, new: dict[str, object], **more: object
) -> list[str]:
    """Set the fields that differ, bump the version, write history and signal open pages.

    Returns the names of the changed fields, without those in QUIET. Does nothing if no field
    differs, unless there is `more` to record in history.
    """
    moved = {field: value for field, value in new.items() if getattr(record, field) != value}
    if not moved and not more:
        return []
    fields = {
        field: [plain(getattr(record, field)), plain(value)]
        for field, value in moved.items()
        if field not in QUIET
    }
    owner = record.owner
    for field, value in moved.items():
        setattr(record, field, value)
    record.version += 1
    if isinstance(record, Lead):
        follow_owner_and_step(session, record, owner)
    note(session, record, what, fields=fields, **more)
    return [field for field in moved if field not in QUIET]


def note(session: Session, record: Lead | Client, what: str, **changes: object) -> None:
    """Write a history entry at the record's current version and signal open pages."""
    kind = _kind(record)
    write_history(session, kind, record.number, what, version=record.version, **changes)
    signal_record(session, kind, record.number)
    signal_record(session, f"{kind}s", "*")


def plain(value: object) -> object:
    """Return a value as history stores it: money and dates as text, no date as an empty string."""
    if isinstance(value, Decimal | datetime):
        return str(value)
    if isinstance(value, date):
        return "" if value == FAR else value.isoformat()
    return value


def searchable(*texts: str) -> str:
    """Return the text that a search looks in: the non-empty texts, joined and in lower case."""
    return " ".join(text for text in texts if text).lower()


def searchable_phone(phone: str) -> tuple[str, str]:
    """Return a phone number as a search may ask for it: as it is shown, and its bare digits."""
    shown = shown_phone(phone)
    return shown, "".join(filter(str.isdigit, shown))


def _kind(record: Lead | Client) -> str:
    return "lead" if isinstance(record, Lead) else "client"
