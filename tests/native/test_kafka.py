"""Apache Kafka as this product uses it, asked by Kafka's own tools."""

import re
import subprocess

import pytest

from models.shared.catalogue import TOPICS
from stack.native.kafka import java
from stack.supervisor import Stack

pytestmark = [pytest.mark.native, pytest.mark.stack]


def tool(stack: Stack, name: str, *words: str) -> str:
    command = java(f"org.apache.kafka.tools.{name}", "--bootstrap-server", stack.settings_env["DM_KAFKA_BOOTSTRAP"], *words)
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


def test_kafkas_own_tools_list_the_topics_with_partitions_and_retention(stack: Stack):
    said = tool(stack, "TopicCommand", "--describe", "--exclude-internal")
    found = dict(re.findall(r"Topic: (\S+)\s+TopicId: \S+\s+(PartitionCount: .*)", said))
    assert set(found) == set(TOPICS)
    for line in found.values():
        assert line.startswith("PartitionCount: 4") and "retention.ms=604800000" in line


def test_kafkas_own_tools_list_a_consumer_group_for_each_listening_service(stack: Stack):
    groups = tool(stack, "consumer.group.ConsumerGroupCommand", "--list").split()
    assert {"dm-orders", "dm-inventory", "dm-notifications"} <= set(groups)
    said = tool(stack, "consumer.group.ConsumerGroupCommand", "--describe", "--group", "dm-orders", "--state")
    assert "Stable" in said
