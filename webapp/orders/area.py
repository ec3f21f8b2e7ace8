"""The pages' blueprint of the orders area; the modules beside this one hang their routes on it."""

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
    """How the area's templates say things."""
    return {"words": WORDS}
