"""The socket under a stream: gone clients are noticed at once, slow readers are dropped to resume later."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

WRITE_LIMIT = 10.0  # seconds that a reader may take no byte before it is dropped
BUFFER = 64 * 1024  # bytes that may wait in the kernel for one reader
READABLE = 1


@contextmanager
def watched(environ: dict[str, Any], on_gone: Callable[[], None]) -> Iterator[None]:
    """While inside, `on_gone` is called as soon as the client closes. Under gunicorn's gevent worker only.

    A client sends nothing on a stream, so a readable socket is a closed one; a failed write alone would
    tell it only at the second message.
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
