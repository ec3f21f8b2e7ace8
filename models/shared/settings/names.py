"""People's names, from this service's copy of the directory."""

from sqlalchemy.orm import Session

from models.shared.settings.pulled_records import pulled_record

SOURCE = "people"  # pulled by webapp/shared/services/pull.py


def name_of(session: Session, uid: str) -> str:
    """Return a person's name as last pulled, else as their uid tells it."""
    record = pulled_record(session, SOURCE, uid)
    return str(record["name"]) if record and record.get("name") else name_from_uid(uid)


def name_from_uid(uid: str) -> str:
    """Return `Jim Halpert` for jim.halpert, for people whose name is not known here (yet)."""
    return uid.replace(".", " ").title()
