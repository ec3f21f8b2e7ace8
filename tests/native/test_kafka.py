"""Apache Kafka as this product uses it, asked by Kafka's own tools."""

import re
import statistics
import subprocess
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from models.shared.events.catalogue import TOPICS
from stack.native.kafka import java
from stack.supervisor import Stack

pytestmark = [pytest.mark.native, pytest.mark.stack]


def tool(stack: Stack, name: str, *words: str) -> str:
    command = java(
        f"org.apache.kafka.tools.{name}",
        "--bootstrap-server",
        stack.settings_env["DM_KAFKA_BOOTSTRAP"],
        *words,
    )
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
    said = tool(
        stack,
        "consumer.group.ConsumerGroupCommand",
        "--describe",
        "--group",
        "dm-orders",
        "--state",
    )
    assert "Stable" in said


def test_a_waiting_fetch_is_answered_as_data_arrives_so_that_its_wait_need_not_be_short(
    stack: Stack,
):
    delays = fetch_delays(stack.settings_env["DM_KAFKA_BOOTSTRAP"])
    assert statistics.median(delays) < 0.5, (
        "with 1.5 s to wait, half of the records would take 0.75 s and more"
    )


def fetch_delays(bootstrap: str, wait_ms: int = 1500, count: int = 20) -> list[float]:
    """Seconds from sending a record until a consumer has it whose fetch may wait `wait_ms` and was waiting."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topic = f"test.fetch-{time.time_ns()}"
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result()
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topic, "fetch.wait.max.ms": wait_ms}
    )
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        return [_delay(producer, consumer, topic) for _ in range(count + 1)][
            1:
        ]  # the first one connects
    finally:
        consumer.close()
        admin.delete_topics([topic])[topic].result()


def _delay(producer: Producer, consumer: Consumer, topic: str) -> float:
    assert consumer.poll(0.3) is None, "the fetch waits"
    sent = time.monotonic()
    producer.produce(topic, b"x")
    producer.flush(10)
    assert consumer.poll(30) is not None
    return time.monotonic() - sent
