"""The bell, the inbox, and what other pages show of them. What a person does there: acting.py."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from models.notifications import commands, queries
from models.shared.database import reading
from webapp.shared.commands import run_each_time
from webapp.shared.forms import serial
from webapp.shared.fragments import render_page_or_block
from webapp.shared.rights import background, needs, person
from webapp.wuphf import acting, broadcasting, unsubscribing
from webapp.wuphf.area import blueprint
from webapp.wuphf.inbox_state import as_id, inbox_page, state_of
from webapp.wuphf.wording import record_url, shown

__all__ = ["acting", "blueprint", "broadcasting", "unsubscribing"]

ON_HOME = 5


@blueprint.get("")
@needs("inbox.see")
def inbox() -> ResponseReturnValue:
    """The inbox: all, or one view or category of it; pinned and important ones first, then newest first."""
    block = "inbox" if "upto" in request.args else "main"
    values = inbox_page(
        person().uid, state_of(request.args), undo=as_id(request.args.get("did", ""))
    )
    return render_page_or_block("wuphf/inbox.html", block, **values)


@blueprint.post("/bell")
@needs("inbox.see")
def bell() -> ResponseReturnValue:
    """The latest few, for the bell's popover. Opening it is what makes them seen, so it is no GET."""
    return acting.bell_fragment()


@blueprint.post("/seen")
@needs("inbox.see")
@background
def inbox_seen() -> ResponseReturnValue:
    """The inbox was looked at as it was up to feed entry `up_to`, so no GET: nothing of that is news any more."""
    up_to = serial(request.form.get("up_to"))
    run_each_time(commands.mark_seen, up_to or 0)
    return "", 204


@blueprint.get("/home")
@needs("inbox.see")
def home_card() -> ResponseReturnValue:
    """The home page's card: what is unread, important first."""
    with reading("notifications") as session:
        page = queries.list_inbox(session, person().uid, unread=True, limit=ON_HOME)
        counts = queries.get_counts(session, person().uid)
    return render_template(
        "wuphf/_home.html", notices=list(map(shown, page.notices)), counts=counts
    )


@blueprint.get("/new")
@needs("inbox.see")
@background
def arrivals() -> ResponseReturnValue:
    """The line above the inbox that says how many arrived since feed entry `since`, and the counts."""
    since = request.args.get("since", 0, type=int)
    with reading("notifications") as session:
        count = queries.count_arrivals(session, person().uid, since)
        counts = queries.get_counts(session, person().uid)
    return render_template("wuphf/_new.html", arrived=count, counts=counts)


@blueprint.get("/<uuid:id_>/open")
@needs("inbox.see")
def open_notice(id_: UUID) -> ResponseReturnValue:
    """On to the record; all that the person was told about it counts as read."""
    with reading("notifications") as session:
        notice = queries.get_notice(session, person().uid, id_)
    run_each_time(commands.mark_record_read, notice.subject_type, notice.subject_key)
    return redirect(record_url(notice), 303)


@blueprint.post("/opened/<subject_type>/<subject_key>")
@needs("inbox.see")
@background
def record_opened(subject_type: str, subject_key: str) -> ResponseReturnValue:
    """A record's page was opened: what the person was told about it counts as read."""
    run_each_time(commands.mark_record_read, subject_type, subject_key)
    return "", 204
