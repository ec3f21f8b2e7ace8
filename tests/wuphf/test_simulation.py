"""Many people, seeded: whatever they do while rows arrive, counts, rows, feed and what a browser heard agree."""

import os
import random
import uuid
from datetime import timedelta

import pytest

from models.shared import clock
from models.shared.errors import NotFound
from models.shared.transactions import reading, transaction
from models.wuphf import (
    catch_up as catching_up,
)
from models.wuphf import (
    commands,
    consistency,
    jobs,
    queries,
)
from models.wuphf.states import VERBS
from tests.factories.notifications import (
    RAISED,
    WITHDRAWN,
    deliver,
    make_event,
    make_raised,
    make_withdrawn,
)

PEOPLE = int(os.environ.get("SIMULATED_PEOPLE", "60"))  # thousands in the long form
ROUNDS = int(os.environ.get("SIMULATED_ROUNDS", "12"))


class Browser:
    """Hears the feed, is away at times, and adds up what it was told."""

    def __init__(self, uid: str) -> None:
        self.uid, self.cursor, self.count, self.heard = uid, 0, 0, list[int]()

    def catch_up(self) -> None:
        """Everything after the cursor, as the stream reads it."""
        with reading("notifications") as session:
            while items := catching_up.feed_since(session, self.uid, self.cursor, 7):
                for item in items:
                    self.heard.append(item.n)
                    self.cursor, self.count = item.n, item.unseen


@pytest.mark.parametrize("seed", [1, pytest.param(20261122, marks=pytest.mark.long)])
def test_counts_rows_and_pushes_agree_for_everybody(clean_database, seed):
    chance = random.Random(seed)
    people = [Browser(f"person.{number}") for number in range(PEOPLE)]
    known: dict[str, list[uuid.UUID]] = {person.uid: [] for person in people}
    numbers = dict.fromkeys(known, 0)
    for _ in range(ROUNDS):
        deliver_some(chance, known, numbers)
        for person in chance.sample(people, PEOPLE // 3):
            act(chance, person, known[person.uid])
        for person in chance.sample(people, PEOPLE // 4):
            person.catch_up()
    for person in people:
        person.catch_up()
        assert person.heard == list(range(1, person.cursor + 1))
    with reading("notifications") as session:
        assert consistency.find_faults(session) == []
        assert [person.count for person in people] == [
            queries.get_counts(session, person.uid).unseen for person in people
        ]
    assert sum(person.cursor for person in people) > PEOPLE * ROUNDS / 2


def deliver_some(
    chance: random.Random, known: dict[str, list[uuid.UUID]], numbers: dict[str, int]
) -> None:
    """News for most, withdrawals of some, some of it twice."""
    records = []
    for uid in chance.sample(sorted(known), PEOPLE * 2 // 3):
        numbers[uid] += 1
        if known[uid] and chance.random() < 0.2:
            data, type_ = make_withdrawn(chance.choice(known[uid]), uid), WITHDRAWN
        else:
            known[uid].append(uuid.uuid4())
            data, type_ = make_raised(known[uid][-1], uid, f"DM-{chance.randint(1, 5)}"), RAISED
        records.append(make_event(type_, data, uuid.uuid4(), numbers[uid], "x"))
    deliver(records)
    deliver(chance.sample(records, len(records) // 3))


def act(chance: random.Random, person: Browser, ids: list[uuid.UUID]) -> None:
    """One thing that a person does."""
    some = chance.sample(ids, min(len(ids), chance.randint(0, 3)))
    what = chance.choice([*VERBS, "seen", "all", "record", "undo", "wake due"])
    if what == "wake due":
        jobs.wake_what_is_due(person.uid)
        return
    with transaction("notifications", actor=person.uid) as session:
        match what:
            case "seen":
                commands.mark_seen(session, person.cursor)
            case "all":
                commands.mark_all_read(session, person.cursor)
            case "record":
                commands.mark_record_read(session, "order", f"DM-{chance.randint(1, 5)}")
            case "undo":
                done = commands.change(session, "archive", some)
                commands.undo(session, done.undo) if done.undo else None
            case verb:
                commands.change(
                    session,
                    verb,
                    some,
                    clock.now() - timedelta(seconds=1) if verb == "snooze" else None,
                )


def test_the_checker_sees_a_wrong_count_a_gap_and_a_stray(clean_database):
    import psycopg

    for number, uid in enumerate(("a.wrong", "b.gap", "c.stray", "d.right")):
        for step in (1, 2, 3):
            deliver(
                [
                    make_event(
                        RAISED, make_raised(uuid.uuid4(), uid), uuid.uuid4(), step, str(number)
                    )
                ]
            )
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute(
            "UPDATE notifications.inbox_counter SET unread = 9 WHERE recipient = 'a.wrong'"
        )
        connection.execute("DELETE FROM notifications.feed WHERE recipient = 'b.gap' AND n = 2")
        connection.execute("DELETE FROM notifications.inbox_counter WHERE recipient = 'c.stray'")
    with reading("notifications") as session:
        faults = consistency.find_faults(session)
        with pytest.raises(NotFound):
            queries.get_notice(session, "d.right", uuid.uuid4())
    assert {fault.split(":")[0] for fault in faults} == {"a.wrong", "b.gap", "c.stray"}
