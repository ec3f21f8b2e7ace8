"""Work of more than a few milliseconds of CPU, done in a real thread, so that the one gevent worker goes on."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gevent
from gevent import monkey
from gevent.lock import BoundedSemaphore

P = ParamSpec("P")
R = TypeVar("R")
_turns = BoundedSemaphore(2)  # so that a few large files at once cannot take all memory


def beside(run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `run` returns or raises; meanwhile other requests are served. It may touch no database and no request."""
    if not monkey.is_module_patched("socket"):
        return run(*args, **kwargs)
    with _turns:
        return gevent.get_hub().threadpool.apply(run, args, kwargs)
