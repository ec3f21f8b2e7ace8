"""The messages of a stream, as server-sent events.

The format is https://html.spec.whatwg.org/multipage/server-sent-events. Every `inbox` message
carries its feed entry as id and the counts as of that entry. A browser that resumes from the last
id therefore misses nothing, gets nothing twice, and shows correct counts on the way.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import msgspec

import telemetry
from models.shared import clock
from models.wuphf.catch_up import MOST, FeedItem
from models.wuphf.queries import (
    Notice,
    counts_as_of,
    get_counts,
    oldest_entry,
)
from webapp.shared.people.preferences import on_the_clock_of
from webapp.shared.people.rights import Person
from webapp.shared.process.page_priority import right_of_way
from webapp.wuphf.streaming.hub import PUSHES
from webapp.wuphf.streaming.pushes import pushes
from webapp.wuphf.streaming.rendering import Drawn, draw
from webapp.wuphf.streaming.streams import DROPPED_ON_PURPOSE, Stream, Wake
from webapp.wuphf.streaming.turns import A_FEW, AMONG_FEW, beginning
from webapp.wuphf.streaming.watched_records import may_watch

MOST_TOASTS = 3


class SessionWatch(Protocol):
    """Follow the session of the request that opened the stream, without extending it."""

    def person(self) -> Person | None:
        """Return the person with their current roles; None once the session is over."""


class Start(NamedTuple):
    """Where a stream starts: feed entry, and count as of it.

    `missed`: earlier entries can no longer be delivered.
    """

    n: int
    unseen: int
    missed: bool


def starting_point(uid: str, last: int | None) -> Start:
    """Return where a stream starts: right after entry `last`, however long ago that was.

    Starts at the newest entry on a first visit, and if `last` is older than the retained feed (or
    from another database).
    """
    with beginning() as session:
        now = get_counts(session, uid)
        if last is None:
            return Start(now.n, now.unseen, False)
        then = counts_as_of(session, uid, last) if last else None
        if last == now.n:
            return Start(last, now.unseen, False)
        if last > now.n or (then is None and (last or oldest_entry(session, uid) != 1)):
            return Start(now.n, now.unseen, True)
        return Start(last, then.unseen if then else 0, False)


def write_stream(stream: Stream, session: SessionWatch, start: Start) -> Iterator[str]:
    """Yield the stream's text until its session ends, the client leaves, or the process stops."""
    yield message("hello", {"stream": stream.id, "n": start.n, "count": start.unseen}, start.n)
    if start.missed:
        yield message("missed", {"count": start.unseen}, start.n)
        yield message("resync", {"count": start.unseen}, start.n)
    stream.begin_at(start.n)
    while True:
        wake = stream.wait()
        if wake.ended == DROPPED_ON_PURPOSE:
            return
        with AMONG_FEW:
            person = session.person()
            records = [each for each in sorted(wake.records) if person and may_watch(person, each)]
        if wake.ended or person is None:
            yield message("bye", {"reason": wake.ended or "session"})
            return
        if wake.items:
            yield from _news(stream, wake)
        if records:
            yield message("record", {"records": records})
        if wake.resync:
            yield message("resync", {"count": starting_point(stream.uid, None).unseen})
        if wake.ping:
            yield ": ping\n\n"


def _news(stream: Stream, wake: Wake) -> Iterator[str]:
    """Yield the feed's new entries, a few at a time, so that pages get a turn."""
    items = wake.items
    toasts = (
        [item.n for item in items if item.notice and may_toast(item.notice)][-MOST_TOASTS:]
        if len(items) < MOST
        else []
    )
    if len(items) == MOST:
        stream.tell_inbox(items[-1].n)
    for count, item in enumerate(items, 1):
        with on_the_clock_of(stream.uid):
            text = _told(stream, item, item.n in toasts, wake)
        yield text
        if item.kind == "arrival" and item.notification_id:
            pushes().note(item.notification_id)
        if count % A_FEW == 0:
            right_of_way().give_way()


def _told(stream: Stream, item: FeedItem, toast: bool, wake: Wake) -> str:
    with telemetry.span(
        "push to the bell",
        traceparent=wake.traces.get(item.n),
        kind="producer",
        enduser_id=stream.uid,
        feed_n=item.n,
    ):
        return inbox_message(item, toast=toast)


def may_toast(notice: Notice) -> bool:
    """Return whether it is still unseen and the person's quiet hours are over."""
    return not notice.seen and (notice.quiet_until is None or notice.quiet_until <= clock.now())


def inbox_message(item: FeedItem, toast: bool) -> str:
    """Return one feed entry with its fragments, from the same partials as the pages."""
    notice = item.notice if item.notice and item.notice.stands else None
    arrived = item.kind in ("arrival", "wake")
    drawn = draw(notice, toast=arrived and toast) if notice else Drawn("", "")
    return message(
        "inbox",
        {
            "n": item.n,
            "count": item.unseen,
            "unread": item.unread,
            "kind": item.kind,
            "notification": str(item.notification_id) if item.notification_id else None,
            "row": drawn.row,
            "toast": drawn.toast,
            "reason": item.reason,
        },
        item.n,
    )


def message(event: str, data: dict[str, object], id_: int | None = None) -> str:
    """Format one server-sent event. JSON keeps its data on one line."""
    PUSHES.labels(event).inc()
    head = f"id: {id_}\n" if id_ is not None else ""
    return f"{head}event: {event}\ndata: {msgspec.json.encode(data).decode()}\n\n"
