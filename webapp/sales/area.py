"""The blueprint for the pages of the sales area; the other modules here add their routes to it."""

import msgspec
from flask import Blueprint

from models.sales.lead_queries import LeadFilter
from models.sales.stages import OPEN, moves, open_moves
from webapp.sales import words as said
from webapp.sales.rights import may_work_on
from webapp.shared.people.preferences import today

blueprint = Blueprint("sales", __name__, url_prefix="/sales")


@blueprint.context_processor
def words() -> dict[str, object]:
    """Provide the area's templates with labels, formats and permissions."""
    return {
        "said": said,
        "may_work_on": may_work_on,
        "moves": moves,
        "open_moves": open_moves,
        "OPEN": OPEN,
    }


def my_filter(**more: object) -> LeadFilter:
    """Build a lead filter with today's date set."""
    return msgspec.structs.replace(LeadFilter(today=today()), **more)
