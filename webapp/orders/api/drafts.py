"""REST API of order drafts; everyone sees only their own."""

from flask import Response, jsonify
from spectree import Response as Answers

from models.orders.drafts import discard_draft, get_draft, list_drafts, save_draft
from models.shared.errors import Invalid
from models.shared.transactions import reading
from webapp.orders.api.area import blueprint
from webapp.orders.api.shapes import DraftShape, DraftsOut, NewDraftShape
from webapp.orders.form_fields import TOKEN
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run_each_time
from webapp.shared.rest.api import api_page, spec

MOST_KEPT = 100_000  # characters of a draft's JSON


@blueprint.get("/order-drafts")
@needs("orders.place")
@spec.validate(resp=Answers(HTTP_200=DraftsOut), tags=["orders"], skip_validation=True)
def drafts() -> Response:
    """List the caller's drafts, newest first."""
    with reading("orders") as session:
        found = list_drafts(session, person().uid)
    return api_page([DraftShape.model_validate(draft).model_dump(mode="json") for draft in found])


@blueprint.put("/order-drafts/<id_>")
@needs("orders.place")
@spec.validate(json=NewDraftShape, resp=Answers(HTTP_200=DraftShape), tags=["orders"])
def put_draft(id_: str, json: NewDraftShape) -> Response:
    """Save a form under an id that the caller chooses.

    A save over another window's newer version is refused.
    """
    if not TOKEN.fullmatch(id_) or len(json.model_dump_json()) > MOST_KEPT:
        raise Invalid(
            {
                "id": "Use 8 to 64 letters, digits, _ or - for the id, and at most 100,000 "
                "characters for the form."
            }
        )
    run_each_time(save_draft, id_, json.typed.model_dump(), json.editor, json.version)
    draft = run_each_time(get_draft, id_)
    return jsonify(DraftShape.model_validate(draft).model_dump(mode="json"))


@blueprint.delete("/order-drafts/<id_>")
@needs("orders.place")
@spec.validate(resp=Answers("HTTP_204"), tags=["orders"], skip_validation=True)
def discard(id_: str) -> Response:
    """Delete one of the caller's drafts."""
    run_each_time(discard_draft, id_)
    return Response(status=204)
