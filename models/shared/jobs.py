"""Jobs: scheduled or long-running work, declared here and run by consumers/jobs/process.py.

The queue is procrastinate's tables in the owner's own schema (docs/adr/0008), so a job commits
together with the state that needs it, or not at all. The domain calls only procrastinate's SQL; the
library itself is used only in consumers.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.shared.database.context import current_correlation, current_schema

Run = TypeVar("Run", bound=Callable[..., object])
_DEFER = text("""SELECT (procrastinate_defer_jobs_v1(ARRAY[
    ROW(:schema, :name, 0, :lock, :once, CAST(:args AS jsonb), :at)::procrastinate_job_to_defer_v1]))[1]""")
_WAITS = text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :once AND status = 'todo'")


class Task(NamedTuple):
    """A task: `run(**arguments)`, run on a schedule if `cron` is set.

    `cron` is in UTC, with five fields as in crontab(5), or six: croniter reads the last as seconds,
    so every ten seconds is `* * * * * */10`. `deadline` names the setting with its seconds.
    """

    schema: str
    name: str
    run: Callable[..., Any]
    cron: str | None
    deadline: str = "job_seconds"


TASKS: dict[str, Task] = {}


def task(
    schema: str, *, cron: str | None = None, deadline: str = "job_seconds"
) -> Callable[[Run], Run]:
    """Declare a function as a task of `schema`, named `schema.function`; it may be async.

    A task may run again after a crash, so it must be idempotent. A sync task runs in a thread; it
    opens its own transactions. A task with `cron` takes no arguments. Once the seconds of the
    setting `deadline` have passed, whatever it asks of the database fails, and it is run again
    later.
    """

    def register(run: Run) -> Run:
        name = f"{schema}.{run.__name__}"
        TASKS[name] = Task(schema, name, run, cron, deadline)
        return run

    return register


def defer(
    session: Session,
    run: Callable[..., object] | str,
    *,
    lock: str | None = None,
    once: str | None = None,
    at: datetime | None = None,
    **arguments: object,
) -> int | None:
    """Schedule `run(**arguments)` for after this commit, or for `at`; return the job's number.

    A task that uses the network is named, since the domain cannot import it. Jobs with the same
    `lock` run one after another. While a job with the same `once` waits, no second one is added and
    None is returned. Arguments are plain JSON; the correlation id is passed along.
    """
    schema = current_schema(session)
    name = f"{schema}.{run if isinstance(run, str) else run.__name__}"
    if name not in TASKS and not isinstance(run, str):
        raise LookupError(f"{name} is not declared as a task")
    if once and session.execute(_WAITS, {"once": once}).scalar():
        return None
    given = msgspec.json.encode({**arguments, "correlation": current_correlation(session)}).decode()
    values = {"schema": schema, "name": name, "lock": lock, "once": once, "args": given, "at": at}
    id_: int = session.execute(_DEFER, values).scalar_one()
    return id_
