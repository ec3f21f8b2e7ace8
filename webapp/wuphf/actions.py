"""Actions on notifications. Each also works as a plain form and can be undone."""

from dataclasses import replace
from typing import cast
from uuid import UUID

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.shared.counts import counted
from models.shared.transactions import reading
from models.wuphf import commands, queries
from models.wuphf.commands import Done
from models.wuphf.states import Verb
from webapp.shared.pages.fragments import (
    go_to,
    is_partial,
    render_block,
    toast,
    trigger,
)
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run_each_time
from webapp.wuphf.area import blueprint
from webapp.wuphf.inbox_state import inbox_page, picked_ids, snooze_from_form, state_of_form
from webapp.wuphf.presentation import shown

IN_THE_BELL = 8
ANY = "any(read, unread, archive, unarchive, snooze, wake, pin, unpin)"
DID = {
    "read": "marked as read",
    "unread": "marked as unread",
    "archive": "archived",
    "unarchive": "moved to the inbox",
    "snooze": "snoozed",
    "wake": "moved to the inbox",
    "pin": "pinned",
    "unpin": "unpinned",
}


@blueprint.post(f"/<uuid:id_>/<{ANY}:verb>")
@needs("inbox.see")
def change_one(id_: UUID, verb: str) -> ResponseReturnValue:
    """Apply one action to one notification: read, archive, snooze, pin, or the reverse."""
    until = snooze_from_form() if verb == "snooze" else None
    done = run_each_time(commands.change_one, cast(Verb, verb), id_, until)
    return _answered(done, _said(verb, done.changed))


@blueprint.post(f"/<{ANY}:verb>")
@needs("inbox.see")
def change_picked(verb: str) -> ResponseReturnValue:
    """Apply one action to the selected notifications, or to those of one grouped row."""
    until = snooze_from_form() if verb == "snooze" else None
    done = run_each_time(commands.change, cast(Verb, verb), picked_ids(), until)
    return _answered(done, _said(verb, done.changed))


@blueprint.post("/read-all")
@needs("inbox.see")
def read_all() -> ResponseReturnValue:
    """Mark as read everything that had arrived when the page was rendered (`up_to`)."""
    done = run_each_time(commands.mark_all_read, request.form.get("up_to", type=int))
    if is_partial() and request.form.get("place") == "bell":
        text = _said("read", done.changed)
        return _offer_undo(make_response(bell_fragment()), text, done.undo)
    return _answered(done, _said("read", done.changed))


@blueprint.post("/undo/<uuid:number>")
@needs("inbox.see")
def undo(number: UUID) -> ResponseReturnValue:
    """Undo an action."""
    back = run_each_time(commands.undo, number)
    return _answered(Done(back, None), f"{counted(back, 'notification')} restored")


def bell_fragment() -> str:
    """Render the latest few notifications, and mark everything as seen."""
    run_each_time(commands.mark_seen)
    with reading("notifications") as session:
        page = queries.list_inbox(session, person().uid, limit=IN_THE_BELL, pins_first=False)
        counts = queries.get_counts(session, person().uid)
    return render_template(
        "wuphf/_bell.html", notices=list(map(shown, page.notices)), counts=counts
    )


def _said(verb: str, changed: int) -> str:
    return f"{counted(changed, 'notification')} {DID[verb]}"


def _answered(done: Done, text: str) -> ResponseReturnValue:
    """Return the inbox in the state the person sees it in; without HTMX, redirect to it."""
    state = state_of_form()
    if not is_partial():
        address = replace(state, up_to=None).url()
        return go_to(
            f"{address}{'&' if '?' in address else '?'}did={done.undo}" if done.undo else address
        )
    if request.form.get("place") == "elsewhere":
        return _offer_undo(Response(status=204), text, done.undo)
    fragment = render_block(
        "wuphf/inbox.html", "inbox", **inbox_page(person().uid, state, undo=None)
    )
    return _offer_undo(make_response(fragment), text, done.undo)


def _offer_undo(response: Response, text: str, number: UUID | None) -> Response:
    if number is None:
        return toast(response, text)
    return trigger(
        response, toast={"text": text, "kind": "good", "undo": url_for("wuphf.undo", number=number)}
    )
