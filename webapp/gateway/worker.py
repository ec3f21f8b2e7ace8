"""What runs beside the requests in a gunicorn worker."""

import gc
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gevent
from flask import Flask
from gevent.pywsgi import WSGIServer

from settings import settings
from webapp.gateway.internal import internal_application
from webapp.shared.pages_first import right_of_way

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1
COLLECT_EVERY = 300.0
NEVER = 1_000_000_000


def serve_internal_port(app: Flask) -> None:
    """Opens `DM_INTERNAL_BIND` in this worker; another worker that has it already keeps it."""
    host, _, port = settings().internal_bind.rpartition(":")
    try:
        WSGIServer((host, int(port)), internal_application(app), log=None, error_log=log).start()
    except OSError as error:
        log.warning("the internal port %s is taken: %s", settings().internal_bind, error.strerror)


def collect_seldom(every: float = COLLECT_EVERY) -> None:
    """Full garbage collections every `every` seconds, between pages, and not whenever Python finds that it is time.

    Each walks over all that the open streams hold, and holds the worker meanwhile: 0.2 to 0.6 s
    with 1,000 of them, in the middle of every second broadcast. Young garbage is collected as ever;
    what the application itself holds is left out.
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


def watch_for_end(worker: Any) -> None:
    """Ends every stream as soon as the worker is told to stop; else they would hold it up."""
    gevent.spawn(_end_streams_with, worker)


def _end_streams_with(worker: Any) -> None:
    while worker.alive:
        gevent.sleep(LOOK_EVERY)
    if find_spec("webapp.wuphf.hub"):
        import_module("webapp.wuphf.hub").close_all()
