"""Send events to the broker and collect its answer for each."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

import telemetry
from consumers.broker_clients import librdkafka_options
from consumers.faults import reached
from consumers.relay import outboxes
from consumers.relay.outboxes import Report, Unpublished


class Undelivered(Exception):
    """The broker did not take the whole batch; the producer that sent it is discarded."""


def new_producer() -> Producer:
    """Create an idempotent producer that sends at once.

    Its idempotence does not survive a failure, so a failed producer is replaced.
    """
    return Producer(
        librdkafka_options(
            enable_idempotence=True,
            linger_ms=0,
            message_timeout_ms=4000,
            socket_timeout_ms=5000,
            reconnect_backoff_max_ms=500,
            partitioner="murmur2_random",
            client_id="dm-relay",
        )
    )


def send(producer: Producer, events: list[Unpublished]) -> list[Report | None]:
    """Produce all events and wait for the broker's answer for each.

    Raises Undelivered when the broker no longer knows this producer.
    """
    reports: list[Report | None] = [None] * len(events)
    for index, event in enumerate(events):
        if reached("relay.report_failed"):
            reports[index] = Report("made to fail", -1, -1)
        else:
            _produce(producer, event, _into(reports, index))
    try:
        producer.flush(8)
    except (SystemError, KafkaException) as error:
        # flush raises either for a fatal error, such as a broker that lost its data and with it this producer.
        raise Undelivered(str(error.__cause__ or error)) from error
    if None in reports:
        producer.purge()
    return reports


def _produce(
    producer: Producer, event: Unpublished, hear: Callable[[KafkaError | None, Message], None]
) -> None:
    traceparent = outboxes.context(event.envelope).traceparent
    with telemetry.span(f"publish {event.topic}", traceparent=traceparent, kind="producer"):
        producer.produce(
            event.topic,
            event.envelope,
            event.key.encode(),
            on_delivery=hear,
            headers=outboxes.headers(event.envelope),
        )


def _into(reports: list[Report | None], index: int) -> Callable[[KafkaError | None, Message], None]:
    def hear(error: KafkaError | None, message: Any) -> None:
        reports[index] = Report(
            str(error) if error else None, message.partition(), message.offset()
        )

    return hear
