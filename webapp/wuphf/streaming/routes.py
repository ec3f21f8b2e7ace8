"""The live stream: one per browser, resumable from a feed number, ended with its session."""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, jsonify, request, stream_with_context
from flask.typing import ResponseReturnValue

from webapp.shared.answers.problems import answer
from webapp.shared.pages.form_keys import serial
from webapp.shared.people.rights import background, needs, person, takes_json
from webapp.wuphf.streaming.connection import watched
from webapp.wuphf.streaming.hub import hub
from webapp.wuphf.streaming.messages import Start, starting_point, write_stream
from webapp.wuphf.streaming.streams import Stream
from webapp.wuphf.streaming.watched_records import MOST, may_watch

blueprint = Blueprint("live", __name__)
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@blueprint.get("/live")
@needs("inbox.see")
@background
def stream() -> ResponseReturnValue:
    """Open the person's live stream, from `Last-Event-ID` or `?last=` on, or from now."""
    last = _last_seen()
    opened = hub().open(person().uid)
    try:
        start = starting_point(opened.uid, last)
    except BaseException:
        hub().close(opened, "failed")
        raise
    written = stream_with_context(_written(opened, start))
    return Response(written, mimetype="text/event-stream", headers=HEADERS)


@blueprint.post("/live/watch")
@needs("inbox.see")
@background
@takes_json
def watch() -> ResponseReturnValue:
    """Set the records this browser's stream reports; refuse those the person may not see.

    `read_at` says when the pages that show them were read (their `data-read-at`), by record.
    """
    sent = request.get_json(silent=True)
    asked = sent if isinstance(sent, dict) else {}
    names, found = asked.get("records"), hub().find(str(asked.get("stream")), person().uid)
    read_at = asked.get("read_at", {})
    if (
        not isinstance(names, list)
        or len(names) > MOST
        or not all(isinstance(name, str) for name in names)
    ):
        return answer(
            422, "invalid", f"`records` lists at most {MOST} records such as order:DM-100042."
        )
    if not isinstance(read_at, dict) or not all(
        isinstance(moment, int | float) for moment in read_at.values()
    ):
        return answer(422, "invalid", "`read_at` has a number of seconds since 1970 per record.")
    if found is None:
        return answer(404, "not_found", "This stream is not open here. Open it again.")
    allowed = frozenset(name for name in names if may_watch(person(), name))
    if names and not allowed:
        return answer(403, "forbidden", "Your role does not allow you to see these records.")
    hub().watch(found, allowed, read_at)
    return jsonify(watching=sorted(allowed), refused=sorted(set(names) - allowed))


def _written(opened: Stream, start: Start) -> Iterator[str]:
    session = current_app.extensions["session_watch"]()
    reason = "session"
    try:
        with watched(request.environ, lambda: opened.end("gone")):
            yield from write_stream(opened, session, start)
    except GeneratorExit:  # writing failed: the client closed, or accepted no data for too long
        reason = "slow"
        raise
    finally:
        hub().close(opened, opened.ended or reason)


def _last_seen() -> int | None:
    given = request.headers.get("Last-Event-ID") or request.args.get("last", "")
    if not given:
        return None
    if (last := serial(given)) is None:
        abort(400, "The number of the last event must be a whole number.")
    return last
