"""Many streams, one worker: what they read together is what each would have read alone."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from sqlalchemy.exc import ProgrammingError

from models.shared.transactions import engine, reading
from models.wuphf import catch_up
from models.wuphf.catch_up import FeedItem, Place
from tests.factories.notifications import RAISED, WITHDRAWN, make_raised, make_withdrawn
from webapp.wuphf.streaming import turns
from webapp.wuphf.streaming.messages import Start, starting_point
from webapp.wuphf.streaming.streams import Stream
from webapp.wuphf.streaming.turns import FeedReader


@pytest.mark.usefixtures("office")
def test_feeds_read_together_are_what_each_reads_alone(happens):
    first = uuid.uuid4()
    for uid in ("jim.halpert", "dwight.schrute", "jim.halpert", "pam.beesly"):
        happens(RAISED, make_raised(first if uid == "pam.beesly" else uuid.uuid4(), uid))
    happens(WITHDRAWN, make_withdrawn(first, "pam.beesly"))
    places = [
        Place("jim.halpert", 1),
        Place("pam.beesly", 0),
        Place("nobody", 0),
        Place("jim.halpert", 0),
        Place("dwight.schrute", 9),
    ]
    with reading("notifications") as session:
        together = catch_up.feeds_since(session, places)
        assert together == [
            catch_up.feed_since(session, place.recipient, place.n) for place in places
        ]
        assert [[item.n for item in items] for items in together] == [[2], [1, 2], [], [1, 2], []]
        assert together[1][1].reason == "decided by another"
        assert [len(items) for items in catch_up.feeds_since(session, places, limit=1)] == [
            1,
            1,
            0,
            1,
            0,
        ]


def item(n: int) -> FeedItem:
    return FeedItem(n, "arrival", n, n, None, None)


def streams(reader: FeedReader, count: int, at: int = 0) -> list[Stream]:
    """Open streams, whose signals come all at once."""
    opened = [Stream(f"p{n}", reader.read_for) for n in range(count)]
    for n, stream in enumerate(opened):
        stream.begin_at(at + n)
    return opened


def told(stream: Stream) -> list[int]:
    """The numbers that the stream has to write, as soon as there are any."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if items := stream.wait().items:
            return [each.n for each in items]
    raise AssertionError("nothing came")


@pytest.fixture
def by_hand(monkeypatch) -> type[FeedReader]:
    """A reader that reads when the test says so."""
    monkeypatch.setattr(FeedReader, "_start", lambda self: None)
    return FeedReader


def test_whoever_waits_is_read_for_by_one_statement_and_gets_their_own():
    may_go_on, asked = threading.Event(), []

    def read(places):
        asked.append(len(places))
        assert may_go_on.wait(30)
        return [[item(place.n + 1)] for place in places]

    opened = streams(FeedReader(read), 60)
    may_go_on.set()
    assert [told(stream) for stream in opened] == [[n + 1] for n in range(60)]
    assert len(asked) <= 2 and sum(asked) == 60


def test_no_statement_reads_for_more_than_a_hundred(by_hand):
    asked = []
    reader = by_hand(
        lambda places: asked.append(len(places)) or [[item(place.n + 1)] for place in places]
    )
    opened = streams(reader, 201)
    for _ in range(3):
        reader.read_for_some()
    assert asked == [100, 100, 1]
    assert told(opened[200]) == [201]


def test_an_error_reaches_all_who_waited_and_they_ask_again(monkeypatch):
    monkeypatch.setattr(turns, "RETRY", 0.05)
    answers = iter(
        [OSError("the database is away"), ProgrammingError("SELECT", {}, OSError("gone"))]
    )

    def read(places):
        if error := next(answers, None):
            raise error
        return [[item(place.n + 1)] for place in places]

    assert [told(stream) for stream in streams(FeedReader(read), 3)] == [[1], [2], [3]]


def test_a_stream_is_read_for_again_only_when_it_has_taken_what_was_read(by_hand):
    asked = []
    reader = by_hand(
        lambda places: asked.append(places[0].n) or [[item(place.n + 1)] for place in places]
    )
    [slow] = streams(reader, 1)
    reader.read_for_some()
    for n in range(2, 50):
        slow.tell_inbox(n)
    assert asked == [0] and not reader._waiting, "signals fold together while nothing is taken"
    assert told(slow) == [1]
    reader.read_for_some()
    assert told(slow) == [2]
    assert asked == [0, 1]


def test_a_signal_that_comes_before_the_stream_knows_where_it_begins_waits(by_hand):
    asked = []
    reader = by_hand(lambda places: asked.append(places[0].n) or [[item(8)]])
    stream = Stream("jim.halpert", reader.read_for)
    stream.tell_inbox(8)
    assert not reader._waiting
    stream.begin_at(7)
    reader.read_for_some()
    assert (asked, told(stream)) == ([7], [8])


def test_a_signal_that_came_twice_writes_nothing_and_the_next_one_is_heard(by_hand):
    found = iter([[], [item(1)]])
    reader = by_hand(lambda places: [next(found)])
    [stream] = streams(reader, 1)
    reader.read_for_some()
    assert not stream._was_read
    stream.tell_inbox(1)
    reader.read_for_some()
    assert told(stream) == [1]


def test_a_resync_is_told_with_what_the_feed_had_by_then(by_hand):
    reader = by_hand(lambda places: [[] for _ in places])
    [stream] = streams(reader, 1)
    reader.read_for_some()
    stream.tell_resync(within=0)
    assert not stream.wait().resync, "first the feed is read"
    reader.read_for_some()
    assert stream.wait().resync


def test_a_few_streams_go_on_before_pages_get_their_turn(by_hand):
    happened = []
    reader = by_hand(lambda places: [[item(1)] for _ in places], lambda: happened.append("pages"))
    opened = streams(reader, 25)
    for stream in opened:
        stream.give = lambda items: happened.append("stream")  # type: ignore[method-assign]
    reader.read_for_some()
    assert happened == [*["stream"] * 10, "pages", *["stream"] * 10, "pages", *["stream"] * 5]


@pytest.mark.usefixtures("office")
def test_thousands_who_come_back_at_once_leave_connections_to_the_pages():
    """They were refused, and pages with them, as soon as the last had waited five seconds for a connection."""
    pool, held, together = engine("notifications").pool, [], threading.Barrier(60)

    def begin(n: int) -> Start:
        together.wait(60)
        return starting_point(f"p{n}", None)

    def note(*_: object) -> None:
        held.append(pool.checkedout())  # type: ignore[attr-defined]

    event.listen(pool, "checkout", note)
    try:
        with ThreadPoolExecutor(60) as everybody:
            assert list(everybody.map(begin, range(60))) == [Start(0, 0, False)] * 60
    finally:
        event.remove(pool, "checkout", note)
    assert len(held) == 60 and max(held) <= turns.BEGINNERS
