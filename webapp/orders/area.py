"""Blueprint for the pages of the orders area; sibling modules register their routes on it."""

from flask import Blueprint

from webapp.orders.words import STATUS, actor_name, detail, say, short_type

blueprint = Blueprint("orders", __name__, url_prefix="/orders")
WORDS = {
    "STATUS": STATUS,
    "actor_name": actor_name,
    "detail_of": detail,
    "say": say,
    "short_type": short_type,
}


@blueprint.context_processor
def words() -> dict[str, object]:
    """Expose the area's display texts to its templates."""
    return {"words": WORDS}
