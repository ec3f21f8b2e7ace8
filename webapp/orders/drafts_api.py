"""REST API of order drafts; everyone sees only their own."""

from flask import Response, jsonify
from spectree import Response as Answers

from models.orders.drafts import discard_draft, get_draft, list_drafts, save_draft
from models.shared.database import reading
from models.shared.errors import Invalid
from webapp.orders.api_area import blueprint
from webapp.orders.forms import TOKEN
from webapp.orders.shapes import DraftShape, DraftsOut, NewDraftShape
from webapp.shared.api import api_page, spec
from webapp.shared.commands import run_each_time
from webapp.shared.rights import needs, person

MOST_KEPT = 100_000  # characters of a draft's JSON


@blueprint.get("/order-drafts")
@needs("orders.place")
@spec.validate(resp=Answers(HTTP_200=DraftsOut), tags=["orders"], skip_validation=True)
def drafts() -> Response:
    """List one's own drafts, newest first."""
    with reading("orders") as session:
        found = list_drafts(session, person().uid)
    return api_page([DraftShape.model_validate(draft).model_dump(mode="json") for draft in found])


@blueprint.put("/order-drafts/<id_>")
@needs("orders.place")
@spec.validate(json=NewDraftShape, resp=Answers(HTTP_200=DraftShape), tags=["orders"])
def put_draft(id_: str, json: NewDraftShape) -> Response:
    """Save a form under an id the caller chooses; a stale save over another window's is refused."""
    if not TOKEN.fullmatch(id_) or len(json.model_dump_json()) > MOST_KEPT:
        raise Invalid({"id": "8 to 64 letters, digits, _ or -; and at most 100,000 letters in it."})
    run_each_time(save_draft, id_, json.typed, json.editor, json.version)
    draft = run_each_time(get_draft, id_)
    return jsonify(DraftShape.model_validate(draft).model_dump(mode="json"))


@blueprint.delete("/order-drafts/<id_>")
@needs("orders.place")
@spec.validate(resp=Answers("HTTP_204"), tags=["orders"], skip_validation=True)
def discard(id_: str) -> Response:
    """Delete one's own draft."""
    run_each_time(discard_draft, id_)
    return Response(status=204)
