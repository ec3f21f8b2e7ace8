"""Pages of the bell and the inbox, and their fragments on other pages. Actions are in acting.py."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from models.shared.transactions import reading
from models.wuphf import commands, queries
from webapp.shared.pages.form_keys import serial
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import background, needs, person
from webapp.shared.requests.commands import run_each_time
from webapp.wuphf import actions
from webapp.wuphf.area import blueprint
from webapp.wuphf.inbox_state import as_id, inbox_page, state_of
from webapp.wuphf.presentation import record_url, shown

ON_HOME = 5


@blueprint.get("")
@needs("inbox.see")
def inbox() -> ResponseReturnValue:
    """Show the inbox, or one view or category: pinned and important first, then newest first."""
    block = "inbox" if "upto" in request.args else "main"
    values = inbox_page(
        person().uid, state_of(request.args), undo=as_id(request.args.get("did", ""))
    )
    return render_page_or_block("wuphf/inbox.html", block, 200, **values)


@blueprint.post("/bell")
@needs("inbox.see")
def bell() -> ResponseReturnValue:
    """Render the bell's popover with the latest notifications. A POST, since it marks them seen."""
    return actions.bell_fragment()


@blueprint.post("/seen")
@needs("inbox.see")
@background
def inbox_seen() -> ResponseReturnValue:
    """Mark the inbox as seen up to feed entry `up_to`. A POST, since it changes state."""
    up_to = serial(request.form.get("up_to"))
    run_each_time(commands.mark_seen, up_to or 0)
    return "", 204


@blueprint.get("/home")
@needs("inbox.see")
def home_card() -> ResponseReturnValue:
    """Render the home page's card: unread notifications, important first."""
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
    """Render the line that counts arrivals since feed entry `since`, and the counts."""
    since = request.args.get("since", 0, type=int)
    with reading("notifications") as session:
        count = queries.count_arrivals(session, person().uid, since)
        counts = queries.get_counts(session, person().uid)
    return render_template("wuphf/_new.html", arrived=count, counts=counts)


@blueprint.get("/<uuid:id_>/open")
@needs("inbox.see")
def open_notice(id_: UUID) -> ResponseReturnValue:
    """Redirect to the record, whose page marks on arrival that it was opened; a GET marks nothing."""
    with reading("notifications") as session:
        notice = queries.get_notice(session, person().uid, id_)
    return redirect(record_url(notice), 303)


@blueprint.post("/opened/<subject_type>/<subject_key>")
@needs("inbox.see")
@background
def record_opened(subject_type: str, subject_key: str) -> ResponseReturnValue:
    """Mark every notification about a record as read, since its page was opened."""
    run_each_time(commands.mark_record_read, subject_type, subject_key)
    return "", 204
