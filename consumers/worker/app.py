"""One Faust app per service, with the only settings that proved reliable."""

import ssl

import aiokafka
import faust

from consumers.worker.listener import Listener
from models.shared.events.catalogue import LISTENERS
from settings import settings

FAUST_FETCH_WAIT_MS = 1500  # hard-coded in Faust


class App(faust.App):
    """A Faust app without folders: it would make some for tables, and we keep none."""

    def _create_directories(self) -> None:
        pass


def make_app(service: str) -> tuple[faust.App, Listener]:
    """Create the app `dm-<service>` (also the consumer group) with one agent over all its topics."""
    shorten_fetch_wait(settings().kafka_fetch_wait_ms)
    app = App(
        f"dm-{service}",
        broker=[f"kafka://{address}" for address in settings().kafka_bootstrap.split(",")],
        broker_credentials=credentials(),
        autodiscover=False,
        web_enabled=False,
        stream_wait_empty=False,
        stream_buffer_maxsize=512,
        broker_session_timeout=6,
        broker_request_timeout=10,
        broker_heartbeat_interval=1,
        broker_commit_interval=1.0,
        broker_max_poll_records=500,
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_partitions=4,
    )
    listener = Listener(service)
    topic = app.topic(
        *LISTENERS[service],
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
        internal=False,
    )
    app.agent(topic, name=f"{service}-listener")(listener.listen)
    return app, listener


def credentials() -> faust.SASLCredentials | faust.SSLCredentials | None:
    """Return the app's credentials at the broker; None without encryption or password.

    consumers/broker_clients.py has the same for the other client library.
    """
    given = settings()
    context = _ssl_context() if "ssl" in given.kafka_security else None
    if "sasl" in given.kafka_security:
        return faust.SASLCredentials(
            mechanism=given.kafka_sasl_mechanism,
            username=given.kafka_username,
            password=given.kafka_password.reveal(),
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def _ssl_context() -> ssl.SSLContext:
    given = settings()
    context = ssl.create_default_context(cafile=given.kafka_ca_file or None)
    if given.kafka_certificate_file:
        context.load_cert_chain(given.kafka_certificate_file, given.kafka_key_file or None)
    return context


def shorten_fetch_wait(milliseconds: int) -> None:
    """Limit how long a fetch waits at the broker.

    Faust hard-codes 1.5 s, and the embedded broker does not wake a waiting fetch when a record
    arrives.
    """
    original = aiokafka.AIOKafkaConsumer.__init__
    if milliseconds == FAUST_FETCH_WAIT_MS or getattr(original, "shortened", False):
        return

    def __init__(self: aiokafka.AIOKafkaConsumer, *topics: str, **options: object) -> None:
        options["fetch_max_wait_ms"] = milliseconds
        original(self, *topics, **options)

    __init__.shortened = True  # type: ignore[attr-defined]
    aiokafka.AIOKafkaConsumer.__init__ = __init__
