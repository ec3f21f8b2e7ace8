"""stack/topics.toml, the event table and the broker say the same, and what does not is told.

On whichever broker is chosen.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from consumers.relay import topics as made
from models.shared.events.catalogue import LEADS, TOPICS
from stack.supervisor import Stack
from stack.topics import DESCRIPTION
from tests.conftest import SERVERS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker alone, with nothing on it."""
    with Stack(tmp_path_factory.mktemp("broker"), servers=SERVERS, only=("kafka",)) as running:
        yield running


@pytest.fixture
def admin(broker: Stack) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.settings_env["DM_KAFKA_BOOTSTRAP"]})


@pytest.fixture
def command(broker: Stack) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **broker.settings_env, **extra}
        return subprocess.run(
            [sys.executable, "-m", "stack.topics", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=90,
        )

    return run


class Late(AdminClient):
    """A client of the real broker that hears of made topics as from a broker that is behind its controllers' log."""

    behind = 0

    def list_topics(self, *args, **kwargs):
        if self.behind:
            self.behind -= 1
            return self.earlier
        return super().list_topics(*args, **kwargs)

    def create_topics(self, *args, **kwargs):
        if not self.behind:
            self.earlier, self.behind = super().list_topics(timeout=10), 5
        return super().create_topics(*args, **kwargs)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_description_is_what_the_code_makes():
    assert len(TOPICS) == 6 and DESCRIPTION["partitions"] == 4
    assert made.DESCRIPTION == DESCRIPTION and DESCRIPTION["retention_ms"] == 7 * 86_400_000


def test_the_command_makes_them_and_a_second_time_changes_nothing(command, admin: AdminClient):
    first, second = command(), command()
    assert first.returncode == 0, first.stdout + first.stderr
    assert (second.returncode, second.stdout) == (
        0,
        "6 topics are as described, 4 partitions each\n",
    ), second.stderr
    known = admin.list_topics(timeout=10).topics
    assert {name: len(known[name].partitions) for name in TOPICS} == dict.fromkeys(TOPICS, 4)


def test_what_a_broker_shows_late_is_waited_for_and_told_once(broker: Stack, admin: AdminClient):
    for made_before in admin.delete_topics(list(TOPICS)).values():
        made_before.result()
    until(lambda: not set(TOPICS) & set(admin.list_topics(timeout=10).topics))
    late = Late({"bootstrap.servers": broker.settings_env["DM_KAFKA_BOOTSTRAP"]})
    assert made.bring_in_line(late) == [f"{topic}: created" for topic in TOPICS]
    assert made.drift(late) == []


def test_a_changed_retention_is_told_and_put_right(command, admin: AdminClient):
    command()
    entry = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, LEADS, incremental_configs=[entry])
    next(iter(admin.incremental_alter_configs([resource]).values())).result()
    line = f"DRIFT {LEADS}: retention.ms 1000, described 604800000\n"
    until(lambda: command("--check").stdout == line)
    assert command("--check").returncode == 1, "and a check changes nothing"
    mended = command()
    assert (
        mended.returncode == 0 and f"{LEADS}: retention.ms was 1000, is 604800000" in mended.stdout
    )
    assert command("--check").returncode == 0


def test_what_it_may_not_change_is_told(command, admin: AdminClient):
    command()
    next(iter(admin.create_topics([NewTopic("dm.unknown", 1, 1)]).values())).result()
    try:
        until(lambda: "DRIFT dm.unknown: not described" in command().stdout)
        assert command().returncode == 1
        assert (
            f"DRIFT {LEADS}: copies 1, described 3"
            in command("--check", DM_KAFKA_REPLICATION="3").stdout
        )
    finally:
        next(iter(admin.delete_topics(["dm.unknown"]).values())).result()


def test_another_number_of_partitions_is_told_and_left(command, admin: AdminClient):
    command()
    next(iter(admin.delete_topics([LEADS]).values())).result()
    until(lambda: LEADS not in admin.list_topics(timeout=10).topics)
    next(iter(admin.create_topics([NewTopic(LEADS, 2, 1)]).values())).result()
    until(lambda: f"DRIFT {LEADS}: partitions 2, described 4" in command().stdout)
    next(iter(admin.delete_topics([LEADS]).values())).result()


def test_without_a_broker_it_says_so_and_fails(command):
    done = command(DM_KAFKA_BOOTSTRAP="127.0.0.1:9")
    assert (
        done.returncode == 1 and "does not answer" in done.stderr and "Traceback" not in done.stderr
    )
