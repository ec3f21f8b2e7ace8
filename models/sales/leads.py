"""Commands on leads. Conversion is in commands.py, merging in merging.py."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from models.sales.changes import (
    change,
    check_version,
    lock_lead,
    note,
)
from models.sales.due_steps import follow_owner_and_step
from models.sales.lead_rules import (
    LONGEST_WORDS,
    LeadFacts,
    NextStep,
    check_facts,
    columns_of,
    columns_of_next,
    errors_of_next,
    search_text_of,
)
from models.sales.rules import errors_of_owner
from models.sales.stages import (
    LOST_REASONS,
    OPEN,
    STAGES,
    Refused,
    check_move,
    may_work,
    not_the_owner,
)
from models.sales.tables import LEAD_NUMBER, Lead, LeadEntry
from models.sales.vocabulary import Outcome
from models.shared import clock
from models.shared.database.context import current_actor, current_correlation
from models.shared.errors import Forbidden, Invalid
from models.shared.numbers import CURRENCY
from models.shared.records.circumstance import Circumstance
from models.shared.settings.names import name_of
from models.shared.texts import isolate

MOST_AT_ONCE = 500


def create_lead(session: Session, facts: LeadFacts) -> str:
    """Create a lead in stage New and return its number. Raises Invalid.

    Duplicates are allowed: the person decides whether a match is the same lead.
    """
    check_facts(facts)
    number = f"LD-{session.scalar(LEAD_NUMBER.next_value())}"
    columns, now = columns_of(facts), clock.now()
    lead = Lead(
        number=number,
        **columns,
        currency=CURRENCY,
        stage="new",
        stage_since=now,
        lost_reason="",
        lost_note="",
        lost_from="",
        client_number=None,
        merged_into=None,
        search_text=search_text_of(number, columns),
        version=1,
        created_at=now,
        closed_at=None,
        correlation_id=current_correlation(session),
    )
    session.add(lead)
    follow_owner_and_step(session, lead, current_actor(session))
    note(session, lead, "created", company=columns["company"], source=facts.source)
    return number


def change_lead(
    session: Session,
    number: str,
    facts: LeadFacts,
    version: Circumstance[int],
    *,
    any_lead: Circumstance[bool] = False,
) -> None:
    """Change a lead's facts. Raises NotFound, Forbidden, Stale, Invalid.

    An unchanged owner is accepted even if that person has left sales.
    """
    lead = _workable(session, number, any_lead, version)
    check_facts(facts if facts.owner != lead.owner else msgspec.structs.replace(facts, owners=None))
    columns = columns_of(facts)
    change(session, lead, "changed", {**columns, "search_text": search_text_of(number, columns)})


def move_lead(
    session: Session,
    number: str,
    stage: str,
    version: int | None = None,
    *,
    any_lead: Circumstance[bool] = False,
) -> None:
    """Move a lead to another open stage.

    Raises NotFound, Forbidden, Stale, Invalid, or Refused with a message that says why.
    """
    lead = _workable(session, number, any_lead, version)
    _raise({} if stage in STAGES else {"stage": "There is no such stage."})
    if lead.stage == "lost":
        raise Refused(f"{isolate(lead.company)} is lost. Reopen it first.")
    check_move(lead.company, lead.stage, stage)
    if stage not in OPEN:
        how = "Convert it to a client" if stage == "converted" else "Mark it as lost with a reason"
        raise Refused(f"{isolate(lead.company)} cannot be moved to this stage. {how} instead.")
    change(session, lead, f"moved to {stage}", {"stage": stage, "stage_since": clock.now()})


def lose_lead(
    session: Session,
    number: str,
    reason: str,
    words: str = "",
    version: int | None = None,
    *,
    any_lead: Circumstance[bool] = False,
) -> None:
    """Mark a lead as lost for one of LOST_REASONS, so that reasons can be counted.

    Raises NotFound, Forbidden, Stale, Refused, Invalid.
    """
    lead = _workable(session, number, any_lead, version)
    check_move(lead.company, lead.stage, "lost")
    errors = {} if reason in LOST_REASONS else {"reason": "Choose a reason."}
    if reason == "other" and not words.strip():
        errors["words"] = "Enter details for the reason “Other”."
    _raise(errors | _too_long("words", words))
    change(
        session,
        lead,
        "lost",
        {
            "stage": "lost",
            "stage_since": clock.now(),
            "lost_reason": reason,
            "lost_note": words.strip(),
            "lost_from": lead.stage,
            "closed_at": clock.now(),
            **columns_of_next(NextStep()),
        },
    )


def reopen_lead(
    session: Session,
    number: str,
    version: int | None = None,
    *,
    any_lead: Circumstance[bool] = False,
) -> None:
    """Reopen a lost lead in the stage in which it was lost.

    Raises NotFound, Forbidden, Stale, Refused.
    """
    lead = _workable(session, number, any_lead, version)
    if lead.stage != "lost":
        raise Refused(f"{isolate(lead.company)} is not lost.")
    check_move(lead.company, "lost", lead.lost_from)
    change(
        session,
        lead,
        "reopened",
        {
            "stage": lead.lost_from,
            "stage_since": clock.now(),
            "lost_reason": "",
            "lost_note": "",
            "lost_from": "",
            "closed_at": None,
        },
    )


def plan_next(
    session: Session,
    number: str,
    step: NextStep,
    version: int | None = None,
    *,
    any_lead: Circumstance[bool] = False,
) -> None:
    """Plan the next step of a lead; an empty step clears it.

    Raises NotFound, Forbidden, Stale, Refused, Invalid.
    """
    lead = _workable(session, number, any_lead, version)
    if lead.stage not in OPEN:
        raise Refused(f"{isolate(lead.company)} is closed. Only open leads have a next step.")
    _raise(errors_of_next(step))
    change(session, lead, "planned" if step.kind else "no next step", {**columns_of_next(step)})


def write_note(session: Session, number: str, words: str) -> int:
    """Add a note to any lead and return its id; no ownership needed. Raises NotFound, Invalid."""
    return _write(session, number, "note", words, "", required=True)


def log_call(session: Session, number: str, outcome: str, words: str = "") -> int:
    """Log a call and its outcome on any lead and return the entry's id; no ownership needed.

    Raises NotFound, Invalid.
    """
    if outcome not in Outcome.values():
        raise Invalid({"outcome": "Choose how the call went."})
    return _write(session, number, "call", words, outcome, required=False)


def assign_leads(
    session: Session,
    numbers: Sequence[str],
    owner: str,
    *,
    owners: Circumstance[frozenset[str] | None] = None,
    any_lead: Circumstance[bool] = False,
) -> int:
    """Assign all of these leads to one of `owners`, or none of them; return how many changed owner.

    Raises Invalid, NotFound, or Forbidden if the actor may not work on one of them.
    """
    wanted = sorted(set(numbers))
    _raise(errors_of_owner(owner, owners) if owner.strip() else {"owner": "Choose an owner."})
    _raise(
        {"number": f"Select 1 to {MOST_AT_ONCE} leads."}
        if not 0 < len(wanted) <= MOST_AT_ONCE
        else {}
    )
    leads = [_workable(session, number, any_lead, None) for number in wanted]
    return sum(bool(change(session, lead, "assigned", {"owner": owner.strip()})) for lead in leads)


def _write(
    session: Session, number: str, kind: str, words: str, outcome: str, *, required: bool
) -> int:
    lead = lock_lead(session, number)
    _raise({"words": "Enter a note."} if required and not words.strip() else {})
    _raise(_too_long("words", words))
    entry = LeadEntry(
        lead_number=number,
        told_of=number,
        kind=kind,
        outcome=outcome,
        words=words.strip(),
        actor=current_actor(session),
        at=clock.now(),
    )
    session.add(entry)
    session.flush()
    note(session, lead, f"{kind} added", entry=entry.id)
    return entry.id


def _workable(session: Session, number: str, any_lead: bool, version: int | None) -> Lead:
    """Lock the lead and check that the actor may work on it and saw its current version."""
    lead = lock_lead(session, number)
    if not may_work(current_actor(session), any_lead, lead.owner):
        raise Forbidden(not_the_owner(lead.company, name_of(session, lead.owner)))
    if version is not None:
        check_version(session, lead, version)
    return lead


def _too_long(field: str, words: str) -> dict[str, str]:
    return (
        {field: f"Use at most {LONGEST_WORDS:,} characters."} if len(words) > LONGEST_WORDS else {}
    )


def _raise(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)
