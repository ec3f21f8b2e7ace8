"""The topics at the broker: made as stack/topics.toml says where they are missing, by whoever comes first."""

import logging
import tomllib
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from models.shared.catalogue import TOPICS
from settings import settings

DESCRIPTION = tomllib.loads((Path(__file__).parents[1] / "stack" / "topics.toml").read_text())
log = logging.getLogger(__name__)


def admin_client() -> AdminClient:
    """A client for the broker's own matters, quiet while the broker is away."""
    return AdminClient(
        {"bootstrap.servers": settings().kafka_bootstrap, "log_level": 0, "socket.timeout.ms": 5000}
    )


def ensure_topics(admin: AdminClient, topics: tuple[str, ...] = TOPICS) -> None:
    """Makes the topics that the broker does not have; raises KafkaException while it is away."""
    known = admin.list_topics(timeout=5).topics
    missing = [topic for topic in topics if topic not in known]
    if not missing:
        return
    retention = {"retention.ms": str(DESCRIPTION["retention_ms"])}
    futures = admin.create_topics(
        [NewTopic(topic, DESCRIPTION["partitions"], 1, config=retention) for topic in missing], request_timeout=5
    )
    for topic, future in futures.items():
        try:
            future.result()
            log.info("topic %s made", topic)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
