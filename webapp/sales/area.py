"""The pages' blueprint of the sales area; the modules beside this one hang their routes on it."""

from typing import Any

from flask import Blueprint

from models.sales.lead_queries import LeadFilter
from models.sales.stages import OPEN, open_moves
from webapp.sales import words as said
from webapp.sales.rights import may_work_on

blueprint = Blueprint("sales", __name__, url_prefix="/sales")


@blueprint.context_processor
def words() -> dict[str, object]:
    """How the area's templates say things."""
    return {"said": said, "may_work_on": may_work_on, "open_moves": open_moves, "OPEN": OPEN}


def my_filter(**more: Any) -> LeadFilter:
    """A filter of leads with this day in it."""
    return LeadFilter(today=said.today(), **more)
