"""Many streams, one worker: what they read together is what each would have read alone."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.notifications import catching_up
from models.notifications.catching_up import FeedItem, Place
from models.shared.database import reading
from tests.wuphf.test_inbox import RAISED, WITHDRAWN, raised, withdrawn
from webapp.wuphf import in_turn
from webapp.wuphf.in_turn import FeedReader


@pytest.mark.usefixtures("office")
def test_feeds_read_together_are_what_each_reads_alone(happens):
    first = uuid.uuid4()
    for uid in ("jim.halpert", "dwight.schrute", "jim.halpert", "pam.beesly"):
        happens(RAISED, raised(first if uid == "pam.beesly" else uuid.uuid4(), uid))
    happens(WITHDRAWN, withdrawn(first, "pam.beesly"))
    places = [Place("jim.halpert", 1), Place("pam.beesly", 0), Place("nobody", 0), Place("jim.halpert", 0),
              Place("dwight.schrute", 9)]
    with reading("notifications") as session:
        together = catching_up.feeds_since(session, places)
        assert together == [catching_up.feed_since(session, place.recipient, place.n) for place in places]
        assert [[item.n for item in items] for items in together] == [[2], [1, 2], [], [1, 2], []]
        assert together[1][1].reason == "decided by another"
        assert [len(items) for items in catching_up.feeds_since(session, places, limit=1)] == [1, 1, 0, 1, 0]


def item(n: int) -> FeedItem:
    return FeedItem(n, "arrival", n, n, None, None)


def test_whoever_waits_is_read_for_by_one_statement_and_gets_their_own():
    may_go_on, asked = threading.Event(), []

    def read(places):
        asked.append(len(places))
        assert may_go_on.wait(30)
        return [[item(place.n)] for place in places]

    reader = FeedReader(read)
    with ThreadPoolExecutor(60) as pool:
        found = [pool.submit(reader.after, f"p{n}", n) for n in range(60)]
        while len(asked) < 1 or len(reader._waiting) < 60 - asked[0]:
            assert not may_go_on.wait(0.01)
        may_go_on.set()
        assert [each.result(30)[0].n for each in found] == list(range(60))
    assert len(asked) <= 2 and sum(asked) == 60


def test_no_statement_reads_for_more_than_a_hundred(monkeypatch):
    monkeypatch.setattr(in_turn, "TOGETHER", 2)
    asked = []
    reader = FeedReader(lambda places: asked.append(len(places)) or [[item(place.n)] for place in places])
    reader._waiting.extend(in_turn._Asked(Place("before", n)) for n in range(3))
    assert reader.after("last", 4) == [item(4)]
    assert asked == [2, 2]


def test_an_error_reaches_all_who_waited_and_the_next_read_is_a_new_one():
    answers = iter([OSError("the database is away"), None])

    def read(places):
        if error := next(answers):
            raise error
        return [[] for _ in places]

    reader = FeedReader(read)
    with pytest.raises(OSError, match="away"):
        reader.after("jim.halpert", 0)
    assert reader.after("jim.halpert", 0) == []
