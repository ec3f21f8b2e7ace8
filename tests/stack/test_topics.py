"""stack/topics.toml, the event table and the broker say the same."""

import os
import subprocess
import sys
from pathlib import Path

from confluent_kafka.admin import AdminClient

from consumers import topics as made
from models.shared.catalogue import TOPICS
from stack.supervisor import Stack
from stack.topics import DESCRIPTION

ROOT = Path(__file__).parents[2]


def test_the_description_is_what_the_code_makes():
    assert set(DESCRIPTION["topics"]) == set(TOPICS)
    assert made.DESCRIPTION == DESCRIPTION and DESCRIPTION["retention_ms"] == 7 * 86_400_000


def test_the_command_may_be_run_twice(servers: Stack):
    for _ in range(2):
        done = subprocess.run([sys.executable, "-m", "stack.topics"], cwd=ROOT, env={**os.environ, **servers.settings_env},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    known = AdminClient({"bootstrap.servers": servers.settings_env["DM_KAFKA_BOOTSTRAP"]}).list_topics(timeout=10).topics
    assert {name: len(known[name].partitions) for name in TOPICS} == dict.fromkeys(TOPICS, 4)
