"""Pages of the inside view: the state of events, trails, dead letters and the event catalogue."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from areas import SCHEMAS
from models.shared.errors import NotFound
from models.shared.events.catalogue import EVENTS, LISTENERS
from webapp.inside.backlogs import service_rows, topic_rows
from webapp.inside.services import (
    Replayed,
    ask_each,
    find_dead_letters,
    find_told,
    find_trail,
    replay_each,
)
from webapp.inside.trails import short_type
from webapp.shared.pages.form_keys import form_key, whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.rights import background, can, needs
from webapp.shared.process.faults import are_offered, only_with_faults
from webapp.shared.services.client import ServiceDown, ServiceRefused, call

blueprint = Blueprint("inside", __name__, url_prefix="/inside")
blueprint.add_app_template_filter(datetime.fromisoformat, "from_iso")
blueprint.add_app_template_filter(short_type)


@blueprint.get("")
@needs("inside.see")
def index() -> ResponseReturnValue:
    """Show the backlog by topic and by service, with links to every trail."""
    return _flow()


@blueprint.get("/state")
@needs("inside.see")
@background
def state() -> ResponseReturnValue:
    """Render the figures again; the open page fetches this every few seconds."""
    return render_block("inside/index.html", "state", **_state())


@blueprint.post("/switches")
@needs("faults.switch")
def put_on() -> ResponseReturnValue:
    """Break a service on purpose, for a while; 404 unless DM_FAULTS=1."""
    only_with_faults()
    asked = {
        "kind": request.form.get("kind", ""),
        "seconds": whole(request.form.get("seconds")),
        "delay": whole(request.form.get("delay")),
    }
    return _switch(
        "inside", f"/inside/{_listening(request.form.get('service', ''))}/switches", asked
    )


@blueprint.post("/switches/<service>/<int:number>/end")
@needs("faults.switch")
def end_now(service: str, number: int) -> ResponseReturnValue:
    """End a switch early."""
    only_with_faults()
    return _switch("inside", f"/inside/{_listening(service)}/switches/{number}/end")


@blueprint.post("/switches/drop")
@needs("faults.switch")
def drop_streams() -> ResponseReturnValue:
    """Cut every live stream of this gateway process, including this browser's own."""
    only_with_faults()
    return _switch("wuphf", "/live/drop")


@blueprint.get("/trail")
@needs("inside.see")
def find() -> ResponseReturnValue:
    """Show the events of the record `q` with their trails, or redirect to the trail of that id."""
    q = request.args.get("q", "").strip()[:100]
    answers = find_told(q.upper() if "-" in q else q) if q else None
    if answers and not answers.of["all"] and find_trail(q):
        return go_to(url_for("inside.trail", correlation=q))
    return render_page_or_block(
        "inside/find.html",
        "main",
        q=q,
        told=answers.of["all"] if answers else [],
        away=answers.away if answers else [],
    )


@blueprint.get("/trail/<correlation>")
@needs("inside.see")
def trail(correlation: str) -> ResponseReturnValue:
    """Show every step that followed from one request, on one timeline."""
    found = find_trail(correlation[:100])
    if found is None:
        raise NotFound("trail", correlation[:100])
    return render_page_or_block("inside/trail.html", "main", trail=found)


@blueprint.get("/dead-letters")
@needs("inside.see")
def dead_letters() -> ResponseReturnValue:
    """Show events that could not be handled, each with its cause."""
    return _dead_letters()


@blueprint.post("/dead-letters/replay")
@needs("deadletters.settle")
def replay_all() -> ResponseReturnValue:
    """Replay the dead letters of all services or of one; show how many worked and which failed."""
    chosen = request.form.get("service", "")
    try:
        done = replay_each([_listening(chosen)] if chosen else LISTENERS)
    except ServiceRefused as refused:
        return _dead_letters(
            refused.status, refused.problem.get("detail", "The request was refused.")
        )
    return _dead_letters(done=done)


@blueprint.post("/dead-letters/<service>/<int:number>/replay")
@needs("deadletters.settle")
def replay(service: str, number: int) -> ResponseReturnValue:
    """Replay one dead letter."""
    return _settle(service, number, "replay")


@blueprint.post("/dead-letters/<service>/<int:number>/skip")
@needs("deadletters.settle")
def skip(service: str, number: int) -> ResponseReturnValue:
    """Skip one dead letter for good."""
    return _settle(service, number, "skip", {"reason": request.form.get("reason", "")})


@blueprint.get("/events")
@needs("inside.see")
def catalogue() -> ResponseReturnValue:
    """Show every event type: its publisher, its listeners and its meaning."""
    return render_page_or_block("inside/events.html", "main", events=EVENTS)


def _flow(status: int = 200, notice: str = "") -> ResponseReturnValue:
    return render_page_or_block(
        "inside/index.html", "main", status, notice=notice, typed=request.form, **_state()
    )


def _state() -> dict[str, object]:
    answers = ask_each("")
    topics = topic_rows(answers.of)
    return {
        "topics": topics,
        "listeners": tuple(LISTENERS),
        "services": service_rows(answers.of, answers.away, topics),
        "may_break": are_offered() and can("faults.switch"),
    }


def _listening(service: str) -> str:
    if service not in LISTENERS:
        raise NotFound("service", service[:20])
    return service


def _switch(
    service: str, path: str, body: Mapping[str, object] | None = None
) -> ResponseReturnValue:
    """Change a switch through the service's own API; if it refuses, show why on the page."""
    try:
        call(service, "POST", path, json=body, key=form_key())
    except ServiceRefused as refused:
        return _flow(refused.status, refused.problem.get("detail", "The request was refused."))
    except ServiceDown as error:
        return _flow(503, f"{error}. Check the list of faults below, or try again.")
    return go_to(url_for("inside.index"))


def _settle(
    service: str, number: int, how: str, body: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Settle a dead letter through the service's own API.

    If it refuses, show why on the page and keep what was typed.
    """
    if service not in SCHEMAS:
        raise NotFound("service", service[:20])
    try:
        call("inside", "POST", f"/inside/{service}/dead-letters/{number}/{how}", json=body)
    except ServiceRefused as refused:
        return _dead_letters(
            refused.status,
            refused.problem.get("detail", "The request was refused."),
            (service, number),
        )
    except ServiceDown as error:
        return _dead_letters(503, f"{error}. Nothing was changed. Try again.", (service, number))
    return go_to(url_for("inside.dead_letters"))


def _dead_letters(
    status: int = 200,
    notice: str = "",
    tried: tuple[str, int] | None = None,
    done: Replayed | None = None,
) -> ResponseReturnValue:
    answers = find_dead_letters()
    return render_page_or_block(
        "inside/dead_letters.html",
        "main",
        status,
        letters=answers.of["all"],
        away=answers.away,
        notice=notice,
        tried=tried,
        done=done,
        reason=request.form.get("reason", ""),
    )
