"""gunicorn for one office: one gevent worker, sessions in its memory (see the Scale section of the architecture).

Why each line stands: `preload_app`, or psycopg imported before gevent's patching, would block the whole worker;
limits of connections hang rather than refuse; a stream holds shutdown up until it is ended.
"""

import resource

from settings import settings

bind = settings().bind
worker_class = "gevent"
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


def on_starting(server):
    """Room for a file per stream and connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = NOFILE if hard == resource.RLIM_INFINITY else min(NOFILE, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def post_worker_init(worker):
    """In the worker, after the app is loaded: check the patching, open the internal port, watch for the end."""
    import psycopg

    import telemetry
    from webapp.gateway import worker as own
    from webapp.shared import pulling

    if getattr(psycopg.waiting.wait, "__name__", "") == "wait_c":
        raise RuntimeError(
            "psycopg was imported before gevent's patching: every query would block the worker"
        )
    telemetry.configure_tracing("web")
    own.serve_internal_port(worker.wsgi)
    own.watch_for_end(worker)
    pulling.start(worker.wsgi)
    own.collect_seldom()
