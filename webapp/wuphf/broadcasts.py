"""Pages for WUPHFs to groups: send one, see who has seen it, acknowledge one."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.shared.errors import Invalid
from models.shared.transactions import reading
from models.wuphf import broadcasts
from models.wuphf.broadcasts import MOST_TEXT, title_of_group
from models.wuphf.commands import acknowledge_broadcast
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.own_records import opens
from webapp.shared.people.rights import Person, needs, person, takes_lines
from webapp.shared.requests.commands import run, run_each_time
from webapp.wuphf.area import blueprint

FORM, PAGE = "wuphf/broadcast_form.html", "wuphf/broadcast.html"


@blueprint.get("/broadcasts/new")
@needs("broadcasts.send")
def new_broadcast() -> ResponseReturnValue:
    """Show the form, with the broadcasts this person has sent."""
    return _form(200, {})


@blueprint.get("/broadcasts/reach")
@needs("broadcasts.send")
def reach() -> ResponseReturnValue:
    """Show how many people the selected groups reach."""
    with reading("notifications") as session:
        count = len(broadcasts.reach_of(session, request.args.getlist("groups"), person().uid))
    return render_template("wuphf/_reach.html", count=count)


@blueprint.post("/broadcasts")
@needs("broadcasts.send")
@takes_lines("text")
def send() -> ResponseReturnValue:
    """Send the broadcast, once per form."""
    text, groups = request.form.get("text", ""), sorted(set(request.form.getlist("groups")))
    try:
        number = run(broadcasts.send_broadcast, text, groups, asks="asks" in request.form)
    except Invalid as error:
        return _form(422, error.errors)
    return go_to(url_for("wuphf.broadcast", number=number))


@opens("broadcast")
def open_broadcast(who: Person, number: str) -> None:
    """Raise NotFound unless this person sent or got the broadcast: the rule of its page."""
    with reading("notifications") as session:
        broadcasts.get_broadcast(session, number, who.uid)


@blueprint.get("/broadcasts/<number>")
@needs("inbox.see")
def broadcast(number: str) -> ResponseReturnValue:
    """Show a broadcast; its sender also sees who has seen and acknowledged it."""
    with reading("notifications") as session:
        sent = broadcasts.get_broadcast(session, number, person().uid)
    return render_page_or_block(PAGE, "main", sent=sent, named=title_of_group)


@blueprint.get("/broadcasts/<number>/state")
@needs("inbox.see")
def broadcast_state(number: str) -> ResponseReturnValue:
    """Render the live part of the broadcast's page again."""
    with reading("notifications") as session:
        sent = broadcasts.get_broadcast(session, number, person().uid)
    return render_block(PAGE, "state", sent=sent, named=title_of_group)


@blueprint.post("/broadcasts/<number>/acknowledge")
@needs("inbox.see")
def acknowledge(number: str) -> ResponseReturnValue:
    """Acknowledge the broadcast."""
    run_each_time(acknowledge_broadcast, number)
    return go_to(url_for("wuphf.broadcast", number=number))


def _form(status: int, errors: dict[str, str]) -> ResponseReturnValue:
    with reading("notifications") as session:
        groups, sent = broadcasts.list_groups(session), broadcasts.list_sent(session, person().uid)
        picked = request.form.getlist("groups")
        count = len(broadcasts.reach_of(session, picked, person().uid)) if picked else 0
    return render_page_or_block(
        FORM,
        "form" if status == 422 else "main",
        status,
        groups=groups,
        sent=sent,
        errors=errors,
        typed=request.form,
        picked=picked,
        count=count,
        named=title_of_group,
        most=MOST_TEXT,
    )
