"""What jobs does by the clock is due as often as it says."""

import itertools
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from croniter import croniter

OFTEN = {  # seconds
    "finance.move_requests": 10,
    "orders.move_approvals": 10,
    "sales.tell_due_steps": 600,
    "sales.discard_unconfirmed_imports": 86_400,
    "notifications.tell_it_of_troubles": 60,
    "notifications.send_due_mails": 10,
    "notifications.send_due_webhooks": 10,
    "notifications.gather_hourly_mails": 3600,
    "notifications.gather_daily_mails": 3600,
    "notifications.take_daily_snapshot": 3600,
    "notifications.purge_old_notifications": 86_400,
    "notifications.prune_event_tables": 86_400,
}
# In a process of its own: tests of the mechanism take tasks out of the table and put others in.
ASK = (
    "import json; from consumers.jobs import process; process.load_tasks(); "
    "print(json.dumps({each.name: each.cron for each in process.TASKS.values() if each.cron}))"
)


@pytest.fixture(scope="module")
def crons() -> dict[str, str]:
    """Of each task with a time of its own what the jobs' process gives the library."""
    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def seconds_between(cron: str) -> set[int]:
    """The pauses of an hour and a half of ten seconds each, as procrastinate's own library has them."""
    ticks = croniter(cron, datetime(2026, 11, 23, 7, 3, 21, tzinfo=UTC))
    return {
        round(after - before)
        for before, after in itertools.pairwise(ticks.get_next(float) for _ in range(540))
    }


def test_each_task_is_due_as_often_as_its_words_say(crons: dict[str, str]):
    assert {name: seconds_between(cron) for name, cron in crons.items()} == {
        name: {each} for name, each in OFTEN.items()
    }


def test_this_sees_what_it_looks_for():
    assert seconds_between("*/10 * * * * *") == {1, 541}, (
        "every second of each tenth minute, and then nothing for nine"
    )
