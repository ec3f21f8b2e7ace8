"""Queries about a single lead or client."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.sales.tables import Client, Lead, LeadEntry
from models.shared.database.tables import mechanism
from models.shared.errors import NotFound
from models.shared.records.history import HistoryEntry


def get_client(session: Session, number: str) -> Client:
    """Return the client with this number; raises NotFound."""
    client = session.get(Client, number)
    if client is None:
        raise NotFound("client", number)
    return client


def get_lead(session: Session, number: str) -> Lead:
    """Return the lead with this number, even if it was merged into another; raises NotFound."""
    lead = session.get(Lead, number)
    if lead is None:
        raise NotFound("lead", number)
    return lead


def list_entries(session: Session, number: str) -> list[LeadEntry]:
    """Return the notes and calls of a lead and of those merged into it, newest first."""
    query = (
        select(LeadEntry)
        .where(LeadEntry.lead_number == number)
        .order_by(LeadEntry.at.desc(), LeadEntry.id.desc())
    )
    return list(session.scalars(query))


def list_lead_history(session: Session, number: str) -> list[HistoryEntry]:
    """Return the history of a lead and of those merged into it, newest first."""
    table = mechanism("sales").history
    merged = select(Lead.number).where(Lead.merged_into == number)
    where = (table.c.record == "lead", (table.c.key == number) | table.c.key.in_(merged))
    entries = session.execute(
        select(table).where(*where).order_by(table.c.at.desc(), table.c.id.desc())
    )
    return [HistoryEntry(*entry) for entry in entries]


def list_leads_of_client(session: Session, number: str) -> list[Lead]:
    """Return the leads that became this client, newest first."""
    return list(
        session.scalars(
            select(Lead).where(Lead.client_number == number).order_by(Lead.closed_at.desc())
        )
    )
