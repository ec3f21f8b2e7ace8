"""Merge two leads: choose the fields to keep, and join notes, calls and history."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.sales.changes import (
    change,
    check_version,
    lock_lead,
    note,
    plain,
)
from models.sales.due_steps import follow_owner_and_step
from models.sales.lead_rules import ContactColumns, search_text_of
from models.sales.normal_forms import company_key, mail_key, phone_key
from models.sales.stages import OPEN, may_work, not_the_owner
from models.sales.tables import Lead, LeadEntry
from models.sales.vocabulary import Stage
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.records.circumstance import Circumstance
from models.shared.settings.names import name_of
from models.shared.texts import isolate

CHOICES = ("company", "contact_name", "mail", "phone", "source", "expected_value", "owner")
FILLED = (
    "contact_name",
    "mail",
    "phone",
    "owner",
)  # taken from the loser if the winner's field is empty


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Merge `loser` into `winner`, using the loser's value for the fields in `take`.

    The versions are the ones that the person saw.
    """

    winner: str
    loser: str
    winner_version: int
    loser_version: int
    take: tuple[str, ...] = ()


def merge_leads(session: Session, merge: Merge, *, any_lead: Circumstance[bool] = False) -> None:
    """Merge the loser into the winner, which then shows the notes, calls and history of both.

    The history entry lists what was taken from the loser and what was given up. Raises NotFound,
    Forbidden, Stale, Invalid, or DomainError `not_mergeable` if one of them is no longer open.
    """
    if merge.winner == merge.loser:
        raise Invalid({"loser": "A lead cannot be merged with itself."})
    if unknown := set(merge.take) - set(CHOICES):
        raise Invalid({"take": f"There is no field {min(unknown)}."})
    locked = {number: lock_lead(session, number) for number in sorted((merge.winner, merge.loser))}
    winner, loser = locked[merge.winner], locked[merge.loser]
    _check(session, winner, merge.winner_version, any_lead)
    _check(session, loser, merge.loser_version, any_lead)
    _join(session, winner, loser, taken_fields(winner, loser, merge.take))


def taken_fields(winner: Lead, loser: Lead, take: tuple[str, ...]) -> list[str]:
    """Return the fields to take from the loser: those chosen, and those that the winner lacks."""
    return [
        field
        for field in CHOICES
        if field in take
        or (field in FILLED and not getattr(winner, field) and getattr(loser, field))
    ]


def _join(session: Session, winner: Lead, loser: Lead, taken: list[str]) -> None:
    """Apply the merge, keeping the earlier of the two next steps.

    Leads that were merged into the loser before move to the winner too.
    """
    new = {field: getattr(loser, field) for field in taken}
    if loser.next_on < winner.next_on:
        new |= {field: getattr(loser, field) for field in ("next_kind", "next_on", "next_note")}
    new["created_at"] = min(winner.created_at, loser.created_at)
    given_up = {
        field: plain(getattr(winner if field in taken else loser, field))
        for field in CHOICES
        if getattr(winner, field) != getattr(loser, field)
    }
    change(
        session,
        winner,
        "merged",
        {**new, **_forms(winner, new)},
        loser=loser.number,
        took=taken,
        given_up=given_up,
    )
    session.execute(
        update(LeadEntry)
        .where(LeadEntry.lead_number == loser.number)
        .values(lead_number=winner.number)
    )
    session.execute(
        update(Lead).where(Lead.merged_into == loser.number).values(merged_into=winner.number)
    )
    loser.merged_into, loser.version = winner.number, loser.version + 1
    follow_owner_and_step(session, loser, loser.owner)
    note(session, loser, "merged away", winner=winner.number)


def merged_numbers(session: Session, number: str) -> list[str]:
    """Return the numbers of the leads that were merged into this one."""
    return list(
        session.scalars(select(Lead.number).where(Lead.merged_into == number).order_by(Lead.number))
    )


def _forms(winner: Lead, new: Mapping[str, str]) -> dict[str, object]:
    now = ContactColumns(
        company=new.get("company", winner.company),
        contact_name=new.get("contact_name", winner.contact_name),
        mail=new.get("mail", winner.mail),
        phone=new.get("phone", winner.phone),
    )
    return {
        "company_key": company_key(now["company"]),
        "mail_key": mail_key(now["mail"]),
        "phone_key": phone_key(now["phone"]),
        "search_text": search_text_of(winner.number, now),
    }


def _check(session: Session, lead: Lead, version: int, any_lead: bool) -> None:
    if not may_work(current_actor(session), any_lead, lead.owner):
        raise Forbidden(not_the_owner(lead.company, name_of(session, lead.owner)))
    if lead.stage not in OPEN:
        raise DomainError(
            "not_mergeable",
            f"{isolate(lead.company)} ({lead.number}) is {Stage(lead.stage).label.lower()}. "
            "Only open leads can be merged.",
        )
    check_version(session, lead, version)
