"""Hands events to the broker and hears what it says of each."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException, Producer

import telemetry
from consumers import publishing
from consumers.faults import reached
from consumers.publishing import Report, Unpublished
from settings import settings


class Undelivered(Exception):
    """The broker did not take all of a portion; the producer that tried is given up."""


def new_producer() -> Producer:
    """An idempotent producer that sends at once.

    Its idempotence does not outlive a failure, so after one comes a new producer.
    """
    return Producer(
        {
            "bootstrap.servers": settings().kafka_bootstrap,
            "enable.idempotence": True,
            "linger.ms": 0,
            "message.timeout.ms": 4000,
            "socket.timeout.ms": 5000,
            "reconnect.backoff.max.ms": 500,
            "log_level": 0,
            "partitioner": "murmur2_random",
            "client.id": "dm-relay",
        }
    )


def send(producer: Producer, events: list[Unpublished]) -> list[Report | None]:
    """Produces them all and waits for the broker's word on each.

    Raises Undelivered when the broker knows this producer no more.
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
        # A fatal error (a broker that lost its memory knows this producer no more) leaves flush as either.
        raise Undelivered(str(error.__cause__ or error)) from error
    if None in reports:
        producer.purge()
    return reports


def _produce(producer: Producer, event: Unpublished, hear: Callable[[Any, Any], None]) -> None:
    traceparent = publishing.context(event.envelope).traceparent
    with telemetry.span(f"publish {event.topic}", traceparent=traceparent, kind="producer"):
        producer.produce(
            event.topic,
            event.envelope,
            event.key.encode(),
            on_delivery=hear,
            headers=publishing.headers(event.envelope),
        )


def _into(reports: list[Report | None], index: int) -> Callable[[Any, Any], None]:
    def hear(error: Any, message: Any) -> None:
        reports[index] = Report(
            str(error) if error else None, message.partition(), message.offset()
        )

    return hear
