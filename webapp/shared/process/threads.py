"""Run CPU-bound work of more than a few milliseconds in a native thread.

Otherwise it would block the only gevent worker.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gevent
from gevent import monkey
from gevent.lock import BoundedSemaphore

P = ParamSpec("P")
R = TypeVar("R")
_turns = BoundedSemaphore(2)  # so that a few large files at once cannot use up the memory


def beside(run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return or raise what `run` does, while other requests are served.

    `run` must not touch the database or the request.
    """
    if not monkey.is_module_patched("socket"):
        return run(*args, **kwargs)
    with _turns:
        result: R = gevent.get_hub().threadpool.apply(run, args, kwargs)
        return result
