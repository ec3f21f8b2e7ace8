"""Outside of web requests, what waits for a database that hangs ends within its deadline."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from consumers.backup import snapshots
from consumers.backup.snapshots import SnapshotFailed
from models.shared.database import deadlines
from models.shared.database.deadlines import limit_answers, seconds_left, within
from models.shared.listeners.retries import Verdict, verdict
from models.shared.transactions import reading, transaction
from settings import settings
from tests.gateway.test_deadlines import frozen

ENDLESS = 60.0  # seconds that no test waits for


@pytest.fixture
def limited() -> Iterator[None]:
    limit_answers(1.0)
    yield
    deadlines._longest.clear()


def ask(schema: str = "sales") -> object:
    with reading(schema) as session:
        return session.execute(text("SELECT 1")).scalar()


def test_a_frozen_database_holds_a_block_no_longer_than_its_time(clean_database: str):
    assert ask() == 1
    with frozen(clean_database):
        began = time.monotonic()
        with within(1.0), pytest.raises(OperationalError, match="did not answer in time"):
            ask()
        assert time.monotonic() - began < ENDLESS
    assert ask() == 1, "over a new connection"


def test_a_frozen_database_holds_a_worker_no_longer_than_one_answer_may_take(
    clean_database: str, limited: None
):
    assert ask() == 1
    with frozen(clean_database):
        with pytest.raises(OperationalError, match="did not answer in time") as caught:
            ask()
        assert verdict(caught.value) is Verdict.UNAVAILABLE, "its events wait, none is given up"
    assert ask() == 1


def test_what_was_written_by_a_block_whose_time_is_over_is_not_kept(clean_database: str):
    write = text("INSERT INTO outbox_key (topic, key, sequence) VALUES ('t', 'k', 1)")
    with pytest.raises(OperationalError), within(0.5), transaction("sales", actor="x") as session:
        session.execute(write)
        session.execute(text("SELECT pg_sleep(4)"))
    assert seconds_left() is None
    with reading("sales") as session:
        assert session.execute(text("SELECT count(*) FROM outbox_key")).scalar() == 0


def test_where_nothing_is_limited_a_slow_answer_is_waited_for(clean_database: str):
    with reading("sales") as session:
        session.execute(text("SELECT pg_sleep(1.2)"))


def test_a_program_of_a_snapshot_ends_with_its_jobs_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DM_SNAPSHOT_DSN", "postgresql://nobody:secret@127.0.0.1:1")
    settings.cache_clear()
    with within(0.3), pytest.raises(SnapshotFailed, match="sleep was stopped"):
        snapshots.run("sleep", str(ENDLESS))
    monkeypatch.undo()
    settings.cache_clear()
