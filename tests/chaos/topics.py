"""Everything that lies on the topics."""

from confluent_kafka import Consumer, TopicPartition

from models.shared.events.catalogue import TOPICS
from models.shared.events.envelope import Envelope, decode


def read_topics(bootstrap: str) -> list[Envelope]:
    """All records of all topics, each partition in its order, read until nothing comes for two seconds.

    Not until the end offsets: Tansu names some that are too low (consumers/relay/broker_memory.py).
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "chaos-checker",
            "log_level": 0,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
        }
    )
    known = consumer.list_topics(timeout=10).topics
    consumer.assign(
        [
            TopicPartition(topic, partition, 0)
            for topic in TOPICS
            if topic in known
            for partition in known[topic].partitions
        ]
    )
    found = []
    while (message := consumer.poll(2)) is not None:
        if message.error() is None:
            found.append(decode(message.value()))
    consumer.close()
    return found
