"""The bell, the inbox, and what a person does there. Every action works as a plain form too."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from models.notifications import commands, queries
from models.shared.database import reading, transaction
from webapp.shared.fragments import go_to, is_partial, render_page_or_block
from webapp.shared.rights import background, needs, person
from webapp.wuphf.inbox_state import inbox_from_request, picked_ids, way_back
from webapp.wuphf.wording import record_url, shown

blueprint = Blueprint("wuphf", __name__, url_prefix="/wuphf")

IN_THE_BELL = 8
ON_HOME = 5


@blueprint.get("")
@needs("inbox.see")
def inbox() -> ResponseReturnValue:
    """The inbox: all, unread, or of one category; newest first."""
    return render_page_or_block("wuphf/inbox.html", "main", **inbox_from_request(person().uid))


@blueprint.get("/bell")
@needs("inbox.see")
def bell() -> ResponseReturnValue:
    """The latest few, for the bell's popover. Opening it is what makes them seen."""
    with transaction("notifications", actor=person().uid) as session:
        page = queries.list_inbox(session, person().uid, limit=IN_THE_BELL)
        if page.notices:
            commands.mark_seen(session, page.notices[0].n)
        counts = queries.get_counts(session, person().uid)
    return render_template("wuphf/_bell.html", notices=list(map(shown, page.notices)), counts=counts)


@blueprint.get("/home")
@needs("inbox.see")
def home_card() -> ResponseReturnValue:
    """The home page's card: what is unread, newest first."""
    with reading("notifications") as session:
        page = queries.list_inbox(session, person().uid, unread=True, limit=ON_HOME)
        counts = queries.get_counts(session, person().uid)
    return render_template("wuphf/_home.html", notices=list(map(shown, page.notices)), counts=counts)


@blueprint.get("/new")
@needs("inbox.see")
@background
def arrivals() -> ResponseReturnValue:
    """The line above the inbox that says how many arrived since feed entry `since`, and the counts."""
    since = request.args.get("since", 0, type=int)
    with reading("notifications") as session:
        count = queries.count_arrivals(session, person().uid, since)
        counts = queries.get_counts(session, person().uid)
    return render_template("wuphf/_new.html", arrived=count, counts=counts, since=since)


@blueprint.get("/<uuid:id_>/open")
@needs("inbox.see")
def open_notice(id_: UUID) -> ResponseReturnValue:
    """On to the record; all that the person was told about it counts as read."""
    with transaction("notifications", actor=person().uid) as session:
        notice = queries.get_notice(session, person().uid, id_)
        commands.mark_record_read(session, notice.subject_type, notice.subject_key)
    return redirect(record_url(notice), 303)


@blueprint.post("/opened/<subject_type>/<subject_key>")
@needs("inbox.see")
@background
def record_opened(subject_type: str, subject_key: str) -> ResponseReturnValue:
    """A record's page was opened: what the person was told about it counts as read."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_record_read(session, subject_type.replace("\0", ""), subject_key.replace("\0", ""))
    return "", 204


@blueprint.post("/<uuid:id_>/read")
@needs("inbox.see")
def read(id_: UUID) -> ResponseReturnValue:
    """Marks one as read."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_one_read(session, id_)
    return _row_or_back(id_)


@blueprint.post("/<uuid:id_>/unread")
@needs("inbox.see")
def unread(id_: UUID) -> ResponseReturnValue:
    """Marks one as unread."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_one_unread(session, id_)
    return _row_or_back(id_)


@blueprint.post("/read")
@needs("inbox.see")
def read_selected() -> ResponseReturnValue:
    """Marks the ticked ones as read."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_read(session, picked_ids())
    return go_to(way_back())


@blueprint.post("/unread")
@needs("inbox.see")
def unread_selected() -> ResponseReturnValue:
    """Marks the ticked ones as unread."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_unread(session, picked_ids())
    return go_to(way_back())


@blueprint.post("/read-all")
@needs("inbox.see")
def read_all() -> ResponseReturnValue:
    """Marks as read all that had arrived when the page was made (`up_to`)."""
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_all_read(session, request.form.get("up_to", type=int))
    return bell() if is_partial() and request.form.get("place") == "bell" else go_to(way_back())


def _row_or_back(id_: UUID) -> ResponseReturnValue:
    if not is_partial():
        return redirect(way_back() if "next" in request.form else url_for("wuphf.inbox"), 303)
    with reading("notifications") as session:
        notice = shown(queries.get_notice(session, person().uid, id_))
    return render_template("wuphf/_row.html", notice=notice, place=request.form.get("place", "inbox"))
