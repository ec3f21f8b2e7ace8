"""The page of one's own order drafts."""

import msgspec
from flask import url_for
from flask.typing import ResponseReturnValue

from models.orders.drafts import discard_draft, list_drafts, names_of_clients
from models.orders.tables import Draft
from models.shared.errors import NotFound
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.orders.form_fields import TypedOrder, form_of_draft
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.own_records import opens
from webapp.shared.people.rights import Person, needs, person
from webapp.shared.requests.commands import run_each_time


@opens("drafts")
def open_drafts(who: Person, owner: str) -> None:
    """Raise NotFound unless these are the person's own drafts: the rule of the page."""
    if who.uid != owner:
        raise NotFound("drafts", owner)


@blueprint.get("/drafts")
@needs("orders.place")
def drafts() -> ResponseReturnValue:
    """Show the signed-in person's drafts, newest first; one that cannot be read can be discarded."""
    with reading("orders") as session:
        found = list_drafts(session, person().uid)
        names = names_of_clients(session, found)
    rows = [(draft, _form_of(draft)) for draft in found]
    return render_page_or_block("orders/drafts.html", "main", drafts=rows, names=names)


@blueprint.post("/drafts/<id_>/discard")
@needs("orders.place")
def discard(id_: str) -> ResponseReturnValue:
    """Delete one of the person's own drafts."""
    run_each_time(discard_draft, id_)
    return go_to(url_for("orders.drafts"))


def _form_of(draft: Draft) -> TypedOrder | None:
    try:
        return form_of_draft(draft.typed)
    except msgspec.ValidationError:
        return None
