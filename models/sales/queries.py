"""Queries about a single lead or client."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.sales.stages import OPEN
from models.sales.tables import Client, Lead, LeadEntry
from models.shared.database.tables import mechanism
from models.shared.errors import NotFound
from models.shared.records.history import HistoryEntry


class Activity(NamedTuple):
    """Something that happened with a client, and what was noted about it."""

    entry: HistoryEntry
    words: str


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


def list_open_leads_of_client(session: Session, client: Client) -> list[Lead]:
    """Return the open leads of a company that is a client already, the earliest next step first.

    They are leads of the same name, by its normal form.
    """
    query = select(Lead).where(
        Lead.company_key == client.company_key,
        Lead.stage.in_(OPEN),
        Lead.merged_into.is_(None),
    )
    return list(session.scalars(query.order_by(Lead.next_on, Lead.number)))


def list_client_activity(
    session: Session, number: str, leads: Sequence[Lead], most: int = 50
) -> list[Activity]:
    """Return what happened with a client and its leads, newest first, at most `most` entries.

    Notes and calls have their words.
    """
    table, numbers = mechanism("sales").history, [lead.number for lead in leads]
    of_client = (table.c.record == "client") & (table.c.key == number)
    of_leads = (table.c.record == "lead") & table.c.key.in_(numbers)
    found = session.execute(
        select(table)
        .where(of_client | of_leads)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(most)
    )
    entries = [HistoryEntry(*row) for row in found]
    wanted = [entry.changes["entry"] for entry in entries if "entry" in entry.changes]
    notes = session.scalars(select(LeadEntry).where(LeadEntry.id.in_(wanted)))
    words = {note.id: note.words for note in notes}
    return [Activity(each, words.get(each.changes.get("entry", 0), "")) for each in entries]


def list_leads_of_client(session: Session, number: str) -> list[Lead]:
    """Return the leads that became this client, newest first."""
    return list(
        session.scalars(
            select(Lead).where(Lead.client_number == number).order_by(Lead.closed_at.desc())
        )
    )
