"""The board of leads by stage, and moving a lead: by drag, menu, keyboard, or from its page."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from models.sales.figures import count_lost_reasons
from models.sales.lead_queries import get_board
from models.sales.leads import move_lead
from models.shared import clock
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.sales.leads import LEADS_LIST, OWNERS, wanted_of
from webapp.sales.rights import may_work_any
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.pages.presentation import local
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run


@blueprint.get("/leads/board")
@needs("leads.see")
def board() -> ResponseReturnValue:
    """Columns with count, worth and cards; the address holds search and filters."""
    asked = LEADS_LIST.state(url_for("sales.board"))
    month = local(clock.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with reading("sales") as session:
        columns = get_board(session, wanted_of(asked))
        lost = count_lost_reasons(session, month)
    return render_page_or_block(
        "sales/board.html",
        "board",
        asked=asked,
        columns=columns,
        lost=lost,
        month=month,
        owners=OWNERS.words,
    )


@blueprint.post("/leads/<number>/stage")
@needs("leads.work")
def move(number: str) -> ResponseReturnValue:
    """Move a lead to another open stage; a refusal says why."""
    stage, version = request.form.get("stage", ""), whole(request.form.get("version", ""))
    run(move_lead, number, stage, version, any_lead=may_work_any())
    if request.form.get("from") == "board":
        return "", 204
    return go_to(url_for("sales.lead", number=number))
