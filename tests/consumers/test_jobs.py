"""Jobs: committed with the state that wants them, done once, again after a crash."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text

import telemetry
from consumers.jobs import process, schedule
from models.shared.database.context import current_correlation
from models.shared.jobs import TASKS, defer, task
from models.shared.transactions import transaction
from settings import settings

DONE: list[str] = []


def note(word: str) -> None:
    DONE.append(word)


def note_daily() -> None:
    DONE.append("daily")


async def note_async(word: str) -> None:
    DONE.append(f"async {word}")


def fail(word: str) -> None:
    DONE.append(word)
    raise ValueError(word)


@pytest.fixture(autouse=True)
def tasks(clean_database: str) -> Iterator[None]:
    kept = dict(TASKS)
    DONE.clear()
    for run in (note, note_async, fail):
        task("sales")(run)
    yield
    TASKS.clear()
    TASKS.update(kept)


def work() -> None:
    """In a thread: the browser of the journeys keeps an event loop in the main one."""
    thread = threading.Thread(target=process.run_due_jobs, args=("sales",))
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def left(database: str) -> list[tuple[str, str]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT task_name, status::text FROM sales.procrastinate_jobs ORDER BY id"
        ).fetchall()


def test_a_job_is_done_after_the_commit_and_leaves_nothing(clean_database: str) -> None:
    with transaction("sales", actor="jim.halpert") as session:
        assert defer(session, note, word="one")
        defer(session, note_async, word="two")
        assert DONE == []
    work()
    assert sorted(DONE) == ["async two", "one"]
    assert left(clean_database) == []


def test_a_job_of_a_transaction_that_fails_never_was(clean_database: str) -> None:
    with pytest.raises(RuntimeError), transaction("sales", actor="jim.halpert") as session:
        defer(session, note, word="one")
        raise RuntimeError
    work()
    assert DONE == []


def test_what_still_waits_is_not_added_twice(clean_database: str) -> None:
    for _ in range(2):
        with transaction("sales", actor="jim.halpert") as session:
            defer(session, note, once="the same", word="one")
    work()
    assert DONE == ["one"]


def test_a_job_that_fails_is_kept_as_failed_and_the_next_is_done(clean_database: str) -> None:
    with transaction("sales", actor="jim.halpert") as session:
        defer(session, fail, word="bad")
        defer(session, note, word="good")
    work()
    assert sorted(DONE) == ["bad", "good"]
    assert left(clean_database) == [("sales.fail", "failed")]


def test_a_job_that_a_dead_process_left_goes_again(clean_database: str) -> None:
    with transaction("sales", actor="jim.halpert") as session:
        defer(session, note, word="one")
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("SET search_path = sales")
        connection.execute(
            "INSERT INTO sales.procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "UPDATE sales.procrastinate_jobs SET status = 'doing', attempts = 1,"
            " worker_id = (SELECT max(id) FROM sales.procrastinate_workers)"
        )
    work()
    assert DONE == []
    thread = threading.Thread(target=revive)
    thread.start()
    thread.join(60)
    work()
    assert DONE == ["one"]


def revive() -> None:
    import asyncio

    async def once() -> None:
        app = process.make_app("sales")
        async with app.open_async():
            assert await process.revive_stalled(app) == 1

    asyncio.run(once())


def test_a_worker_that_is_told_to_end_at_any_moment_of_its_beginning_ends(
    clean_database: str,
) -> None:
    async def told_after(seconds: float) -> None:
        runner = process.Runner("sales")
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(seconds)
        runner.end()
        await asyncio.wait_for(running, 30)

    async def each_in_turn() -> None:
        for n in range(20):
            await told_after(n * 0.002)

    in_thread(lambda: asyncio.run(each_in_turn()))


def hang(word: str) -> None:
    """As on a server that does not answer."""
    with transaction("sales", actor="service:sales") as session:
        session.execute(text("SELECT pg_sleep(4)"))
    DONE.append(word)


async def hang_async(word: str) -> None:
    await asyncio.sleep(60)
    DONE.append(word)


@pytest.mark.parametrize("run", [hang, hang_async])
def test_a_job_that_hangs_is_stopped_after_its_time_told_by_its_correlation_and_tried_again_later(
    clean_database: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    run: Callable[..., Any],
) -> None:
    monkeypatch.setenv("DM_JOB_SECONDS", "0.5")
    settings.cache_clear()
    telemetry.configure_logging("jobs", "INFO")
    task("sales")(run)
    with transaction("sales", actor="jim.halpert") as session:
        defer(session, run, word="one")
        asked_by = current_correlation(session)
    work()
    monkeypatch.undo()
    settings.cache_clear()
    assert DONE == [] and left(clean_database) == [(f"sales.{run.__name__}", "todo")]
    lines = [json.loads(each) for each in capfd.readouterr().err.splitlines() if each[:1] == "{"]
    told = [line for line in lines if "failed after" in line["message"]]
    assert [(line["correlation_id"], line["level"]) for line in told] == [(asked_by, "ERROR")]


def test_only_what_was_declared_can_be_deferred(clean_database: str) -> None:
    with pytest.raises(LookupError), transaction("sales", actor="jim.halpert") as session:
        defer(session, work)


def in_thread(work: Callable[[], Any]) -> Any:
    """Its answer; the main thread has an event loop of the browser's already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


def test_what_was_due_in_a_pause_is_done_once_by_one_node_and_what_is_older_is_not(
    clean_database: str,
) -> None:
    task("sales", cron="40 3 * * *")(note_daily)
    now, day = 1_700_000_000.0, 86400

    async def two_nodes_start() -> None:
        for _ in range(2):
            app = process.make_app("sales")
            deferrer = PeriodicDeferrer(app.periodic_registry, **app.periodic_defaults)
            due = [
                each
                for each in deferrer.get_previous_tasks(at=now + 3 * day)
                if each[0].task.name == "sales.note_daily"
            ]
            assert len(due) == 1, "three days of pause are made up for by one run"
            async with app.open_async():
                await deferrer.defer_jobs(due)

    in_thread(lambda: asyncio.run(two_nodes_start()))
    assert left(clean_database) == [("sales.note_daily", "todo")]
    with psycopg.connect(clean_database) as connection:
        assert connection.execute(
            "SELECT lock, queueing_lock FROM sales.procrastinate_jobs"
        ).fetchall() == [("sales.note_daily", "sales.note_daily")]
    assert shown("sales.note_daily")[2:] == (datetime(2023, 11, 17, 3, 40, tzinfo=UTC), 1, 0)
    work()
    assert DONE == ["daily"] and left(clean_database) == []
    assert shown("sales.note_daily")[3:] == (0, 0), (
        "the last run is told though nothing is left of it"
    )


def test_a_timed_job_that_failed_for_good_is_told(
    clean_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    task("sales", cron=f"40 3 1 {datetime.now(UTC).month % 12 + 1} *")(
        fail
    )  # last due eleven months ago: none is made up for
    with transaction("sales", actor="jim.halpert") as session:
        defer(session, fail, word="daily")
    assert CliRunner().invoke(schedule.schedule).exit_code == 0
    work()
    assert shown("sales.fail")[3:] == (0, 1)
    done = CliRunner().invoke(schedule.schedule)
    assert done.exit_code == 1 and "failed 1" in done.output


def shown(name: str) -> schedule.Timed:
    return next(each for each in schedule.list_timed() if each.name == name)
