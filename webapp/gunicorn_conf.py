"""Configure gunicorn for one office: one gevent worker with sessions in its memory.

See the Scale section of docs/architecture.md. `preload_app` must stay off: it would import psycopg
before gevent patches the sockets, and then every query would block the whole worker. Connections
over the limits hang instead of being refused. An open stream delays shutdown until it is closed.
"""

import resource

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from settings import settings

bind = settings().bind
worker_class = "webapp.gunicorn_worker.Worker"
workers = 1
worker_connections = 10_000
backlog = 4096
keepalive = 2
graceful_timeout = 10
timeout = 60
preload_app = False
control_socket_disable = True
accesslog = None
loglevel = settings().log_level.lower()
forwarded_allow_ips = ""
NOFILE = 65_536


def on_starting(_server: Arbiter) -> None:
    """Raise the open-file limit so that every stream and connection gets a file descriptor."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = NOFILE if hard == resource.RLIM_INFINITY else min(NOFILE, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def post_worker_init(worker: Worker) -> None:
    """Finish the start inside the worker, after the app is loaded.

    Check gevent's patching, open the internal port, watch for shutdown, start pulling settings and
    preferences, and take over garbage collection.
    """
    import psycopg

    import telemetry
    from webapp.gateway.process import worker as own
    from webapp.shared.services import pull

    if getattr(psycopg.waiting.wait, "__name__", "") == "wait_c":
        raise RuntimeError(
            "psycopg was imported before gevent's patching: every query would block the worker"
        )
    telemetry.configure_tracing("web")
    own.serve_internal_port(worker.wsgi)
    own.watch_for_end(worker)
    pull.start(worker.wsgi)
    own.collect_seldom()
