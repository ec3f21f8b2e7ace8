"""The pages' blueprint of the sales area; the modules beside this one hang their routes on it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from models.sales.lead_queries import LeadFilter
from models.sales.stages import OPEN, may_work, open_moves
from models.shared.database import transaction
from models.shared.idempotency import once
from webapp.sales import words as said
from webapp.shared.forms import form_key
from webapp.shared.rights import can, person

blueprint = Blueprint("sales", __name__, url_prefix="/sales")


@blueprint.context_processor
def words() -> dict[str, object]:
    """How the area's templates say things."""
    return {"said": said, "may_work_on": may_work_on, "open_moves": open_moves, "OPEN": OPEN}


def may_work_any() -> bool:
    """Whether this person may work on others' leads."""
    return "sales_manager" in person().roles


def may_work_on(lead: Any) -> bool:
    """Whether this person may change this lead."""
    return can("leads.work") and may_work(person().uid, may_work_any(), lead.owner)


def do_once(command: str, asked: Any, run: Callable[[Session], Any]) -> Any:
    """`run` in one transaction of sales, once per form key; the same answer when it is sent again."""
    with transaction("sales", actor=person().uid) as session:
        return once(session, form_key(), command, asked, lambda: run(session))


def my_filter(**more: Any) -> LeadFilter:
    """A filter of leads with this day in it."""
    return LeadFilter(today=said.today(), **more)
