"""Create and update the broker's topics as stack/topics.toml describes, whichever process is first."""

import logging
import time
import tomllib
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from consumers.broker_clients import librdkafka_options
from models.shared.events.catalogue import TOPICS
from settings import settings

DESCRIPTION = tomllib.loads((Path(__file__).parents[2] / "stack" / "topics.toml").read_text())
PREFIX = "dm."
WAIT = 10
SETTLING = 20  # seconds within which the broker should show a change
log = logging.getLogger(__name__)


def admin_client() -> AdminClient:
    """Return an admin client that logs nothing while the broker is down."""
    return AdminClient(librdkafka_options(socket_timeout_ms=5000))


def ensure_topics(admin: AdminClient, topics: tuple[str, ...] = TOPICS) -> None:
    """Create the topics that the broker lacks. Raises KafkaException while it is down."""
    known = admin.list_topics(timeout=5).topics
    missing = [topic for topic in topics if topic not in known]
    if not missing:
        return
    copies, partitions = settings().kafka_replication, DESCRIPTION["partitions"]
    futures = admin.create_topics(
        [NewTopic(topic, partitions, copies, config=_wanted_config()) for topic in missing],
        request_timeout=5,
    )
    for topic, future in futures.items():
        try:
            future.result()
            log.info("created topic %s", topic)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def bring_in_line(admin: AdminClient) -> list[str]:
    """Create missing topics, set their configuration, and return the changes once they are visible.

    Safe to run again. A topic exists when the controllers have written it; each broker learns of it
    from their log a little later (KIP-500, "Broker Metadata Management") and until then denies it.
    `drift` reports what is still not visible after SETTLING seconds.
    """
    changed: dict[str, None] = {}
    deadline = time.monotonic() + SETTLING
    while different := _change(admin):
        changed.update(dict.fromkeys(different))
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return list(changed)


def _change(admin: AdminClient) -> list[str]:
    before = admin.list_topics(timeout=WAIT).topics
    ensure_topics(admin)
    changed = [f"{topic}: created" for topic in TOPICS if topic not in before]
    for topic, found in _configs(admin).items():
        different = {
            name: value for name, value in _wanted_config().items() if found.get(name) != value
        }
        if different:
            _set_config(admin, topic, different)
            changed += [
                f"{topic}: {name} was {found.get(name)}, is {value}"
                for name, value in different.items()
            ]
    return changed


def drift(admin: AdminClient) -> list[str]:
    """Return how the broker differs from the description, a sentence each; empty if it does not.

    Partitions and replicas are only reported: with another number of partitions a key's later
    events would go to another partition than its earlier ones, and whoever runs the cluster moves
    replicas.
    """
    known = admin.list_topics(timeout=WAIT).topics
    said = [f"{topic}: missing" for topic in TOPICS if topic not in known]
    strangers = [topic for topic in known if topic.startswith(PREFIX) and topic not in TOPICS]
    said += [f"{topic}: not described" for topic in sorted(strangers)]
    for topic in [topic for topic in TOPICS if topic in known]:
        partitions = known[topic].partitions
        said += _different(topic, "partitions", len(partitions), DESCRIPTION["partitions"])
        copies = min(len(partition.replicas) for partition in partitions.values())
        said += _different(topic, "copies", copies, settings().kafka_replication)
    for topic, found in _configs(admin).items():
        for name, value in _wanted_config().items():
            said += _different(topic, name, found.get(name), value)
    return said


def _wanted_config() -> dict[str, str]:
    return {"retention.ms": str(DESCRIPTION["retention_ms"])}


def _configs(admin: AdminClient) -> dict[str, dict[str, str]]:
    known = admin.list_topics(timeout=WAIT).topics
    ours = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in TOPICS if topic in known]
    if not ours:
        return {}
    answers = admin.describe_configs(ours, request_timeout=WAIT)
    return {
        resource.name: {name: entry.value for name, entry in future.result().items()}
        for resource, future in answers.items()
    }


def _set_config(admin: AdminClient, topic: str, values: dict[str, str]) -> None:
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in values.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
    for future in admin.incremental_alter_configs([resource], request_timeout=WAIT).values():
        future.result()


def _different(topic: str, what: str, found: object, wanted: object) -> list[str]:
    return [] if found == wanted else [f"{topic}: {what} {found}, described {wanted}"]
