"""What runs beside the requests in a gunicorn worker."""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gevent
from flask import Flask
from gevent.pywsgi import WSGIServer

from settings import settings
from webapp.gateway.internal import internal_application

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1


def serve_internal_port(app: Flask) -> None:
    """Opens `DM_INTERNAL_BIND` in this worker; another worker that has it already keeps it."""
    host, _, port = settings().internal_bind.rpartition(":")
    try:
        WSGIServer((host, int(port)), internal_application(app), log=None, error_log=log).start()
    except OSError as error:
        log.warning("the internal port %s is taken: %s", settings().internal_bind, error.strerror)


def watch_for_end(worker: Any) -> None:
    """Ends every stream as soon as the worker is told to stop; else they would hold it up."""
    gevent.spawn(_end_streams_with, worker)


def _end_streams_with(worker: Any) -> None:
    while worker.alive:
        gevent.sleep(LOOK_EVERY)
    if find_spec("webapp.wuphf.hub"):
        import_module("webapp.wuphf.hub").close_all()
