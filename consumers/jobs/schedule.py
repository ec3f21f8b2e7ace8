"""Scheduled jobs, when each last ran, and what waits or failed."""

from datetime import UTC, datetime
from typing import NamedTuple

import click
import psycopg

from consumers.jobs.process import load_tasks
from models.shared.dates import stamp
from models.shared.jobs import TASKS
from settings import settings

QUERY = """SELECT (SELECT max(defer_timestamp) FROM procrastinate_periodic_defers WHERE task_name = %(name)s),
    count(*) FILTER (WHERE status IN ('todo', 'doing')), count(*) FILTER (WHERE status = 'failed')
    FROM procrastinate_jobs WHERE task_name = %(name)s"""


class Timed(NamedTuple):
    """A scheduled task.

    Its cron line, when it was last deferred (None: never), how many runs are waiting or running,
    and how many failed for good.
    """

    name: str
    cron: str
    last: datetime | None
    open: int
    failed: int


def list_timed() -> list[Timed]:
    """Return every scheduled task by name; each schema is queried under its own role."""
    load_tasks()
    found = []
    for task in sorted(TASKS.values(), key=lambda task: task.name):
        if task.cron:
            options = f"-c search_path={task.schema}"
            with psycopg.connect(
                settings().database_dsn(task.schema), connect_timeout=5, options=options
            ) as connection:
                last, waiting, failed = connection.execute(QUERY, {"name": task.name}).fetchone()  # type: ignore[misc]
            found.append(
                Timed(
                    task.name,
                    task.cron,
                    datetime.fromtimestamp(last, UTC) if last else None,
                    waiting,
                    failed,
                )
            )
    return found


@click.command()
def schedule() -> None:
    """List scheduled jobs: when each was last due, how many runs wait; exit with 1 if one failed."""
    rows = list_timed()
    for each in rows:
        last = stamp(each.last) if each.last else "never"
        click.echo(
            f"{each.name:<42} {each.cron:<18} last {last:<20} open {each.open}  failed {each.failed}"
        )
    if any(each.failed for each in rows):
        raise SystemExit(1)
