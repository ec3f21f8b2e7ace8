"""Blueprint for the pages of the orders area; sibling modules register their routes on it."""

from flask import Blueprint

from models.orders.vocabulary import Status
from webapp.orders.words import actor_name, detail, references_of, say, short_type

blueprint = Blueprint("orders", __name__, url_prefix="/orders")
WORDS = {
    "Status": Status,
    "actor_name": actor_name,
    "detail_of": detail,
    "references_of": references_of,
    "say": say,
    "short_type": short_type,
}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Expose the area's display texts to its templates."""
    return {"words": WORDS}
