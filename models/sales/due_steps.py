"""Tell owners of leads that a next step is due, and take it back once it is done or planned anew."""

from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.sales.events import LeadAssigned, LeadStepDue, LeadStepSettled
from models.sales.stages import OPEN
from models.sales.tables import Lead
from models.shared.events import outbox

PORTION = 200  # leads per transaction
STILL_TOLD = timedelta(days=3)  # how long after its day a step is still told of, after an outage


def tell_due_steps(session: Session, today: date) -> int:
    """Publish LeadStepDue once for each step of an open lead that is due; return how many.

    Takes at most PORTION leads; call it until none is left.
    """
    due = select(Lead).where(
        Lead.stage.in_(OPEN),
        Lead.merged_into.is_(None),
        Lead.owner != "",
        Lead.next_on.between(today - STILL_TOLD, today),
        or_(Lead.told_due_on.is_(None), Lead.told_due_on != Lead.next_on),
    )
    leads = session.scalars(due.order_by(Lead.number).limit(PORTION).with_for_update()).all()
    for lead in leads:
        lead.told_due_on = lead.next_on
        outbox.record(
            session,
            LeadStepDue(
                lead_number=lead.number,
                company=lead.company,
                owner=lead.owner,
                step=lead.next_kind,
                note=lead.next_note,
                due_on=lead.next_on,
            ),
        )
    return len(leads)


def follow_owner_and_step(session: Session, lead: Lead, owner_before: str) -> None:
    """Publish that the lead has a new owner, and that a step which its owner was told of is over.

    A step is over if it was done or planned for another day, or if the lead was closed, merged or
    given to somebody else.
    """
    told = {"lead_number": lead.number, "company": lead.company}
    has_moved = lead.owner != owner_before
    if has_moved and lead.owner:
        outbox.record(session, LeadAssigned(**told, owner=lead.owner))
    is_over = (
        has_moved
        or lead.next_on != lead.told_due_on
        or lead.stage not in OPEN
        or lead.merged_into is not None
    )
    if lead.told_due_on is not None and is_over:
        lead.told_due_on = None
        outbox.record(session, LeadStepSettled(**told, owner=owner_before))
