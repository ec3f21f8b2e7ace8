"""The live stream: one per browser, resumable from a feed number, ended with its session."""

import re
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, jsonify, request, stream_with_context
from flask.typing import ResponseReturnValue

from models.shared.database.live_signals import signal_watch
from models.shared.transactions import transaction
from webapp.shared.answers.problems import answer
from webapp.shared.pages.form_keys import serial
from webapp.shared.people.rights import background, needs, person, takes_json
from webapp.wuphf.streaming.connection import watched
from webapp.wuphf.streaming.hub import hub
from webapp.wuphf.streaming.messages import Start, starting_point, write_stream
from webapp.wuphf.streaming.streams import Stream
from webapp.wuphf.streaming.watched_records import MOST, may_watch

blueprint = Blueprint("live", __name__)
IDS = re.compile(r"[\w-]{16}")  # as streams.py makes them
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

    The stream may be held by another process of the gateway. It is then told, and this answers 202
    without knowing whether it is still open: the browser notices the end of its stream by itself.
    """
    sent = request.get_json(silent=True)
    asked = sent if isinstance(sent, dict) else {}
    names, stream_id = asked.get("records"), str(asked.get("stream"))
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
    if not IDS.fullmatch(stream_id):
        return answer(404, "not_found", "There is no such stream. Open it again.")
    allowed = {name: read_at.get(name, 0.0) for name in names if may_watch(person(), name)}
    if names and not allowed:
        return answer(403, "forbidden", "Your role does not allow you to see these records.")
    if found := hub().find(stream_id, person().uid):
        hub().watch(found, allowed)
    elif not _told_elsewhere(stream_id, allowed):
        return answer(422, "invalid", "These names are too long to be watched together.")
    told = jsonify(watching=sorted(allowed), refused=sorted(set(names) - set(allowed)))
    return told, 200 if found else 202


def _told_elsewhere(stream_id: str, records: dict[str, float]) -> bool:
    """Tell the process that holds the stream; False if the names exceed one message."""
    try:
        with transaction("notifications", actor=person().uid) as session:
            signal_watch(session, stream_id, person().uid, records)
    except ValueError:
        return False
    return True


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
