"""`python -m consumers jobs`: run deferred and scheduled jobs of all services in one process.

It is separate from the event workers, so that a job's CPU never delays an event
(docs/adr/0008-jobs-in-the-owners-schema-one-process-for-all.md). Several of these processes may
run; each job is taken by one.
"""

import asyncio
import importlib
import importlib.util
import inspect
import logging
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.worker import Worker
from prometheus_client import Counter
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import telemetry
from areas import load
from consumers.status import Report, serve_status
from models.shared.database.deadlines import limit_answers, within
from models.shared.jobs import TASKS, Task
from models.shared.operations import snapshots
from settings import settings

log = logging.getLogger("consumers.jobs")

# Tasks that use the network or the whole database; an area's own are in models/<area>/jobs.py.
MODULES = (
    "consumers.jobs.mail",
    "consumers.backup.snapshots",
    "consumers.jobs.retention",
    "consumers.jobs.troubles",
    "consumers.jobs.webhooks",
)
DONE = Counter("dm_jobs_total", "Jobs by what became of them", ["schema", "task", "outcome"])
ANSWER = 8.0  # seconds that a job waits for one answer of the database, whose statements have five
AT_ONCE = 2  # concurrent jobs per service, so that a long import does not block a short job
PAUSE = 8 * 86400.0  # seconds of downtime after which a missed schedule is still run, once
PRUNE = (
    30.0  # seconds without a heartbeat after which a worker counts as dead and its job is retried
)
AGAIN = RetryStrategy(
    max_attempts=6,
    exponential_wait=2,
    retry_exceptions={OperationalError, InterfaceError, PoolTimeout, ConnectionError, TimeoutError},
)


def load_tasks() -> None:
    """Import every module that declares tasks."""
    load("jobs")
    for name in MODULES:
        importlib.import_module(name)


def schemas_with_tasks() -> list[str]:
    """Return the services that declare tasks."""
    return sorted({task.schema for task in TASKS.values()})


def make_app(schema: str, pause: float = PAUSE) -> App:
    """Create the job app over one service's schema, under its own role, with its tasks."""
    options = f"-c search_path={schema} -c timezone=UTC -c statement_timeout=5000"
    kwargs = {
        "options": options,
        "application_name": f"dm-jobs-{schema}",
        "connect_timeout": 3,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    app = App(
        connector=PsycopgConnector(
            conninfo=settings().database_dsn(schema),
            min_size=1,
            max_size=3,
            timeout=5,
            kwargs=kwargs,
        ),
        periodic_defaults={"max_delay": pause},
    )
    for each in TASKS.values():
        if each.schema == schema:
            _add(app, each)
    return app


def run_due_jobs(schema: str) -> None:
    """Run what is due for one service now, and return; for tests and the seed.

    Runs that were due on earlier days are not made up for.
    """
    load_tasks()
    asyncio.run(_run_due(make_app(schema, pause=600.0), schema))


def main() -> None:
    """Run until SIGTERM or SIGINT. A running job gets ten seconds to finish, or is run again later."""
    telemetry.configure_logging("jobs", settings().log_level)
    telemetry.configure_tracing("jobs")
    limit_answers(ANSWER)
    load_tasks()
    runners = [Runner(schema) for schema in schemas_with_tasks()]
    if settings().worker_bind:
        serve_status(settings().worker_bind, lambda: readiness(runners))
    asyncio.run(_serve(runners))


class Runner:
    """The worker of one service; `run` lasts until `end`, whatever the database does."""

    def __init__(self, schema: str) -> None:
        self.schema, self.state = schema, "starting"
        self._worker: Worker | None = None
        self._ends = asyncio.Event()

    def end(self) -> None:
        """Start no further job; `run` returns once the running ones finish.

        Cancelling the worker instead is not safe: until Python 3.12 `asyncio.wait_for`, which waits
        for connections, can lose a cancellation (https://github.com/python/cpython/issues/86296),
        and the worker would keep working.
        """
        self._ends.set()
        if self._worker:
            self._worker.stop()

    async def run(self) -> None:
        """Connect and work; after a failure, try again after a moment."""
        while not self._ends.is_set():
            try:
                await self._work()
            except Exception as error:
                self._say(
                    f"waiting: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}"
                )
            await _passes(self._ends, 0.5)

    async def _work(self) -> None:
        app, over = make_app(self.schema), asyncio.Event()
        async with app.open_async():
            if self._ends.is_set():
                return
            self._say("working")
            reviving = asyncio.create_task(_revive_until(over, app))
            self._worker = _worker(app, self.schema, wait=True)
            try:
                await self._worker.run()
            finally:
                self._worker = None
                over.set()
                await reviving

    def _say(self, state: str) -> None:
        if state != self.state:
            log.log(
                logging.WARNING if state.startswith("waiting") else logging.INFO,
                "%s: %s",
                self.schema,
                state,
            )
        self.state = state


def readiness(runners: list[Runner]) -> tuple[bool, Report]:
    """Report ready while every service's worker is connected."""
    states = {runner.schema: runner.state for runner in runners}
    return all(state == "working" for state in states.values()), {
        "schemas": states,
        "snapshots": msgspec.to_builtins(snapshots.standing()),
    }


async def revive_stalled(app: App) -> int:
    """Put back the jobs whose process died; return how many."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=PRUNE))
    for job in stalled:
        log.warning(
            "job %s (%s) was abandoned by a dead process; retrying it", job.id, job.task_name
        )
        await app.job_manager.retry_job(job)
    return len(stalled)


async def _revive_until(over: asyncio.Event, app: App) -> None:
    while not over.is_set():
        await revive_stalled(app)
        await _passes(over, PRUNE / 3)


async def _passes(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _serve(runners: list[Runner]) -> None:
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    running = [asyncio.create_task(runner.run()) for runner in runners]
    await ending.wait()
    for runner in runners:
        runner.end()
    await asyncio.gather(*running, return_exceptions=True)


async def _run_due(app: App, schema: str) -> None:
    async with app.open_async():
        await _worker(app, schema, wait=False).run()


def _worker(app: App, schema: str, *, wait: bool) -> Worker:
    return Worker(
        app,
        queues=[schema],
        name=f"jobs-{schema}",
        concurrency=AT_ONCE,
        wait=wait,
        install_signal_handlers=False,
        delete_jobs="successful",
        shutdown_graceful_timeout=10,
        listen_notify=wait,
    )


def _add(app: App, task: Task) -> None:
    known = app.task(
        name=task.name,
        queue=task.schema,
        retry=AGAIN,
        queueing_lock=task.name if task.cron else None,
        lock=task.name if task.cron else None,
    )(_wrapped(task))
    if task.cron:
        app.periodic(cron=task.cron)(known)


def _wrapped(task: Task) -> Callable[..., object]:
    """Wrap a task to run under its correlation id and its deadline, and to be counted."""
    is_async = inspect.iscoroutinefunction(task.run)
    seconds: float = getattr(settings(), task.deadline)

    async def run_async(timestamp: int = 0, correlation: str = "", **arguments: object) -> None:
        with _Counted(task, correlation), within(seconds):
            async with asyncio.timeout(seconds):
                await task.run(**arguments)

    def run(timestamp: int = 0, correlation: str = "", **arguments: object) -> None:
        with _Counted(task, correlation), within(seconds):
            task.run(**arguments)

    return run_async if is_async else run


class _Counted:
    def __init__(self, task: Task, correlation: str) -> None:
        self.task, self.correlation = task, correlation or telemetry.new_correlation_id()

    def __enter__(self) -> None:
        self.token = telemetry.correlation.set(self.correlation)
        self.began = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        DONE.labels(self.task.schema, self.task.name, "failed" if kind else "done").inc()
        if error:
            seconds = time.monotonic() - self.began
            log.error("%s failed after %.1f s: %r", self.task.name, seconds, error)
        telemetry.correlation.reset(self.token)
