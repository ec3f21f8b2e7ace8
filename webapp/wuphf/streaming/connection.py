"""The socket under a stream: notice closed clients at once, and drop slow readers.

A dropped reader reconnects and resumes later.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIEnvironment

WRITE_LIMIT = 10.0  # seconds a reader may accept no data before it is dropped
BUFFER = 64 * 1024  # bytes that the kernel buffers for one reader
READABLE = 1


@contextmanager
def watched(environ: WSGIEnvironment, on_gone: Callable[[], None]) -> Iterator[None]:
    """Call `on_gone` within the block as soon as the client closes. Needs gunicorn's gevent worker.

    A client sends nothing on a stream, so a readable socket is a closed one. A failed write alone
    would reveal that only at the second message. Under any other server this does nothing.
    """
    connection = environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    from gevent import get_hub

    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    connection.settimeout(WRITE_LIMIT)
    watcher = get_hub().loop.io(connection.fileno(), READABLE)
    watcher.start(on_gone)
    try:
        yield
    finally:
        watcher.stop()
        watcher.close()
