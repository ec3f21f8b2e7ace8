"""The page of one's own order drafts."""

from flask import url_for
from flask.typing import ResponseReturnValue

from models.orders.drafts import discard_draft, list_drafts, names_of_clients
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run_each_time


@blueprint.get("/drafts")
@needs("orders.place")
def drafts() -> ResponseReturnValue:
    """Show the signed-in person's drafts, newest first."""
    with reading("orders") as session:
        found = list_drafts(session, person().uid)
        names = names_of_clients(session, found)
    return render_page_or_block("orders/drafts.html", "list", drafts=found, names=names)


@blueprint.post("/drafts/<id_>/discard")
@needs("orders.place")
def discard(id_: str) -> ResponseReturnValue:
    """Delete one of the person's own drafts."""
    run_each_time(discard_draft, id_)
    return go_to(url_for("orders.drafts"))
