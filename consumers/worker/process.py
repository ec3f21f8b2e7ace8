"""`python -m consumers worker orders`: the event worker of one service.

Several processes of one service share its partitions.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import faust
from confluent_kafka import KafkaException
from faust.types import TP
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text

import telemetry
from consumers.relay.topics import admin_client, ensure_topics
from consumers.status import Report, serve_status
from consumers.worker.app import make_app
from consumers.worker.listener import Listener
from consumers.worker.timers import timers_of
from models.shared.database.deadlines import limit_answers
from models.shared.listeners.interface import load_handlers
from models.shared.transactions import reading
from settings import settings

log = logging.getLogger("consumers.worker")


def main(service: str) -> None:
    """Run until SIGTERM or SIGINT, which takes about 1.3 s, or until an unexpected error."""
    telemetry.configure_logging(f"worker-{service}", settings().log_level)
    telemetry.configure_tracing(f"worker-{service}")
    logging.getLogger("aiokafka").addFilter(SeldomTheSame())
    for name in ("consumer.fetcher", "consumer.group_coordinator", "conn", "client"):
        logging.getLogger(f"aiokafka.{name}").addFilter(SeldomTheSame())
    limit_answers(settings().worker_seconds)
    load_handlers(service)
    _await_topics()
    app, listener = make_app(service)
    if settings().worker_bind:
        serve_status(settings().worker_bind, lambda: readiness(app, listener))
        REGISTRY.register(Collector(app, service))

    @app.task  # type: ignore[untyped-decorator]
    async def beside() -> None:
        await asyncio.gather(
            *(_for_ever(timer) for timer in (listener.keep_gaps_short, *timers_of(service)))
        )

    worker = faust.Worker(
        app, loglevel="WARN", override_logging=False, redirect_stdouts=False, quiet=True
    )
    worker.spinner = None  # its terminal codes would break the log's lines of JSON
    worker.execute_from_commandline()


class SeldomTheSame(logging.Filter):
    """Pass a message at most every 10 s; aiokafka logs ten a second while the broker is down."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, what = time.monotonic(), str(record.msg)
        if now - self.said.get(what, -60.0) < 10:
            return False
        self.said[what] = now
        return True


def readiness(app: faust.App, listener: Listener) -> tuple[bool, Report]:
    """Report ready while partitions are assigned and the database answers."""
    assigned = len(_assignment(app))
    return bool(assigned) and listener.waiting_for is None and not app.rebalancing, {
        "service": listener.service,
        "partitions": assigned,
        "rebalancing": app.rebalancing,
        "database": "away" if listener.waiting_for else "ok",
        "seconds_since_last_batch": round(time.monotonic() - listener.settled_at, 1),
    }


class Collector:
    """Metrics computed on scrape: lag by topic, and how many events are held or dead."""

    def __init__(self, app: faust.App, service: str) -> None:
        self.app, self.service = app, service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        lag = GaugeMetricFamily(
            "dm_listener_lag", "Records at the broker not yet read", labels=["service", "topic"]
        )
        for topic, behind in self._lags().items():
            lag.add_metric([self.service, topic], behind)
        yield lag
        held = GaugeMetricFamily(
            "dm_listener_held_events", "Events that wait for an earlier one", labels=["service"]
        )
        dead = GaugeMetricFamily(
            "dm_listener_dead_letters", "Events that could not be handled", labels=["service"]
        )
        for family, count in zip((held, dead), self._counts(), strict=False):
            family.add_metric([self.service], count)
        yield held
        yield dead

    def _lags(self) -> dict[str, int]:
        lags: dict[str, int] = {}
        for tp in _assignment(self.app):
            lags[tp.topic] = lags.get(tp.topic, 0) + _lag(self.app, tp)
        return lags

    def _counts(self) -> tuple[int, ...]:
        count = (
            "SELECT (SELECT count(*) FROM held_event),"
            " (SELECT count(*) FROM dead_letter WHERE settled_at IS NULL)"
        )
        try:
            with reading(self.service) as session:
                return tuple(session.execute(text(count)).one())
        except Exception:
            return ()


def _assignment(app: faust.App) -> set[TP]:
    # Never `app.consumer`: that would create the consumer here, in the caller's thread, on another loop.
    consumer: Any = app._consumer
    try:
        return set(consumer.assignment()) if consumer else set()
    except Exception:
        return set()


def _lag(app: faust.App, tp: Any) -> int:
    """Return how many records of a partition the broker has and the listener has not fetched.

    aiokafka's position and high watermark both name the next record. Faust's own read offset does
    not serve: it names the next record after a seek, and the last one after a read.
    """
    consumer: Any = app._consumer  # it hands its work to a thread of its own
    subscription = consumer._thread._ensure_consumer()._subscription.subscription
    assignment = subscription and subscription.assignment
    state = assignment and assignment.state_value(tp)
    if not state or not state.has_valid_position or state.highwater is None:
        return 0  # the partition moves, or nothing was fetched of it yet
    return max(int(state.highwater) - int(state.position), 0)


async def _for_ever(timer: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await timer()
        except Exception:
            log.exception("%s failed; trying again in 5 s", timer.__qualname__)
        await asyncio.sleep(5)


def _await_topics() -> None:
    admin = admin_client()
    while True:
        try:
            return ensure_topics(admin)
        except KafkaException as error:
            log.warning("the broker is down, waiting: %s", error)
            time.sleep(0.5)
