"""`python -m consumers relay`: publish the outboxes, at least once and in order per key.

One relay leads per schema, by a session-level advisory lock: several may run, one publishes. See
consumers/relay/outboxes.py for what is marked and when, and docs/architecture.md.
"""

import logging
import signal
import sys
import threading
import time
from contextlib import ExitStack

import msgspec
import psycopg
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from prometheus_client import Counter, Gauge, Histogram

import telemetry
from consumers.faults import crash_point
from consumers.relay import outboxes
from consumers.relay.broker import Undelivered, new_producer, send
from consumers.relay.broker_memory import Memory
from consumers.relay.outboxes import Unpublished
from consumers.relay.topics import admin_client, ensure_topics
from consumers.status import serve_status
from models.shared.counts import counted
from models.shared.database.channels import OUTBOX, REPUBLISH
from models.shared.database.deadlines import BoundedConnection, limit_answers
from models.shared.events.catalogue import PUBLISHERS
from settings import settings

log = logging.getLogger("consumers.relay")

PUBLISHED = Counter(
    "dm_relay_published_total", "Events that the broker took, by type", ["schema", "type"]
)
FAILED = Counter(
    "dm_relay_failed_total", "Events that the broker did not take; they go again", ["schema"]
)
LOSSES = Counter(
    "dm_relay_broker_losses_total",
    "Times the broker was found without what it had taken",
    ["schema"],
)
AGE = Histogram(
    "dm_relay_publish_seconds", "Time from an event's record to the broker's receipt", ["schema"]
)
BACKLOG = Gauge("dm_relay_backlog", "Events not yet published", ["schema"])
OLDEST = Gauge("dm_relay_backlog_seconds", "Age of the oldest event not yet published", ["schema"])
LEADS = Gauge("dm_relay_leads", "1 where this relay is the schema's leader", ["schema"])

ANSWER = 25.0  # seconds that a relay waits for one answer of the database, whose statements have 20
POLL = 1.0  # seconds; a NOTIFY may be missed while reconnecting
LOOK = 5.0  # seconds between two checks of the broker's data and the backlog
IMPORTED = 3600.0  # seconds; older events come from the seed and would distort the histogram


class Forgotten(Exception):
    """The broker has less than it once acknowledged."""


class Asked(msgspec.Struct):
    """Events that a listener is missing: sequences `first` to `last` of a key."""

    topic: str
    key: str
    first: int
    last: int


class Relay:
    """The relay of one schema; `run` returns when `stopping` is set, `state` shows how it is doing."""

    def __init__(self, schema: str, stopping: threading.Event) -> None:
        self.schema, self.stopping, self.state = schema, stopping, "starting"
        self.topics = PUBLISHERS[schema]

    def run(self) -> None:
        """Connect, lead and publish; retry after any failure."""
        while not self.stopping.is_set():
            try:
                with ExitStack() as stack:
                    self._serve(self._connect(stack))
            except (psycopg.Error, KafkaException, Undelivered, BufferError) as error:
                self._say(f"waiting: {str(error).splitlines()[0][:200]}")
            LEADS.labels(self.schema).set(0)
            self.stopping.wait(0.2)
        self.state = "stopped"

    def _connect(self, stack: ExitStack) -> psycopg.Connection:
        options = f"-c search_path={self.schema} -c timezone=UTC -c statement_timeout=20000"
        return stack.enter_context(
            BoundedConnection.connect(
                settings().database_dsn(self.schema),
                autocommit=True,
                connect_timeout=3,
                options=options,
                application_name=f"dm-relay-{self.schema}",
                tcp_user_timeout=5000,
            )
        )

    def _serve(self, connection: psycopg.Connection) -> None:
        lead = f"SELECT pg_try_advisory_lock(hashtext('relay {self.schema}'))"
        while not connection.execute(lead).fetchone()[0]:  # type: ignore[index]
            self._say("standby")
            if self.stopping.wait(0.2):
                return
        connection.execute(f"LISTEN {OUTBOX}")
        connection.execute(f"LISTEN {REPUBLISH}")
        admin, memory, producer = admin_client(), Memory(), new_producer()
        ensure_topics(admin, self.topics)
        LEADS.labels(self.schema).set(1)
        looked = 0.0
        while not self.stopping.is_set():
            if time.monotonic() - looked > LOOK:
                self._look(connection, admin, memory)
                looked = time.monotonic()
            try:
                self._publish_all(connection, producer)
            except Forgotten:
                looked = 0.0
                continue
            self._say("leader")
            self._listen(connection)

    def _look(self, connection: psycopg.Connection, admin: AdminClient, memory: Memory) -> None:
        """Check that the broker still has what it acknowledged, or republish the last 7 days.

        Also creates missing topics and updates the backlog metrics.
        """
        ensure_topics(admin, self.topics)
        if memory.lost(admin, outboxes.positions(connection)):
            again = outboxes.forget_places(connection)
            LOSSES.labels(self.schema).inc()
            log.error("%s: the broker lost events; republishing %d", self.schema, again)
        count, age = outboxes.backlog(connection)
        BACKLOG.labels(self.schema).set(count)
        OLDEST.labels(self.schema).set(age)

    def _publish_all(self, connection: psycopg.Connection, producer: Producer) -> None:
        while not self.stopping.is_set() and (events := outboxes.unpublished(connection)):
            reports = send(producer, events)
            crash_point("relay.after_send")
            known = outboxes.positions(connection)
            fine = outboxes.in_order(events, reports)
            if any(
                report.offset <= known.get((event.topic, report.partition), -1)
                for event, report in fine
            ):
                raise Forgotten
            if fine:
                outboxes.mark(connection, fine)
                telemetry.log_each(log, "published", [_named(event) for event, _ in fine])
            self._count(events, len(fine))
            if len(fine) < len(events):
                errors = {report.error if report else "no report" for report in reports} - {None}
                raise Undelivered(
                    f"{len(events) - len(fine)} of {counted(len(events), 'event')} not taken: {errors}"
                )

    def _listen(self, connection: psycopg.Connection) -> None:
        """Return at the next notification of this schema's outbox, or after a second.

        Answers requests to republish in between.
        """
        until = time.monotonic() + POLL
        while (left := until - time.monotonic()) > 0 and not self.stopping.is_set():
            # Read as a list: until the generator is exhausted the connection stays locked, and
            # notifications that came with the first would be lost.
            notices = list(connection.notifies(timeout=left, stop_after=1))
            asked = [notice.payload for notice in notices if notice.channel == REPUBLISH]
            for payload in asked:
                self._answer(connection, payload)
            if asked or any(notice.payload == self.schema for notice in notices):
                return

    def _answer(self, connection: psycopg.Connection, payload: str) -> None:
        try:
            asked = msgspec.json.decode(payload, type=Asked)
        except msgspec.DecodeError:
            log.warning("%s: malformed request to republish: %r", self.schema, payload[:200])
            return
        if asked.topic in self.topics:
            count = outboxes.publish_again(
                connection, asked.topic, asked.key, asked.first, asked.last
            )
            log.warning(
                "%s: asked to republish %s; republishing %d events", self.schema, payload, count
            )

    def _count(self, events: list[Unpublished], fine: int) -> None:
        FAILED.labels(self.schema).inc(len(events) - fine)
        for event in events[:fine]:
            PUBLISHED.labels(self.schema, outboxes.context(event.envelope).type).inc()
            if event.age < IMPORTED:
                AGE.labels(self.schema).observe(event.age)

    def _say(self, state: str) -> None:
        if state != self.state:
            log.log(
                logging.WARNING if state.startswith("waiting") else logging.INFO,
                "%s: %s",
                self.schema,
                state,
            )
        self.state = state


def _named(event: Unpublished) -> tuple[str, str, str]:
    found = outboxes.context(event.envelope)
    return found.type, event.key, found.correlationid


def main() -> None:
    """Run one thread per publishing schema until SIGTERM or SIGINT."""
    telemetry.configure_logging("relay", settings().log_level)
    telemetry.configure_tracing("relay")
    limit_answers(ANSWER)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    relays = [Relay(schema, stopping) for schema in PUBLISHERS]
    threads = [threading.Thread(target=relay.run, name=relay.schema) for relay in relays]
    if settings().worker_bind:
        serve_status(settings().worker_bind, lambda: readiness(relays))
    for thread in threads:
        thread.start()
    while not stopping.wait(0.5):
        if not all(thread.is_alive() for thread in threads):
            log.critical("a schema's relay ended unexpectedly; this process exits")
            stopping.set()
            sys.exit(70)


def readiness(relays: list[Relay]) -> tuple[bool, dict[str, object]]:
    """Report ready while every schema has a leader, here or elsewhere."""
    states = {relay.schema: relay.state for relay in relays}
    return all(state in ("leader", "standby") for state in states.values()), {"schemas": states}
