"""Background work in a gunicorn worker: internal port, garbage collection, shutdown of streams."""

import gc
import logging
from importlib import import_module
from typing import Protocol

import gevent
from flask import Flask
from gevent.pywsgi import WSGIServer

from settings import settings
from webapp.gateway.process.internal import internal_application
from webapp.shared.process.page_priority import right_of_way

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1
COLLECT_EVERY = 300.0
NEVER = 1_000_000_000


def serve_internal_port(app: Flask) -> None:
    """Open `DM_INTERNAL_BIND` in this worker, unless another worker already holds it."""
    host, _, port = settings().internal_bind.rpartition(":")
    try:
        WSGIServer((host, int(port)), internal_application(app), log=None, error_log=log).start()
    except OSError as error:
        log.warning(
            "the internal port %s is not available: %s", settings().internal_bind, error.strerror
        )


def collect_seldom(every: float = COLLECT_EVERY) -> None:
    """Run full garbage collections every `every` seconds, between pages, instead of on demand.

    A full collection walks everything that the open streams hold and blocks the worker while it
    does: 0.2 to 0.6 s with 1,000 streams, in the middle of every second broadcast. Young
    generations are still collected as usual; what the application itself holds is frozen and left
    out.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], NEVER)
    gevent.spawn(_collect_for_ever, every)


def _collect_for_ever(every: float) -> None:
    while True:
        gevent.sleep(every)
        right_of_way().give_way()
        gc.collect()


class Ending(Protocol):
    """A worker of gunicorn, which is alive until it is told to stop."""

    alive: bool


def watch_for_end(worker: Ending) -> None:
    """Close every stream once the worker is told to stop; open streams would delay the shutdown."""
    gevent.spawn(_end_streams_with, worker)


def _end_streams_with(worker: Ending) -> None:
    while worker.alive:
        gevent.sleep(LOOK_EVERY)
    import_module("webapp.wuphf.streaming.hub").close_all()
